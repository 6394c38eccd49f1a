from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from shared.aws.planning_store import TablePlans
from shared.aws.stock_items import change_stock
from shared.kernel.errors import Contended, Unavailable
from shared.settings.model import MerchantSettings
from tests.unit.purchasing.desk import Desk


def outcomes(desk: Desk) -> dict[str, str]:
    return {plan.supplier_id: plan.outcome for plan in desk.run_schedule()}


def until(desk: Desk, text: str) -> None:
    desk.service.clock.advance_to(datetime.fromisoformat(text).replace(tzinfo=UTC))


def test_the_hourly_run_orders_at_the_cut_off_once_a_day(desk: Desk) -> None:
    desk.item("A")
    desk.order(("A", 3))
    until(desk, "2026-01-05T14:00")
    assert outcomes(desk) == {}
    until(desk, "2026-01-05T15:00")
    assert outcomes(desk) == {"s1": "ordered"}
    desk.order(("A", 2))
    assert outcomes(desk) == {}, "fired twice"
    until(desk, "2026-01-05T16:00")
    assert outcomes(desk) == {}
    until(desk, "2026-01-06T15:00")
    assert outcomes(desk) == {"s1": "ordered"}
    assert desk.stock("A").on_order == 5


def test_of_two_runs_at_once_the_second_leaves_new_demand_to_the_next_order_day(desk: Desk) -> None:
    desk.item("A")
    desk.order(("A", 3))
    until(desk, "2026-01-05T15:00")

    def the_other_run() -> None:
        desk.run_schedule()
        desk.order(("A", 2))

    desk.once("TransactWriteItems", the_other_run)
    assert outcomes(desk) == {"s1": "skipped"}
    assert desk.stock("A").on_order == 3


def test_a_run_that_comes_late_makes_up_for_the_order_day(desk: Desk) -> None:
    desk.item("A")
    desk.order(("A", 3))
    until(desk, "2026-01-05T14:00")
    desk.run_schedule()
    until(desk, "2026-01-05T22:10")
    assert outcomes(desk) == {"s1": "ordered"}


def test_a_supplier_made_known_after_the_cut_off_is_ordered_from_on_the_next_order_day(desk: Desk) -> None:
    until(desk, "2026-01-05T15:00")
    desk.run_schedule()
    desk.supplier("s2")
    desk.item("B", supplier_id="s2")
    desk.order(("B", 3))
    until(desk, "2026-01-05T16:00")
    assert outcomes(desk) == {}
    until(desk, "2026-01-06T15:00")
    assert outcomes(desk)["s2"] == "ordered"


def test_order_days_follow_the_merchants_clock_through_its_change(desk: Desk) -> None:
    """15:00 in Stockholm is 14:00 UTC on Saturday and 13:00 UTC on Sunday the 29th of March."""
    desk.settings = MerchantSettings(time_zone="Europe/Stockholm")
    desk.supplier("s2", order_weekdays=(5, 6))
    desk.item("B", supplier_id="s2")
    desk.order(("B", 1))
    until(desk, "2026-03-28T13:00")
    desk.run_schedule()
    assert desk.stock("B").on_order == 0
    until(desk, "2026-03-28T14:00")
    desk.run_schedule()
    assert desk.stock("B").on_order == 1
    desk.order(("B", 1))
    until(desk, "2026-03-29T12:00")
    desk.run_schedule()
    assert desk.stock("B").on_order == 1
    until(desk, "2026-03-29T13:00")
    desk.run_schedule()
    assert desk.stock("B").on_order == 2


def test_a_plan_asked_for_before_the_cut_off_leaves_the_order_day_to_the_schedule(desk: Desk) -> None:
    desk.item("A")
    desk.order(("A", 3))
    desk.plan()
    desk.order(("A", 2))
    until(desk, "2026-01-05T15:00")
    assert outcomes(desk) == {"s1": "ordered"}
    assert desk.stock("A").on_order == 5


def test_one_suppliers_failure_does_not_stop_the_others_and_is_made_up_for(desk: Desk) -> None:
    desk.supplier("s2")
    desk.item("A")
    desk.item("B", supplier_id="s2")
    desk.order(("A", 3), ("B", 3))
    until(desk, "2026-01-05T15:00")

    class Failing(TablePlans):
        def planning(self, supplier_id: str):  # type: ignore[no-untyped-def]
            if supplier_id == "s1":
                raise Unavailable("the table is busy")
            return super().planning(supplier_id)

    with pytest.raises(Contended, match="1 suppliers are not planned"):
        desk.run_schedule(plans=Failing(desk.table))
    assert desk.stock("B").on_order == 3
    until(desk, "2026-01-05T16:00")
    assert outcomes(desk) == {"s1": "ordered"}


def test_unsent_orders_shrink_every_hour_whatever_day_it_is(desk: Desk) -> None:
    desk.settings = replace(desk.settings, auto_order_enabled=False)
    desk.item("A")
    desk.order(("A", 3))
    order, _ = desk.ordered()
    desk.give_up("A", 2)
    until(desk, "2026-01-10T09:00")  # a Saturday
    assert outcomes(desk) == {}
    assert desk.line(order.id, "A").ordered == 1
    desk.table.write(change_stock("A", waiting=2))
