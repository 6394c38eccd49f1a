"""What an order that shrinks costs and on which grid it stays: as it was ordered, whatever the cards say by now."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.aws import keys
from shared.aws.table import Update
from shared.catalog.model import Offer, PriceBreak
from shared.purchasing.model import PurchaseOrder
from tests.unit.purchasing.desk import Desk

BREAKS = (PriceBreak(10, "0.90"), PriceBreak(100, "0.50"))


@pytest.fixture
def lenient(desk: Desk) -> Desk:
    """The supplier lets units be taken off for three days after sending."""
    desk.supplier("acme", amend_days=3)
    return desk


def shrunk(desk: Desk, order: PurchaseOrder, given_up: int) -> tuple[int, str, str, str]:
    """Units, unit cost, value and currency of the order's one line once so many units are not wanted any more."""
    desk.give_up("A", given_up)
    desk.run_schedule()
    after, (line,) = desk.read(order.id)
    desk.give_up("A", -given_up)
    return line.ordered, line.unit_cost, after.value, after.currency


def test_a_sent_order_that_is_amended_keeps_the_price_it_was_sent_at(lenient: Desk) -> None:
    lenient.item("A", supplier_id="acme", unit_cost="2.00")
    lenient.order(("A", 10))
    order, _ = lenient.sent()
    lenient.item("A", supplier_id="acme", unit_cost="9.00", version=2)
    assert shrunk(lenient, order, 4) == (6, "2.00", "12.00", "EUR")


def test_an_order_keeps_its_currency_when_supplier_and_item_change_theirs(desk: Desk) -> None:
    desk.settings = replace(desk.settings, approval_value="1")
    desk.item("A", unit_cost="2.00")
    desk.order(("A", 10))
    order, _ = desk.ordered()
    desk.supplier(currency="JPY", version=2)
    desk.item("A", unit_cost="300", currency="JPY", version=2)
    assert shrunk(desk, order, 4) == (6, "2.00", "12.00", "EUR")


def test_a_minimum_in_another_currency_says_nothing_of_an_order_so_it_is_left_alone(lenient: Desk) -> None:
    lenient.item("A", supplier_id="acme", unit_cost="2.00")
    lenient.order(("A", 10))
    order, _ = lenient.sent()
    lenient.supplier("acme", amend_days=3, currency="KWD", min_order_value="5", version=2)
    assert shrunk(lenient, order, 4)[0] == 10


def test_an_order_keeps_the_grid_of_its_supplier_when_the_item_moves_to_another(lenient: Desk) -> None:
    lenient.supplier("bolt")
    lenient.item("A", supplier_id="acme", unit_cost="2.00", pack_size=6)
    lenient.order(("A", 12))
    order, _ = lenient.sent()
    lenient.item("A", supplier_id="bolt", unit_cost="7.00", pack_size=5, version=2)
    assert shrunk(lenient, order, 3) == (12, "2.00", "24.00", "EUR")
    assert shrunk(lenient, order, 7) == (6, "2.00", "12.00", "EUR")


def test_an_order_elsewhere_shrinks_by_the_packs_it_was_made_of(desk: Desk) -> None:
    """The card still names that supplier, with other packs."""
    desk.settings = replace(desk.settings, approval_value="1")
    desk.item("A", pack_size=4, moq=8)
    desk.order(("A", 12))
    order, _ = desk.ordered()
    desk.supplier("bolt")
    again = Offer("s1", pack_size=1, unit_cost="5")
    desk.item("A", supplier_id="bolt", other_suppliers=(again,), version=2)
    assert shrunk(desk, order, 11) == (8, "1", "8", "EUR")


def test_price_breaks_are_those_of_the_day_it_was_ordered(desk: Desk) -> None:
    desk.settings = replace(desk.settings, approval_value="1")
    desk.item("A", price_breaks=BREAKS)
    desk.order(("A", 95))
    order, (line,) = desk.ordered()
    assert (line.ordered, line.unit_cost) == (100, "0.50")
    desk.item("A", unit_cost="9", price_breaks=(PriceBreak(2, "8"),), version=2)
    assert shrunk(desk, order, 6) == (100, "0.50", "50.00", "EUR"), "89 at 0.90 cost more than 100 at 0.50"
    assert shrunk(desk, order, 45) == (50, "0.90", "45.00", "EUR")
    assert shrunk(desk, order, 46) == (49, "0.90", "44.10", "EUR")
    assert shrunk(desk, order, 90) == (5, "1", "5", "EUR")


def _of_an_earlier_release(desk: Desk, order: PurchaseOrder) -> None:
    """The line without the terms that are kept with it now."""
    desk.table.write(Update(keys.purchase_order_line(order.id, "A"), remove=("moq", "pack_size", "prices")))


def test_of_a_line_whose_terms_nobody_kept_the_price_stays_and_the_grid_is_todays(lenient: Desk) -> None:
    lenient.item("A", supplier_id="acme", price_breaks=BREAKS)
    lenient.order(("A", 12))
    order, _ = lenient.sent()
    _of_an_earlier_release(lenient, order)
    lenient.item("A", supplier_id="acme", unit_cost="9", pack_size=2, version=2)
    assert shrunk(lenient, order, 7) == (6, "0.90", "5.40", "EUR")


def test_of_a_line_whose_grid_nobody_knows_any_more_all_stays_or_nothing(lenient: Desk) -> None:
    lenient.supplier("bolt")
    lenient.item("A", supplier_id="acme", pack_size=6)
    lenient.order(("A", 12))
    order, _ = lenient.sent()
    _of_an_earlier_release(lenient, order)
    lenient.item("A", supplier_id="bolt", pack_size=5, version=2)
    assert shrunk(lenient, order, 7)[0] == 12
    lenient.give_up("A", 12)
    lenient.run_schedule()
    assert lenient.read(order.id)[0].status == "cancelled"
    lenient.give_up("A", -12)
