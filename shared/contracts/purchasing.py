"""Purchase orders and plans on the wire."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from shared.contracts.common import MAX_ORDERED, Id, Instant, Model, Reason, Sku
from shared.contracts.days import day_or_instant
from shared.purchasing.answers import LineAnswer
from shared.purchasing.model import Status

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


class ServedView(Model):
    """Units of an order that are for a waiting line, as the queue stands now."""

    backorder_id: str
    line_id: str
    units: int


class PurchaseOrderLineView(Model):
    """`ordered = open + received + closed_short`; `over` and `rejected` come on top.

    `serves` is told where one order is read: who waits for what is open of the line, as the queue and all supply stand
    at that moment. Null elsewhere, and where there was no time for all lines of a long order: ask with `sku`.
    """

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
    serves: list[ServedView] | None = Field(description="in queue order, the first hundred")
    serves_more: int | None = Field(description="lines that are served beyond those named; the item's queue has all")


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
