"""Purchase orders and plans on the wire."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from shared.contracts.common import MAX_ORDERED, Id, Instant, Model, Reason, Sku, iso
from shared.contracts.days import day_or_instant
from shared.kernel import clock
from shared.purchasing.answers import LineAnswer, state_of
from shared.purchasing.lines import PurchaseOrderLine
from shared.purchasing.model import PurchaseOrder, Status
from shared.purchasing.verdicts import SupplierPlan

DayOrInstant = Annotated[
    Instant,
    BeforeValidator(day_or_instant),
    WithJsonSchema({"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]}),
]
"""When goods come: a date, or a point in time."""


class PlanBody(Model):
    """Plan now. With `dry_run` nothing is written."""

    dry_run: bool = False
    suppliers: Annotated[list[Id], Field(max_length=1000)] | None = Field(None, description="all when left out")
    reason: Reason | None = Field(None, description="why it is planned now; the trail of actions keeps it")


class AnswerBody(Model):
    """The supplier's answer about one line."""

    sku: Sku
    status: Literal["accepted", "changed", "rejected", "backordered"]
    quantity: Annotated[int, Field(ge=0, le=MAX_ORDERED)] | None = Field(
        None, description="changed: units delivered of this line in all; backordered: units that come later"
    )
    date: DayOrInstant | None = Field(None, description="when the goods arrive")


class AcknowledgeBody(Model):
    """What the supplier says to an order. Lines that are left out stay as they are."""

    lines: Annotated[list[AnswerBody], Field(min_length=1, max_length=2000)]
    seen: Annotated[str, Field(min_length=1, max_length=16)] | None = Field(
        None, description="`seen` of the order as it was read; if it was changed or answered since: 409, nothing taken"
    )

    def answers(self) -> tuple[LineAnswer, ...]:
        return tuple(LineAnswer(x.sku, x.status, x.quantity, x.date) for x in self.lines)


class InstructBody(Model):
    """An operator's word about an order."""

    reason: Reason | None = None


class ExpectedView(Model):
    likely: str
    by: str


class LaterView(Model):
    """Units the supplier has put off."""

    units: int
    expected: ExpectedView


class PurchaseOrderLineView(Model):
    """`ordered = open + received + closed_short`; `over` and `rejected` come on top."""

    sku: str
    supplier_sku: str | None
    description: str
    ordered: int
    open: int
    received: int
    closed_short: int
    taken_off: int = Field(description="units that were taken off after the supplier had the order; not in `ordered`")
    over: int = Field(description="units received beyond what was open")
    rejected: int = Field(description="units delivered and refused; they stay open")
    expected: ExpectedView
    confirmed: bool = Field(description="the supplier has confirmed the dates")
    later: LaterView | None
    reply: Literal["accepted", "changed", "rejected", "backordered"] | None
    need: int = Field(description="units that were needed when it was planned")
    rounding: int = Field(description="units that minimum quantity and packs add")
    excess: int = Field(description="units nobody waited for when it was planned")
    unit_cost: str


class HistoryEntryView(Model):
    at: str
    event: str
    actor: str
    detail: str


class MailView(Model):
    """The mail due or sent last. `unknown`: nobody can say whether it was sent; approve the order to send it again."""

    kind: Literal["purchase_order", "purchase_order_changed", "supplier_reminder"]
    state: Literal["due", "sending", "sent", "unknown"]
    at: str


class PurchaseOrderView(Model):
    """An order to a supplier. In a dry run it has no id."""

    purchase_order_id: str | None
    supplier_id: str
    status: Status
    reason: str = Field(description="why it is held, or ordered although it is small")
    order_by: str | None = Field(description="a held order is placed then at the latest; null when nobody waits for it")
    currency: str
    value: str
    created_at: str
    sent_at: str | None
    acknowledged_at: str | None
    seen: str = Field(description="names what has been ordered and answered so far; given back with an answer")
    mail: MailView | None
    lines: list[PurchaseOrderLineView]
    history: list[HistoryEntryView]


class PurchaseOrderPage(Model):
    """One page of orders, oldest first. A page may be short; the list ends where `next_cursor` is null."""

    items: list[PurchaseOrderView]
    next_cursor: str | None


class NotOrderedView(Model):
    sku: str
    units: int
    reason: str


class ExcessView(Model):
    """Units nobody waits for any more: taken off an order, or announced where that cannot be done."""

    purchase_order_id: str
    sku: str
    units: int
    taken_off: bool


class SupplierPlanView(Model):
    """What the plan decided about a supplier, and why."""

    supplier_id: str
    outcome: Literal["ordered", "held", "nothing", "skipped", "postponed"]
    reason: str
    purchase_order_id: str | None
    not_ordered: list[NotOrderedView]
    excess: list[ExcessView]


class PlanView(Model):
    """A plan's orders with their lines, and one verdict per supplier."""

    plan_id: str
    dry_run: bool
    planned_at: str
    orders: list[PurchaseOrderView]
    suppliers: list[SupplierPlanView]


def purchase_order_view(
    order: PurchaseOrder, lines: Iterable[PurchaseOrderLine], *, stored: bool = True
) -> dict[str, Any]:
    """`PurchaseOrderView` of an order; lines that were taken off before it was sent are not shown."""
    mail, lines = order.mail, list(lines)
    return {
        "purchase_order_id": order.id if stored else None,
        "supplier_id": order.supplier_id,
        "status": order.status,
        "reason": order.reason,
        "order_by": iso(order.order_by),
        "currency": order.currency,
        "value": order.value,
        "created_at": iso(order.created_at),
        "sent_at": iso(order.sent_at),
        "acknowledged_at": iso(order.acknowledged_at),
        "seen": state_of(order, lines),
        "mail": {"kind": mail.kind, "state": mail.state, "at": iso(mail.at)} if mail else None,
        "lines": [_line(line) for line in lines if line.listed],
        "history": [{"at": iso(at), "event": e, "actor": actor, "detail": d} for at, e, actor, d in order.log],
    }


def _line(line: PurchaseOrderLine) -> dict[str, Any]:
    same = ("sku", "supplier_sku", "description", "ordered", "open", "received", "closed_short", "taken_off", "over")
    line = line.of_what_comes()
    later = line.later
    view: dict[str, Any] = {name: getattr(line, name) for name in same}
    view |= {
        "rejected": line.rejected_units,
        "expected": {"likely": iso(line.dates.likely), "by": iso(line.dates.by)},
        "confirmed": line.firm,
        "later": None,
    }
    if later is not None:
        dates = {"likely": iso(later.dates.likely), "by": iso(later.dates.by)}
        view["later"] = {"units": later.units, "expected": dates}
    return view | {name: getattr(line, name) for name in ("reply", "need", "rounding", "excess", "unit_cost")}


def plan_view(plan_id: str, at: datetime, plans: Sequence[SupplierPlan], *, dry: bool) -> dict[str, Any]:
    """`PlanView` of a run. Only held and ordered baskets are orders."""
    orders = [purchase_order_view(p.order, p.lines, stored=not dry) for p in plans if p.order is not None]
    return {
        "plan_id": plan_id,
        "dry_run": dry,
        "planned_at": clock.iso(at),
        "orders": orders,
        "suppliers": [_supplier(plan, dry=dry) for plan in plans],
    }


def kept_plan(view: dict[str, Any]) -> dict[str, Any]:
    """What is remembered of a plan for a repeat of the request: who was planned, and the orders' ids."""
    told = [one | {"not_ordered": [], "excess": []} for one in view["suppliers"] if one["outcome"] != "skipped"]
    return view | {"orders": [], "suppliers": told}


def _supplier(plan: SupplierPlan, *, dry: bool) -> dict[str, Any]:
    return {
        "supplier_id": plan.supplier_id,
        "outcome": plan.outcome,
        "reason": plan.reason,
        "purchase_order_id": plan.order.id if plan.order and not dry else None,
        "not_ordered": [{"sku": n.sku, "units": n.units, "reason": n.reason} for n in plan.not_ordered],
        "excess": [
            {
                "purchase_order_id": e.purchase_order_id,
                "sku": e.sku,
                "units": e.units,
                "taken_off": e.taken_off,
            }
            for e in plan.excess
        ],
    }
