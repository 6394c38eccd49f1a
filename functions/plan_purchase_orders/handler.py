"""Every hour -> purchase orders for the suppliers whose order day has ended."""

from __future__ import annotations

from typing import Any

from shared.aws.planning_store import TableDemand, TablePlans
from shared.aws.purchasing_store import TableOrderBook
from shared.kernel import clock
from shared.purchasing.run_plans import plan_due
from shared.runtime import telemetry
from shared.runtime.container import container

_KEPT_BACK_SECONDS = 20


@telemetry.entry
def handler(event: dict[str, Any], context: Any) -> None:  # noqa: ARG001 - a late or repeated event says nothing new
    """What is due is told by the clock, never by the time in the event."""
    wired = container()
    plans = TablePlans(wired.table)
    done = plan_due(
        clock.now(),
        wired.settings(),
        demand=TableDemand(wired.table),
        plans=plans,
        book=TableOrderBook(wired.table),
        schedule=plans,
        out_of_time=lambda: context.get_remaining_time_in_millis() < _KEPT_BACK_SECONDS * 1000,
    )
    for plan in done:
        order = plan.order.id if plan.order else None
        telemetry.log(
            "supplier_planned",
            supplier=plan.supplier_id,
            outcome=plan.outcome,
            purchase_order=order,
            lines=len(plan.lines),
        )
        if plan.outcome == "ordered":
            telemetry.handled(len(plan.lines))
            telemetry.count("UnitsRounded", sum(line.rounding + line.excess for line in plan.lines))
    telemetry.level("RunsDone", 1)
