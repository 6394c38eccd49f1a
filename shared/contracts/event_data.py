"""What each event says: the shapes that the published JSON Schemas (docs/events) are made from.

Events are read by programs that nobody here knows, and replayed from an archive: within a version fields may only be
added, and only ones that may be left out. A field with a default is left out where there is nothing to say; it is
never null. Nothing personal: ids, SKUs, units, dates.
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field

from shared.backorders.model import Basis
from shared.consent.model import OnSilence
from shared.contracts.event_shapes import (
    Called,
    Data,
    HandedLine,
    Money,
    OfLine,
    OfOrder,
    OrderedLine,
    ShippedLine,
    SwitchedLine,
    Time,
    Units,
    now_one_of,
)
from shared.contracts.problems import Problem
from shared.purchasing.model import Status as PurchaseOrderStatus
from shared.remedies.model import Kind as RemedyKind

_REFUND_BY = "where something was paid: until when the rule pack of the customer's country wants the money back"
_KEPT = "after a failure: the days of grace that the settings give. Nothing happens by itself then: the shop decides"
_ACTOR = "`storefront:<client>`, `operations:<client>`, `customer`, or `rule:<pack>.<row>`; why stands in the history"


class Recorded(OfOrder):
    """An order was recorded; some of its lines may have to wait."""

    priority: str
    lines: list[OrderedLine] = Field(description="of an order in `parts` only those that came last")
    parts: Annotated[int, Field(ge=1)] | None = Field(None, description="a large order: read its lines over the API")


class Refused(Data):
    """An order of the bulk queue was understood and refused."""

    order_id: str
    storefront: str
    problem: Problem


class Amended(OfOrder):
    """An order was changed otherwise than by cancelling: read it for what it is now."""

    change: Annotated[str, *now_one_of("amend", "switch", "recall", "withdraw")]
    actor: str = Field(description="who changed it: a client, an operator, or `customer`")
    switched: SwitchedLine | None = Field(None, description="of a `switch`: the money of these units goes with them")


class Cancelled(OfLine, Called):
    """Units of a line were cancelled: by customer, storefront, operator or a rule."""

    units: Units
    change: Annotated[str, *now_one_of("cancel", "amend")] | None = Field(None, description="`amend`: fewer are wanted")
    actor: str | None = Field(None, description=_ACTOR)
    refund_by: Time | None = Field(None, description=_REFUND_BY)


class ConsentRequired(Called):
    """The law of the customer's country lets him decide about a delay, until a deadline."""

    backorder_id: str
    round: int = Field(description="which question of this order, from 1")
    rule: str = Field(description="`<pack>.<row>` of the rule packs")
    deadline: Time
    on_silence: Annotated[str, *now_one_of(*get_args(OnSilence))]
    lines: list[str] = Field(description="line ids that are late")


class RemedyAccepted(OfOrder):
    """A customer accepted what was offered with the apology for a later date: the shop is to do it."""

    remedy_id: str = Field(description="as the settings name it")
    kind: Annotated[str, *now_one_of(*get_args(RemedyKind))]
    cost: Annotated[str, Field(pattern=r"^\d+(\.\d+)?$", description="decimal, in the merchant's own currency")]


class ReauthoriseDue(OfOrder):
    """The payment will not last, or failed: ask the shopper for another authorisation."""

    reason: Annotated[str, *now_one_of("expires", "failed")]
    authorisation_expires_at: Time | None = None
    needed_at: Time | None = Field(None, description="the expected release, where there is a date")
    place_kept_until: Time | None = Field(None, description=_KEPT)


class PromiseRevised(OfLine):
    """The units of a line that wait have other dates, or none any more."""

    likely: Time | None
    by: Time | None
    basis: Annotated[str, *now_one_of(*get_args(Basis))]
    cause: str
    revision: int


class Allocated(OfLine):
    """Units on the shelf were set aside for a line."""

    units: Units
    at: Time


class ReleaseCreated(Called):
    """Units are to be shipped."""

    release_id: str
    backorder_id: str
    lines: list[HandedLine]


class ShipmentConfirmed(Called):
    """A parcel left."""

    release_id: str
    backorder_id: str
    shipment_id: str
    lines: list[ShippedLine]
    carrier: str | None
    tracking: str | None


class CaptureDue(Called):
    """A deferred payment is to be captured for what was released."""

    release_id: str
    backorder_id: str
    lines: list[HandedLine]


class VoidDue(OfLine, Called):
    """A deferred payment is to be given up for units that were cancelled."""

    units: Units
    unit_price: Money


class RefundDue(OfLine, Called):
    """What was paid for units that were cancelled is to be paid back."""

    units: Units
    unit_price: Money
    refund_by: Time | None = Field(None, description=_REFUND_BY)


class PurchaseOrderSent(Data):
    """A purchase order was mailed to its supplier."""

    purchase_order_id: str
    supplier_id: str
    status: Literal["sent"]


class PurchaseOrderChanged(Data):
    """A purchase order that was sent has another status."""

    purchase_order_id: str
    supplier_id: str
    status: Annotated[str, *now_one_of(*get_args(PurchaseOrderStatus))]


class ReceiptPosted(Data):
    """Goods were received: read the receipt for what became of each line."""

    receipt_id: str


class SkuLow(Data):
    """A stocked SKU fell below its reorder point, what is on order included."""

    sku: str
    free: Units
    waiting: Units
    on_order: Units
    reorder_point: Units


DATA: dict[str, type[Data]] = {
    "backorder.recorded": Recorded,
    "backorder.refused": Refused,
    "backorder.amended": Amended,
    "backorder.cancelled": Cancelled,
    "consent.required": ConsentRequired,
    "remedy.accepted": RemedyAccepted,
    "payment.reauthorise_due": ReauthoriseDue,
    "promise.revised": PromiseRevised,
    "line.allocated": Allocated,
    "release.created": ReleaseCreated,
    "shipment.confirmed": ShipmentConfirmed,
    "payment.capture_due": CaptureDue,
    "payment.void_due": VoidDue,
    "payment.refund_due": RefundDue,
    "purchase_order.sent": PurchaseOrderSent,
    "purchase_order.changed": PurchaseOrderChanged,
    "receipt.posted": ReceiptPosted,
    "sku.low": SkuLow,
}
"""In the order of `events.TYPES`."""
