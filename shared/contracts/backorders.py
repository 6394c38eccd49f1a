"""Backorders on the wire: what storefronts send, what everybody reads."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from shared.contracts.common import (
    Country,
    Currency,
    Email,
    Id,
    Instant,
    Locale,
    Model,
    Money,
    Name,
    Quantity,
    Reason,
    Sku,
    Units,
    WrongAt,
)
from shared.contracts.payments import PaymentView

MAX_LINES = 2000
LONGEST_TOKEN = 65_536

LineRef = Annotated[str, Field(min_length=1, max_length=80)]
"""A line of an existing order; a switched-to line is named `<line_id>.s<n>`, so it may be longer than an id."""


class CustomerBody(Model):
    """Who waits. Kept with the order, shown to the storefront and operators, never logged."""

    id: Id
    email: Email
    name: Name
    locale: Locale = "en"
    country: Country | None = None


class PaymentBody(Model):
    """`deferred`: money is due at release, not earlier. `prepaid`: cancelling means refunding."""

    mode: Literal["deferred", "prepaid"] = "deferred"
    authorisation_expires_at: Instant | None = None


class LineBody(Model):
    line_id: Id
    sku: Sku
    quantity: Quantity
    unit_price: Money


class BackorderBody(Model):
    """An order with lines that may have to wait. Unique per storefront and `order_id`.

    `quote_token` holds the dates that were quoted for just these lines, for as long as the quote is valid.
    """

    order_id: Id
    storefront: Id | None = None
    placed_at: Instant | None = None
    customer: CustomerBody
    priority: Id = "standard"
    need_by: Instant | None = None
    shipping: Literal["split", "hold"] = "split"
    payment: PaymentBody = PaymentBody()
    currency: Currency
    quote_token: Annotated[str, Field(min_length=1, max_length=LONGEST_TOKEN)] | None = None
    lines: Annotated[list[LineBody], Field(min_length=1, max_length=MAX_LINES)]

    @field_validator("lines")
    @classmethod
    def _distinct(cls, lines: list[LineBody]) -> list[LineBody]:
        seen: set[str] = set()
        for n, line in enumerate(lines):
            if line.line_id in seen:
                raise WrongAt("must be unique in the order", n, "line_id")
            seen.add(line.line_id)
        return lines


class CancelLine(Model):
    line_id: LineRef
    quantity: Quantity | None = None


class CancelBody(Model):
    """Without `lines`, everything that is not released."""

    lines: Annotated[list[CancelLine], Field(min_length=1, max_length=2 * MAX_LINES)] | None = None
    reason: Reason


class SwitchBody(Model):
    sku: Sku
    quantity: Quantity | None = None


class CustomerPatch(Model):
    email: Email | None = None
    name: Name | None = None
    locale: Locale | None = None


class AmendLine(Model):
    """`quantity`: units wanted from now on."""

    line_id: LineRef
    quantity: Units


class AmendBody(Model):
    """What is left out or null stays as it is; only a `need_by` of null withdraws the date. A change of `priority`
    needs a `reason`."""

    shipping: Literal["split", "hold"] | None = None
    priority: Id | None = None
    reason: Reason | None = None
    need_by: Instant | None = None
    customer: CustomerPatch | None = None
    release: Literal["automatic", "held"] | None = None
    lines: Annotated[list[AmendLine], Field(min_length=1, max_length=MAX_LINES)] | None = None


class ShipLine(Model):
    line_id: LineRef
    quantity: Quantity


class ShipBody(Model):
    """Without `lines`, the whole release; with them, what they leave out returns to allocated."""

    shipment_id: Id
    carrier: Name | None = None
    tracking: Name | None = None
    lines: Annotated[list[ShipLine], Field(min_length=1, max_length=MAX_LINES)] | None = None


class RecallBody(Model):
    """Why the release is taken back; the order's history keeps it."""

    reason: Reason | None = None


class PromiseView(Model):
    """Dates kept one time in two (`likely`) and nine times in ten (`by`); null when none can be given."""

    likely: str | None
    by: str | None
    basis: Literal["stock", "purchase_order", "next_order", "made_to_order", "none"]
    revision: int


class QuantitiesView(Model):
    """`ordered` is the sum of the others and never changes."""

    ordered: int
    waiting: int
    allocated: int
    released: int
    shipped: int
    cancelled: int
    switched: int


class LineView(Model):
    line_id: str
    sku: str
    quantities: QuantitiesView
    status: str
    unit_price: str
    switched_from: str | None
    promise: PromiseView | None
    first_promise: PromiseView | None


class ReleaseLineView(Model):
    line_id: str
    sku: str
    quantity: int
    shipped: int


class ShipmentView(Model):
    shipment_id: str
    carrier: str | None
    tracking: str | None
    shipped_at: str


class ReleaseView(Model):
    release_id: str
    backorder_id: str
    status: str
    created_at: str
    lines: list[ReleaseLineView]
    shipments: list[ShipmentView]


class ReleaseToShip(ReleaseView):
    """A release in the list of what is to be shipped, with what the parcel needs."""

    order_id: str
    storefront: str
    customer: CustomerBody


class LinksView(Model):
    self: str
    customer: str | None


class UnitsOfLine(Model):
    line_id: str
    quantity: int


class BackorderView(Model):
    backorder_id: str
    order_id: str
    storefront: str
    status: str
    consent: Literal["none", "pending", "given", "refused"]
    placed_at: str
    recorded_at: str
    priority: str
    urgent: bool
    need_by: str | None
    shipping: str
    release: str
    payment: PaymentView
    currency: str
    customer: CustomerBody
    version: int
    lines: list[LineView]
    releases: list[ReleaseView]
    links: LinksView


class CancelledView(BackorderView):
    """The order afterwards; `cancelled` and `stayed` name the units per line."""

    cancelled: list[UnitsOfLine]
    stayed: list[UnitsOfLine]


class SwitchedView(BackorderView):
    """The order afterwards; `added_line_id` is the line of the new item."""

    added_line_id: str | None


class BackorderPage(Model):
    items: list[BackorderView]
    next_cursor: str | None


class ReleasePage(Model):
    items: list[ReleaseToShip]
    next_cursor: str | None


class HistoryEvent(Model):
    at: str
    event: str
    actor: str
    cause: str
    line_id: str | None = None
    sku: str | None = None
    units: int | None = None
    source: str | None = None
    target: str | None = None
    promise: PromiseView | None = None
    revision: int | None = None


class HistoryView(Model):
    backorder_id: str
    items: list[HistoryEvent]


class SupplyView(Model):
    """What a place in the queue is covered by."""

    source: str
    units: int
    likely: str | None
    by: str | None
    confirmed: bool


class ExplanationView(Model):
    backorder_id: str
    line_id: str
    sku: str
    status: str
    place: int | None
    units_ahead: int | None
    waiting: int
    free: int
    supply: list[SupplyView]
    promise: PromiseView | None
    settled: bool = Field(description="false while the promise stands on a place that is estimated")
    not_ordered_because: str | None = Field(description="why units that wait are not on order; null if all are")
    why: str
    sooner: list[str] = Field(description="what would make it sooner, each with what it would bring")


class QueueLineView(Model):
    place: int
    backorder_id: str
    order_id: str | None
    line_id: str
    waiting: int
    cumulative: int
    rank: str
    promise: PromiseView | None
    supply: list[SupplyView] = Field(description="what its waiting units are pegged to: stock, orders, or the next")


class QueuePage(Model):
    items: list[QueueLineView]
    next_cursor: str | None


class StockView(Model):
    sku: str
    free: int
    allocated: int
    released: int
    shipped: int
    received: int
    corrections: int
    on_order: int
    waiting: int


class AvailabilityView(Model):
    sku: str
    quantity: int
    sellability: str
    available_now: int
    backordered: int
    promise: PromiseView | None
    alternatives: list[str]


class CorrectionBody(Model):
    """Exactly one of `delta` (signed units) and `counted` (free + allocated + released units on the shelf)."""

    correction_id: Id
    sku: Sku
    delta: Annotated[int, Field(ge=-1_000_000, le=1_000_000)] | None = None
    counted: Annotated[int, Field(ge=0, le=10_000_000)] | None = None
    reason: Literal["count", "damage", "sold_elsewhere", "returned", "opening"]


class CorrectionView(Model):
    correction_id: str
    sku: str
    delta: int
    deallocated: int
    free: int


BackorderView.model_rebuild()
