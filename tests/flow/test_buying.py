"""What is bought, when, of whom, and what becomes of it when demand or supply goes away."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared.kernel.clock import parse_iso
from tests.flow.conftest import Shop
from tests.flow.test_supply import plan

pytestmark = pytest.mark.slow


def explained(shop: Shop, order: Any, line: int = 0) -> Any:
    return shop.ok("s", "GET", f"/v1/backorders/{order['backorder_id']}/lines/{line}/explanation")


def test_plan_dry_run_and_explanation_show_the_same_sentence_about_a_held_basket(shop: Shop) -> None:
    shop.supplier(min_order_value="500.00", max_wait_days=4)
    shop.item("A", pack_size=24)
    orders = [shop.order(str(n), ("A", units)) for n, units in enumerate((1, 1, 1, 2, 2, 4, 8))]
    shop.settle()
    told = "24: 19 waiting, 5 excess (4 days of cover); waiting 4 more days breaks 7 promises"
    (dry,) = plan(shop, dry_run=True)
    assert (dry["status"], dry["reason"].endswith(told)) == ("held", True)
    (held,) = plan(shop)
    assert held["reason"] == dry["reason"]
    because = explained(shop, orders[0])["not_ordered_because"]
    assert because == f"at the last look, on 2026-01-05: {held['reason']}; the next look is on 2026-01-05"
    shop.days(5)
    (sent,) = shop.ok("o", "GET", "/v1/purchase-orders?status=sent")["items"]
    assert sent["purchase_order_id"] == held["purchase_order_id"]
    assert sent["reason"].startswith("ordered anyway: worth 60.00 EUR of the minimum of 500.00 EUR")
    assert [one["detail"] for one in sent["history"] if one["event"] == "placed"] == [sent["reason"]]


def test_a_promise_reckons_with_the_day_until_which_its_basket_is_held(shop: Shop) -> None:
    """Not with the next order day, every day anew: what is held is ordered at the latest on a day that is known."""
    shop.supplier(min_order_value="1000", max_wait_days=30)
    shop.item("A")
    first = shop.order("1", ("A", 2))
    shop.days(1.5)
    (held,) = shop.ok("o", "GET", "/v1/purchase-orders?status=held")["items"]
    ordered = parse_iso(held["order_by"])
    second = shop.order("2", ("A", 1))
    shop.settle()
    for order in (first, second):
        promise = shop.read(order)["lines"][0]["promise"]
        assert parse_iso(promise["likely"]).date() == (ordered + timedelta(days=5)).date()
        assert parse_iso(promise["by"]).date() == (ordered + timedelta(days=9)).date()
    revision = shop.read(second)["lines"][0]["promise"]["revision"]
    shop.world.advance(ordered + timedelta(hours=2) - shop.world.clock.now())
    assert shop.read(second)["lines"][0]["promise"]["revision"] <= revision + 1
    tags = [mail["tags"] for mail in shop.world.engine.ses.mailbox]
    assert [one["kind"] for one in tags if one.get("backorder_id") == second["backorder_id"]] == ["accepted"]
    assert shop.read(second)["lines"][0]["promise"]["basis"] == "purchase_order"
    later = shop.order("3", ("A", 1))
    by = parse_iso(later["lines"][0]["promise"]["by"])
    assert by < shop.world.clock.now() + timedelta(days=15), "nothing is held any more"


def test_a_small_order_is_placed_at_once_where_the_fee_is_less_than_the_promises_it_keeps(shop: Shop) -> None:
    shop.supplier(min_order_value="500.00", max_wait_days=4, small_order_fee="30.00")
    shop.item("A")
    for n in range(7):
        shop.order(str(n), ("A", 1))
    shop.settle()
    (placed,) = plan(shop)
    assert (placed["status"], placed["lines"][0]["ordered"]) == ("approved", 7)
    assert placed["reason"] == (
        "ordered at once although small, which costs less than to wait;"
        " 7: 7 waiting; waiting 1 more day breaks 7 promises"
    )


def test_a_promise_follows_the_faster_supplier_whom_the_order_goes_to(shop: Shop) -> None:
    """The preferred supplier has become slow since the promise was made; the other keeps it for a little more."""
    shop.supplier("quick", lead_time_days={"likely": 2, "by": 3})
    shop.item("A", other_suppliers=[{"supplier_id": "quick", "pack_size": 4, "unit_cost": "3.00"}])
    order = shop.order("1", ("A", 3))
    shop.settle()
    first = shop.read(order)["lines"][0]["promise"]
    assert (first["likely"][:10], first["by"][:10]) == ("2026-01-10", "2026-01-14")
    shop.supplier(lead_time_days={"likely": 30, "by": 50})
    shop.days(0.5)
    (bought,) = shop.ok("o", "GET", "/v1/purchase-orders")["items"]
    assert (bought["supplier_id"], bought["status"]) == ("quick", "sent")
    assert bought["reason"] == "ordered here because Acme would break 1 promise; 4: 3 waiting, 1 excess"
    line = bought["lines"][0]
    assert (line["ordered"], line["unit_cost"], line["expected"]["likely"][:10]) == (4, "3.00", "2026-01-07")
    now = shop.read(order)["lines"][0]["promise"]
    assert (now["basis"], now["likely"][:10], now["by"][:10]) == ("purchase_order", "2026-01-07", "2026-01-08")
    shop.ok("o", "POST", f"/v1/purchase-orders/{bought['purchase_order_id']}/cancel", {})
    shop.days(1)
    orders = shop.ok("o", "GET", "/v1/purchase-orders")["items"]
    assert [(x["supplier_id"], x["status"]) for x in orders] == [("quick", "cancelled"), ("quick", "sent")]


def test_a_larger_quantity_is_bought_where_all_of_it_costs_less(shop: Shop) -> None:
    shop.item("A", unit_cost="1.00", price_breaks=[{"quantity": 100, "unit_cost": "0.90"}])
    shop.order("1", ("A", 89))
    shop.settle()
    assert [x["ordered"] for x in plan(shop, dry_run=True)[0]["lines"]] == [89]
    shop.order("2", ("A", 6))
    shop.settle()
    (bought,) = plan(shop)
    assert (bought["lines"][0]["ordered"], bought["lines"][0]["rounding"], bought["value"]) == (100, 5, "90.00")


# contraction: demand or supply that goes away


def cancel(shop: Shop, order: Any, units: int | None = None) -> None:
    lines = {"lines": [{"line_id": "0", "quantity": units}]} if units else {}
    shop.ok("s", "POST", f"/v1/backorders/{order['backorder_id']}/cancel", {"reason": "no longer wanted"} | lines)
    shop.settle()


def bought(shop: Shop) -> list[Any]:
    """(status, units ordered, open) of the first line of each purchase order."""
    orders = shop.ok("o", "GET", "/v1/purchase-orders")["items"]
    return [
        (x["status"], x["lines"][0]["ordered"], x["lines"][0]["open"]) if x["lines"] else x["status"] for x in orders
    ]


def excess(shop: Shop) -> list[Any]:
    answer = shop.ok("o", "POST", "/v1/purchase-plans", {"dry_run": True})
    return [(x["sku"], x["units"], x["taken_off"]) for one in answer["suppliers"] for x in one["excess"]]


def promised(shop: Shop, order: Any) -> tuple[str, str]:
    told = shop.read(order)["lines"][0]["promise"]
    return told["basis"], told["likely"][:10]


def test_cancelled_demand_shrinks_an_order_that_waits_for_approval(shop: Shop) -> None:
    shop.ok("o", "PUT", "/v1/settings", {"approval_value": "1"})
    shop.item("A", pack_size=6)
    order = shop.order("1", ("A", 19))
    shop.settle()
    plan(shop)
    cancel(shop, order, 8)
    shop.days(0.1)
    assert bought(shop) == [("awaiting_approval", 12, 12)]
    cancel(shop, order)
    shop.days(0.1)
    assert bought(shop) == ["cancelled"]
    assert shop.ok("o", "GET", "/v1/items/A/stock")["on_order"] == 0


def test_freed_units_go_to_the_next_in_line_and_only_the_rest_is_announced_as_excess(shop: Shop) -> None:
    shop.item("A")
    first = shop.order("1", ("A", 5))
    shop.settle()
    plan(shop)
    shop.days(1)
    second = shop.order("2", ("A", 3))
    shop.settle()
    assert promised(shop, second) == ("next_order", "2026-01-11")
    cancel(shop, first)
    assert promised(shop, second) == ("purchase_order", "2026-01-10")
    assert (bought(shop), excess(shop)) == ([("sent", 5, 5)], [("A", 2, False)])
    assert plan(shop) == []


def test_a_sent_order_is_amended_within_the_suppliers_window_and_he_is_told(shop: Shop) -> None:
    shop.supplier(amend_days=2)
    shop.item("A")
    order = shop.order("1", ("A", 10))
    shop.settle()
    plan(shop)
    shop.settle()
    cancel(shop, order, 4)
    assert excess(shop) == [("A", 4, True)]
    shop.days(0.1)
    assert (bought(shop), shop.mails().count("purchase_order_changed")) == ([("sent", 6, 6)], 1)
    assert shop.ok("o", "GET", "/v1/items/A/stock")["on_order"] == 6
    shop.days(2)
    cancel(shop, order, 1)
    shop.days(0.1)
    assert (bought(shop), excess(shop)) == ([("sent", 6, 6)], [("A", 1, False)])
    assert shop.mails().count("purchase_order_changed") == 1


def test_a_sent_order_nobody_needs_is_cancelled_within_the_window_but_never_left_below_the_minimum(shop: Shop) -> None:
    shop.supplier(amend_days=2, min_order_value="20")
    shop.item("A")
    order = shop.order("1", ("A", 10))
    shop.settle()
    plan(shop)
    shop.settle()
    cancel(shop, order, 4)
    shop.days(0.1)
    assert (bought(shop), excess(shop)) == ([("sent", 10, 10)], [("A", 4, False)])
    cancel(shop, order)
    shop.days(0.1)
    assert bought(shop) == [("cancelled", 0, 0)]
    assert shop.mails().count("purchase_order_changed") == 1


@pytest.mark.parametrize("how", ["short", "refused", "cancelled"])
def test_supply_that_does_not_come_dates_its_lines_anew_at_once_and_is_bought_again(shop: Shop, how: str) -> None:
    shop.item("A")
    first, second = shop.order("1", ("A", 2)), shop.order("2", ("A", 3))
    shop.settle()
    (purchase,) = plan(shop)
    shop.days(3)
    path = f"/v1/purchase-orders/{purchase['purchase_order_id']}"
    assert [promised(shop, one)[0] for one in (first, second)] == ["purchase_order"] * 2
    answer = {"short": {"status": "changed", "quantity": 2}, "refused": {"status": "rejected"}}
    if how == "cancelled":
        shop.ok("o", "POST", f"{path}/cancel", {"reason": "too dear"})
    else:
        shop.ok("o", "POST", f"{path}/acknowledge", {"lines": [{"sku": "A", **answer[how]}]})
    shop.settle()
    left = 2 if how == "short" else 0
    assert promised(shop, second) == ("next_order", "2026-01-13")
    assert promised(shop, first)[0] == ("purchase_order" if left else "next_order")
    (again,) = plan(shop)
    assert again["lines"][0]["ordered"] == 5 - left
    shop.settle()
    assert [promised(shop, one)[0] for one in (first, second)] == ["purchase_order"] * 2
