"""From a decision to an order: its lines with their expected dates, its head, and whether somebody must approve it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from shared.catalog.model import PriceBreak, Supplier
from shared.kernel import ids
from shared.kernel.clock import micros
from shared.purchasing.consolidate import Decision, PlannedLine, needs_approval
from shared.purchasing.lines import Dates, PurchaseOrderLine
from shared.purchasing.model import PurchaseOrder, total
from shared.purchasing.order_days import expected
from shared.settings.model import MerchantSettings

_DESCRIPTION = 200


@dataclass(frozen=True)
class Run:
    """One planning run. `day` is the order day the schedule does now; None for a run that was asked for. `anyway`
    orders what would be held.

    `out_of_time` ends a run between two writes; the next one goes on with the same order.
    """

    now: datetime
    settings: MerchantSettings
    actor: str = "system"
    day: date | None = None
    dry: bool = False
    anyway: bool = False
    out_of_time: Callable[[], bool] = lambda: False

    @property
    def at(self) -> int:
        return micros(self.now)


def order_lines(planned: Iterable[PlannedLine], supplier: Supplier, now: datetime) -> list[PurchaseOrderLine]:
    """The lines as they will stand on the order."""
    dates = expected(supplier, now)
    return [_line(line, dates) for line in planned]


def _line(planned: PlannedLine, dates: Dates) -> PurchaseOrderLine:
    item = planned.need.item
    return PurchaseOrderLine(
        sku=item.sku,
        ordered=planned.quantity,
        open=planned.quantity,
        dates=dates,
        due=dates.likely,
        need=planned.wanted,
        rounding=planned.rounding,
        excess=planned.excess,
        unit_cost=item.cost_of(planned.quantity),
        supplier_sku=item.supplier_sku,
        home=planned.home,
        moq=item.moq,
        pack_size=item.pack_size,
        prices=(PriceBreak(1, item.unit_cost), *item.price_breaks) if item.price_breaks else (),
        description=item.description[:_DESCRIPTION],
    )


def propose(
    held: PurchaseOrder | None,
    stage: Literal["held", "draft"],
    supplier: Supplier,
    decision: Decision,
    lines: Sequence[PurchaseOrderLine],
    run: Run,
    *,
    instead_of: str = "",
) -> PurchaseOrder:
    """The order as proposed; one that is held already keeps its id until it is placed. `instead_of` another supplier it
    is an order beside the one that the supplier may get in the same run."""
    if held is None or held.stage != "held":
        held = PurchaseOrder(
            id=ids.timed_id("po", run.at, supplier.supplier_id, *filter(None, [instead_of])),
            supplier_id=supplier.supplier_id,
            stage=stage,
            status=stage,
            created_at=run.at,
            currency=supplier.currency,
            actor=run.actor,
            version=0,
        )
    return replace(
        held,
        stage=stage,
        status=stage,
        value=total(lines),
        currency=supplier.currency,
        reason=decision.reason,
        order_by=None,
        version=held.version + 1,
    )


def cleared(order: PurchaseOrder, planned: Sequence[PlannedLine], supplier: Supplier, run: Run) -> PurchaseOrder:
    """The order as it is placed: approved with its mail due, or waiting for somebody to approve it."""
    approval = needs_approval(planned, supplier, run.settings.approval_value)
    order = order.noted(run.at, "placed", run.actor, order.reason)
    if approval or not run.settings.auto_order_enabled:
        return replace(order, stage="awaiting_approval", status="awaiting_approval")
    return replace(order, stage="approved", status="approved").with_mail("purchase_order", run.at)
