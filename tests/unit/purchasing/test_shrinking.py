"""What an order that shrinks costs and on which grid it stays: as it was ordered, whatever the cards say by now."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.aws import keys
from shared.aws.table import Update
from shared.catalog.model import Offer, PriceBreak
from shared.kernel.errors import Invalid
from shared.purchasing.answers import LineAnswer
from shared.purchasing.lines import Dates, PurchaseOrderLine
from shared.purchasing.model import PurchaseOrder
from shared.purchasing.sentence import fewer
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


@pytest.fixture
def amended(lenient: Desk) -> str:
    """A sent order of 10 A and 3 B from which we have taken off all of A; the change is mailed."""
    for sku in "AB":
        lenient.item(sku, supplier_id="acme", unit_cost="2.00")
    lenient.order(("A", 10), ("B", 3))
    order, _ = lenient.sent()
    lenient.give_up("A", 10)
    lenient.run_schedule()
    lenient.send(order.id)
    return order.id


def test_what_we_took_off_a_sent_order_is_not_ordered_any_more_and_does_not_come_back_by_an_answer(
    lenient: Desk, amended: str
) -> None:
    order, (line, other) = lenient.read(amended)
    assert (line.ordered, line.open, line.closed_short, line.taken_off) == (0, 0, 0, 10)
    assert (order.status, order.value) == ("sent", "6.00")
    for reply in ("accepted", "changed", "backordered"):
        with pytest.raises(Invalid) as refusal:
            lenient.answer(amended, LineAnswer("B", "accepted"), LineAnswer("A", reply, date=lenient.now))
        assert [(one.pointer, "taken off" in one.detail) for one in refusal.value.errors] == [("/lines/1", True)]
    assert lenient.line(amended, "B") == other
    order, _ = lenient.answer(amended, LineAnswer("A", "rejected"), LineAnswer("B", "accepted"))
    assert (order.status, lenient.stock("A").on_order) == ("acknowledged", 0)
    lenient.receive("r1", ("B", 3), against=amended, supplier_id="acme")
    assert lenient.read(amended)[0].status == "received"
    lenient.give_up("A", -10)


def test_who_has_answered_before_and_repeats_himself_is_not_told_off_for_what_we_took_off(lenient: Desk) -> None:
    for sku in "AB":
        lenient.item(sku, supplier_id="acme")
    lenient.order(("A", 10), ("B", 3))
    order, _ = lenient.sent()
    answers = (LineAnswer("A", "accepted"), LineAnswer("B", "accepted"))
    lenient.answer(order.id, *answers)
    lenient.give_up("A", 10)
    lenient.run_schedule()
    before = lenient.service.items()
    lenient.answer(order.id, *answers)
    assert lenient.service.items() == before
    lenient.give_up("A", -10)


def test_the_mail_of_a_change_says_what_was_taken_off_in_both_of_its_parts(lenient: Desk, amended: str) -> None:
    mail = lenient.service.engine.ses.mailbox[-1]
    assert mail["tags"]["kind"] == "purchase_order_changed"
    assert f"/p/{amended}" in mail["text"]
    assert "- A | Our number: A | Description: Thing A | Quantity: 0 | " in mail["text"]
    assert "<td>Thing A</td><td>0</td>" in mail["html"]
    lenient.give_up("A", -10)


def test_a_line_that_an_earlier_release_closed_when_it_took_it_off_does_not_come_back_either(lenient: Desk) -> None:
    for sku in "AB":
        lenient.item(sku, supplier_id="acme")
    lenient.order(("A", 10), ("B", 3))
    order, (line, _) = lenient.sent()
    lenient.book.change(order, [(line, line.close())])
    lenient.answer(order.id, LineAnswer("A", "accepted"), LineAnswer("B", "accepted"))
    assert (lenient.line(order.id, "A").open, lenient.stock("A").on_order) == (0, 0)


def test_the_reason_of_an_order_that_shrank_before_it_was_sent_is_of_what_is_left(desk: Desk) -> None:
    desk.settings = replace(desk.settings, approval_value="1")
    desk.item("A", pack_size=4)
    desk.order(("A", 10))
    order, _ = desk.ordered()
    assert order.reason.startswith("12: 10 waiting, 2 excess")
    for given_up, told in ((3, "8: 6 needed, 2 excess"), (3, "4: 2 needed, 2 excess")):
        desk.give_up("A", given_up)
        desk.run_schedule()
        after, _ = desk.read(order.id)
        assert after.reason == f"{told}; fewer than planned, as fewer are waited for"
    desk.give_up("A", -6)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("3: 3 waiting; waiting 4 more days breaks 7 promises", "2: 1 needed, 1 excess; fewer"),
        ("3: 2 for stock, 1 excess (a year of cover or more)", "2: 1 needed, 1 excess; fewer"),
        ("ordered here because B would break 2 promises; 3: 3 waiting", "ordered here because B would break 2 promises; 2: 1 needed, 1 excess; fewer"),
        ("ordered on an operator's word", "ordered on an operator's word"),
    ],
)  # fmt: skip
def test_only_the_figures_of_a_reason_are_renewed(before: str, after: str) -> None:
    lines = [PurchaseOrderLine("A", 2, 2, Dates(1, 2), 1, need=1, excess=1)]
    assert fewer(before, lines) == after.replace("; fewer", "; fewer than planned, as fewer are waited for")
