"""A supplier's basket on the table: what is decided about it, and in which words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.aws.planning_store import TableDemand, TablePlans
from shared.aws.watch_store import TableWatch
from shared.forecasting.watch import watch_stock
from shared.kernel.clock import from_micros
from shared.purchasing.why import why_not_ordered
from tests.unit.purchasing.desk import Desk


def seven_wait(desk: Desk, sku: str = "A") -> None:
    """For 19 units in all."""
    for units in (1, 1, 1, 2, 2, 4, 8):
        desk.order((sku, units))


def test_the_plan_says_in_one_sentence_what_is_bought_for_whom_and_what_waiting_would_break(desk: Desk) -> None:
    desk.item("A", pack_size=24)
    seven_wait(desk)
    told = "24: 19 waiting, 5 excess (4 days of cover); waiting 1 more day breaks 7 promises"
    dry = next(plan for plan in desk.plan(dry=True) if plan.order)
    assert (dry.reason, dry.order and dry.order.reason) == (told, told)
    order, _ = desk.ordered()
    assert (order.reason, order.log[-1][1:]) == (told, ("placed", "operations:bo", told))
    verdict = TablePlans(desk.table).planning("s1").verdict
    assert verdict is not None
    assert verdict.reason == told


def test_what_is_needed_without_rounding_is_said_without_reading_who_waits(desk: Desk) -> None:
    desk.item("A")
    desk.item("B", reorder_point=4)
    desk.order(("A", 3), ("B", 1))
    assert desk.ordered()[0].reason == "8: 4 waiting, 4 for stock"


def test_only_those_who_wait_for_what_is_not_on_order_are_counted(desk: Desk) -> None:
    desk.item("A", pack_size=5)
    for _ in range(3):
        desk.order(("A", 5))
    desk.ordered()
    desk.order(("A", 2))
    assert desk.ordered()[0].reason.endswith("breaks 1 promise")


def test_what_is_held_is_explained_with_the_same_sentence(desk: Desk) -> None:
    desk.supplier("s2", min_order_value="100", max_wait_days=3)
    desk.item("A", supplier_id="s2", pack_size=24)
    seven_wait(desk)
    (plan,) = desk.plan(suppliers=["s2"])
    assert plan.outcome == "held"
    told = "24: 19 waiting, 5 excess (4 days of cover); waiting 3 more days breaks 7 promises"
    assert plan.reason.startswith("held: worth 24 EUR of the minimum of 100 EUR; it is ordered when")
    assert plan.reason.endswith(told)
    need = TableDemand(desk.table).needs_of(["A"])["A"]
    planning = TablePlans(desk.table).planning("s2")
    assert plan.reason in why_not_ordered(need.item, desk.book.supplier("s2"), planning, desk.settings, desk.now)


@pytest.mark.parametrize(("fee", "outcome"), [("34.99", "ordered"), ("35.01", "held"), (None, "held")])
def test_a_small_order_goes_at_once_where_its_fee_is_less_than_the_promises_it_saves(
    desk: Desk, fee: str | None, outcome: str
) -> None:
    """Seven promises at 5 EUR each, none broken today; when the quota will be reached, no fee is due."""
    desk.supplier("s2", min_order_value="20", max_wait_days=9, small_order_fee=fee)
    desk.item("A", supplier_id="s2")
    seven_wait(desk)
    (plan,) = desk.plan(suppliers=["s2"])
    assert plan.outcome == outcome
    if outcome == "ordered":
        assert plan.reason.startswith("ordered at once although small")


def test_a_basket_is_topped_up_with_a_stocked_item_that_sells_before_promises_break(desk: Desk) -> None:
    desk.supplier("s2", min_order_value="60", max_wait_days=14)
    for sku, cost, point in (("A", "1", None), ("TEA", "2", 5), ("DUST", "2", None)):
        desk.item(sku, supplier_id="s2", unit_cost=cost, reorder_point=point)
    for _ in range(3):  # three days on which tea is sold, and dust is not
        desk.receive(f"r{desk.recorded}", ("TEA", 9))
        desk.order(("TEA", 9))
        desk.wait(days=1)
    for sku, units in (("TEA", 32), ("DUST", 40)):
        desk.receive(f"stock-{sku}", (sku, units))
    watch_stock(store=TableWatch(desk.table), settings=desk.settings, now=desk.now)
    seven_wait(desk)
    (plan,) = desk.plan(suppliers=["s2"])
    assert plan.outcome == "ordered"
    assert plan.order is not None
    assert plan.reason.startswith("topped up to the minimum with what is needed next; 40: 19 waiting, 21 excess (")
    assert plan.reason.endswith(" days of cover); waiting 14 more days breaks 7 promises")
    assert [(x.sku, x.ordered, x.need, x.rounding, x.excess) for x in plan.lines] == [
        ("A", 19, 19, 0, 0),
        ("TEA", 21, 0, 0, 21),
    ]
    desk.plan(suppliers=["s2"])
    assert [x.ordered for x in desk.read(plan.order.id)[1]] == [19, 21], "what tops an order up stays"


def test_packs_may_be_waited_for_while_no_promise_breaks_where_the_supplier_card_says_so(desk: Desk) -> None:
    """Five more are asked for within four days, and the supplier has become quicker than those who wait were told."""
    for supplier, hold in (("s2", "order_value"), ("s3", "any_quota")):
        desk.supplier(supplier, hold_for=hold, max_wait_days=9)
        desk.item(f"A-{supplier}", supplier_id=supplier, pack_size=24)
        seven_wait(desk, f"A-{supplier}")
        desk.supplier(supplier, hold_for=hold, max_wait_days=9, lead_time_likely=5, lead_time_by=15, version=2)
    at_once, held = desk.plan(suppliers=["s2", "s3"])
    assert (at_once.outcome, at_once.lines[0].ordered) == ("ordered", 24)
    assert held.outcome == "held"
    assert held.reason == (
        "held until 2026-01-09; 24: 19 waiting, 5 excess (4 days of cover); waiting 4 more days breaks no promise"
    )
    desk.wait(days=4, hours=7)
    desk.order(("A-s3", 4))
    (plan,) = desk.plan(suppliers=["s3"])
    assert (plan.outcome, plan.lines[0].ordered, plan.lines[0].excess) == ("ordered", 24, 1)


def test_packs_are_not_waited_for_where_that_breaks_promises_worth_more(desk: Desk) -> None:
    desk.supplier("s3", hold_for="any_quota", max_wait_days=9)
    desk.item("A", supplier_id="s3", pack_size=24)
    seven_wait(desk)
    assert desk.plan(suppliers=["s3"], dry=True)[0].order.status == "draft"  # type: ignore[union-attr]
    desk.settings = replace(desk.settings, broken_promise_cost="0")
    assert desk.plan(suppliers=["s3"], dry=True)[0].outcome == "held"


def test_of_a_queue_longer_than_a_page_the_sentence_says_that_more_may_break(desk: Desk) -> None:
    desk.item("A", pack_size=120)
    for _ in range(101):
        desk.order(("A", 1))
    assert desk.ordered()[0].reason.endswith("waiting 1 more day breaks 100 or more promises")


def test_who_waits_for_a_larger_basket_is_only_read_where_it_is_weighed(desk: Desk) -> None:
    desk.supplier("s2", min_order_value="1000", max_wait_days=3)
    for supplier in ("s1", "s2"):
        for n in range(6 if supplier == "s1" else 21):
            desk.item(f"{supplier}-{n}", supplier_id=supplier, pack_size=2)
            desk.order((f"{supplier}-{n}", 1))
    plans = {plan.supplier_id: plan for plan in desk.plan()}
    assert plans["s1"].reason == "12: 6 waiting, 6 excess (14 days of cover)"
    assert plans["s2"].reason.endswith("waiting 3 more days breaks 20 or more promises")


def test_a_year_of_order_days_is_not_looked_at_one_by_one(desk: Desk) -> None:
    desk.supplier("s2", min_order_value="1000", max_wait_days=365)
    desk.item("A", supplier_id="s2")
    desk.order(("A", 1))
    (plan,) = desk.plan(suppliers=["s2"])
    assert plan.outcome == "held"
    last = (desk.now + timedelta(days=365)).date().isoformat()
    assert f"or on {last} at the latest" in plan.reason
    assert plan.reason.endswith("waiting 365 more days breaks 1 promise")


@pytest.mark.parametrize(
    ("weekdays", "days", "day"),
    [((0,), 9, "2026-01-19"), ((0, 1, 2, 3, 4), 5, "2026-01-12"), ((0, 1, 2, 3, 4), 4, "2026-01-09")],
)
def test_the_latest_day_of_a_held_basket_is_the_order_day_on_which_it_goes(
    desk: Desk, weekdays: tuple[int, ...], days: int, day: str
) -> None:
    """The wait ends on a Wednesday, on a Saturday and on an order day."""
    desk.supplier("s2", min_order_value="1000", max_wait_days=days, order_weekdays=weekdays)
    desk.item("A", supplier_id="s2")
    desk.order(("A", 1))
    (plan,) = desk.plan(suppliers=["s2"], dry=True)
    assert plan.order is not None
    assert plan.order.order_by is not None
    assert f"or on {day} at the latest" in plan.reason
    assert from_micros(plan.order.order_by).date().isoformat() == day
