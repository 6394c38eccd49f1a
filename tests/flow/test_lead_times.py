"""Suppliers are learned from the service's own purchase orders."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.flow.conftest import Json, Shop
from tests.flow.test_supply import plan

pytestmark = pytest.mark.slow


def foretold(shop: Shop) -> tuple[float, float]:
    """Days from now to `likely` and `by` of a unit nobody has ordered yet."""
    promise = shop.ok("s", "GET", "/v1/items/A/availability?quantity=1")["promise"]
    now = shop.world.clock.now()
    likely, by = ((datetime.fromisoformat(promise[name]) - now).total_seconds() / 86_400 for name in ("likely", "by"))
    return likely, by


def promised(shop: Shop, order: Json) -> str:
    """The likely day of an order's only line."""
    return str(shop.read(order)["lines"][0]["promise"]["likely"][:10])


def revision(shop: Shop, order: Json) -> int:
    return int(shop.read(order)["lines"][0]["promise"]["revision"])


@pytest.mark.parametrize(
    ("card", "day"),
    [
        ({"order_weekdays": [4]}, "2026-01-14"),
        ({"lead_time_days": {"likely": 20, "by": 30}}, "2026-01-25"),
        ({"lead_time_days": {"likely": 5, "by": 30}}, "2026-01-10"),
        ({"holidays": ["2026-01-10", "2026-01-11"]}, "2026-01-12"),
        ({"holidays": ["2026-01-05", "2026-01-06"]}, "2026-01-12"),
    ],
)
def test_who_waits_is_dated_by_another_card_of_the_supplier_at_once_like_who_comes(
    shop: Shop, card: Json, day: str
) -> None:
    shop.item("A")
    shop.item("B")
    waits = [shop.order("1", ("A", 1)), shop.order("2", ("B", 1))]
    shop.settle()
    assert [promised(shop, order) for order in waits] == ["2026-01-10"] * 2
    was = [revision(shop, order) for order in waits]
    shop.supplier(**card)
    shop.settle()
    comes = shop.order("3", ("A", 1))
    assert [promised(shop, order) for order in (*waits, comes)] == [day] * 3
    assert [revision(shop, order) - before for order, before in zip(waits, was, strict=True)] == [1, 1]


def test_of_a_supplier_of_very_many_skus_the_rest_is_dated_by_the_daily_look(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("functions.fan_out_changes.handler._MOST_OF_A_SUPPLIER", 1)
    shop.supplier(order_weekdays=[3])
    for sku in ("A", "B"):
        shop.item(sku)
    waits = [shop.order("1", ("A", 1)), shop.order("2", ("B", 1))]
    shop.settle()
    shop.supplier(order_weekdays=[4])
    shop.settle()
    assert [promised(shop, order) for order in waits] == ["2026-01-14", "2026-01-13"]
    shop.days(1)
    assert [promised(shop, order) for order in waits] == ["2026-01-14", "2026-01-14"]


def test_a_card_from_which_no_date_follows_makes_no_work_for_queues(shop: Shop) -> None:
    shop.item("A")
    shop.order("1", ("A", 1))
    shop.settle()
    shop.supplier(name="Acme & Sons")
    assert shop.world.settle().counts["messages"] == 0


def bought(shop: Shop, n: int, days: float) -> None:
    """One order, planned and sent; its goods come after so many days, and another day passes."""
    shop.order(str(n), ("A", 1))
    shop.settle()
    (purchase,) = plan(shop)
    shop.settle()
    shop.days(days)
    lines = [{"sku": "A", "quantity": 1}]
    name = purchase["purchase_order_id"]
    body = {"receipt_id": f"r{n}", "supplier_id": "acme", "purchase_order_id": name, "lines": lines}
    for _ in range(2):  # the second says nothing new
        shop.ok("o", "POST", "/v1/receipts", body)
    shop.settle()
    shop.days(1)


def card(shop: Shop, **changes: Any) -> Any:
    days = {"order_weekdays": list(range(7)), "lead_time_days": {"likely": 12, "by": 20}}
    body = {"name": "Acme", "email": "orders@acme.example"} | days
    return shop.ok("o", "PUT", "/v1/suppliers/acme", body | changes)


def test_dates_follow_what_the_supplier_did_and_no_longer_his_card(shop: Shop) -> None:
    """The card says 12 and 20 days; five orders come after two."""
    assert card(shop)["learned"] is None
    shop.item("A")
    before = foretold(shop)
    for n in range(5):
        bought(shop, n, 2)
    learned = card(shop)["learned"]
    assert learned["receipts"] == 5
    assert learned["by_percent"] == 90
    after = foretold(shop)
    assert after[0] < before[0] - 4
    assert after[1] < before[1]
    assert after[0] <= after[1]


def test_dates_are_quoted_more_carefully_while_promises_to_customers_are_broken_and_say_so(shop: Shop) -> None:
    """Four purchase orders tell nothing; the twenty customers behind the last of them do: by the clock while they wait,
    and by when they were served afterwards."""
    card(shop, lead_time_days={"likely": 2, "by": 4})
    shop.item("A")
    for n in range(3):
        bought(shop, n, 1)
    assert card(shop)["learned"]["by_percent"] == 90
    shop.item("B")  # known by the order that is late, and by none that came
    for n in range(20):
        shop.order(f"late.{n}", ("B", 1))
    shop.settle()
    (purchase,) = plan(shop)
    shop.days(7)
    assert card(shop)["learned"]["by_percent"] == 95
    lines = [{"sku": "B", "quantity": 20}]
    body = {"receipt_id": "late", "supplier_id": "acme", "purchase_order_id": purchase["purchase_order_id"]}
    shop.ok("o", "POST", "/v1/receipts", body | {"lines": lines})
    shop.days(1)
    assert card(shop)["learned"]["by_percent"] == 95
    assert shop.counted("PromisesWidened") == shop.counted("DatesWidened") > 1
    waits = shop.order("waits", ("B", 1))
    shop.settle()
    explanation = f"/v1/backorders/{waits['backorder_id']}/lines/0/explanation"
    told = "more carefully than usual, as more than one date in ten was broken"
    assert told in shop.ok("s", "GET", explanation)["why"]
    shop.found("B", 1)
    shop.days(28)
    assert card(shop)["learned"]["by_percent"] == 90


def test_what_clients_say_of_a_supplier_does_not_wipe_out_what_he_did(shop: Shop) -> None:
    card(shop)
    shop.item("A")
    for n in range(3):
        bought(shop, n, 2)
    learned = card(shop)["learned"]
    assert learned["receipts"] == 3
    assert card(shop, name="Acme & Sons")["learned"] == learned
