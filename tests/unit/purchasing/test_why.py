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


def test_what_is_held_says_so_in_the_plans_own_words(desk: Desk) -> None:
    desk.supplier("s2", min_order_value="50")
    desk.item("B", supplier_id="s2")
    desk.order(("B", 1))
    (plan,) = desk.plan(suppliers=["s2"])
    assert why(desk, "B") == plan.reason
    assert "minimum of 50 EUR" in plan.reason


def test_a_discontinued_item_is_not_promised_an_order(desk: Desk) -> None:
    desk.item("C", sellability_when_empty="discontinued")
    assert "discontinued" in why(desk, "C")
