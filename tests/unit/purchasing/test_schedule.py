from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.aws.catalog_store import TableCatalog
from shared.aws.planning_store import TablePlans
from shared.aws.stock_items import change_stock
from shared.catalog.model import Supplier
from shared.catalog.put_suppliers import put_supplier
from shared.kernel.errors import Contended, Unavailable
from shared.purchasing.order_days import next_order_time
from shared.settings.model import MerchantSettings
from tests.unit.purchasing.desk import Desk

HOUR = timedelta(hours=1)


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


def put(desk: Desk, weekdays: tuple[int, ...], supplier_id: str = "s2") -> None:
    """As an operator would, now."""
    card = Supplier(supplier_id, "Northwind", "orders@example.com", order_weekdays=weekdays)
    put_supplier(card, expected=None, catalog=TableCatalog(desk.table), now=desk.now)


def next_order(desk: Desk) -> datetime:
    return next_order_time(desk.book.supplier("s2"), desk.settings, desk.now)


def run_until_ordered(desk: Desk) -> datetime:
    """The hourly runs, until one orders from s2."""
    for _ in range(24 * 8):
        desk.service.clock.advance_to((desk.now + HOUR).replace(minute=0, second=0, microsecond=0))
        if outcomes(desk).get("s2") == "ordered":
            return desk.now
    raise AssertionError("nothing is ever ordered")


@pytest.mark.parametrize("made", ["2026-01-05T14:40", "2026-01-05T15:00", "2026-01-05T16:06"])
def test_a_supplier_made_known_after_the_cut_off_is_ordered_from_when_it_is_said(desk: Desk, made: str) -> None:
    """No run since Sunday had anything to do, so none has left a mark."""
    until(desk, "2026-01-05T09:00")
    outcomes(desk)
    until(desk, made)
    put(desk, (0, 1, 2, 3, 4))
    desk.item("B", supplier_id="s2")
    desk.order(("B", 3))
    said = next_order(desk)
    assert run_until_ordered(desk) == said


def test_an_order_day_that_is_given_to_a_supplier_when_it_is_over_begins_a_week_later(desk: Desk) -> None:
    put(desk, (2,))
    desk.item("B", supplier_id="s2")
    desk.order(("B", 3))
    until(desk, "2026-01-06T21:00")  # a Tuesday
    outcomes(desk)
    put(desk, (1, 2))
    put(desk, (1, 2))
    put(desk, (1, 2, 4))
    said = next_order(desk)
    assert said.day == 7
    assert run_until_ordered(desk) == said
    for day in (9, 13):
        desk.order(("B", 1))
        assert (run_until_ordered(desk).day, desk.now.hour) == (day, 15)


def test_a_run_that_was_missed_is_made_up_for_although_another_day_was_added_since(desk: Desk) -> None:
    put(desk, (2,))
    desk.item("B", supplier_id="s2")
    desk.order(("B", 3))
    until(desk, "2026-01-07T14:00")  # a Wednesday; the schedule then does not run until the night
    outcomes(desk)
    until(desk, "2026-01-07T20:00")
    put(desk, (2, 3))
    until(desk, "2026-01-07T22:00")
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
