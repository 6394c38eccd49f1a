from __future__ import annotations

from dataclasses import replace

from shared.aws.planning_store import TableDemand, TablePlans
from shared.purchasing.why import why_not_ordered
from tests.unit.purchasing.desk import Desk


def why(desk: Desk, sku: str) -> str:
    need = TableDemand(desk.table).needs_of([sku])[sku]
    supplier = desk.book.supplier(need.item.supplier_id)
    planning = TablePlans(desk.table).planning(supplier.supplier_id)
    return why_not_ordered(need.item, supplier, planning, desk.settings, desk.now)


def test_before_the_first_plan_it_names_the_next_order_day(desk: Desk) -> None:
    desk.item("A")
    desk.order(("A", 1))
    assert why(desk, "A") == "the next order to Northwind is made on 2026-01-05"
    desk.settings = replace(desk.settings, order_cut_off="08:00")
    assert why(desk, "A") == "the next order to Northwind is made on 2026-01-06"


def test_what_is_held_says_so_in_the_plans_own_words_and_as_of_when(desk: Desk) -> None:
    """Nobody weighs the basket again for who joins it, or for another minimum, before the next order day."""
    desk.supplier("s2", min_order_value="50")
    for sku in "BC":
        desk.item(sku, supplier_id="s2")
    desk.order(("B", 1))
    (plan,) = desk.plan(suppliers=["s2"])
    assert "minimum of 50 EUR" in plan.reason
    desk.wait(hours=7)  # after the cut-off
    desk.order(("C", 90))
    desk.supplier("s2", min_order_value="1", version=2)
    told = f"at the last look, on 2026-01-05: {plan.reason}; the next look is on 2026-01-06"
    assert (why(desk, "B"), why(desk, "C")) == (told, told)


def test_the_days_of_both_looks_are_the_merchants(desk: Desk) -> None:
    desk.supplier("s2", min_order_value="50")
    desk.item("B", supplier_id="s2")
    desk.order(("B", 1))
    desk.settings = replace(desk.settings, time_zone="Pacific/Kiritimati", order_cut_off="10:00")
    desk.wait(hours=2)
    desk.plan(suppliers=["s2"])
    assert why(desk, "B").startswith("at the last look, on 2026-01-06: held: ")
    assert why(desk, "B").endswith("; the next look is on 2026-01-06")


def test_a_discontinued_item_is_not_promised_an_order(desk: Desk) -> None:
    desk.item("C", sellability_when_empty="discontinued")
    assert "discontinued" in why(desk, "C")
