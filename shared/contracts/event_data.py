"""What each event says: the shapes that the published JSON Schemas (docs/events) are made from.

Events are read by programs that nobody here knows, and replayed from an archive: within a version fields may only be
added, and only ones that may be left out. A field with a default is left out where there is nothing to say; it is
never null. Nothing personal: ids, SKUs, units, dates.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, Field

from shared.backorders.model import Basis
from shared.consent.model import OnSilence
from shared.contracts.common import Model
from shared.contracts.problems import Problem
from shared.purchasing.model import Status as PurchaseOrderStatus
from shared.remedies.model import Kind as RemedyKind

MAY_GROW = "x-extensible-enum"
"""Values there are now; readers have to expect others (a keyword of the Zalando RESTful API guidelines)."""


def _now_one_of(*values: str) -> tuple[Any, Any]:
    """Of a text: ours is checked against the values there are now, the schema leaves their list open."""

    def known(value: str) -> str:
        if value not in values:
            raise ValueError(f"must be one of {', '.join(values)}")
        return value

    return AfterValidator(known), Field(json_schema_extra={MAY_GROW: list(values)})


Time = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$", description="RFC 3339, in UTC")]
_REFUND_BY = "of a prepaid order: until when the rule pack of the customer's country wants the money back"
Units = Annotated[int, Field(ge=0, description="whole units")]
Money = Annotated[str, Field(pattern=r"^\d+(\.\d+)?$", description="decimal, in the currency of the order")]


class Data(Model):
    """What an event says."""


class _OfOrder(Data):
    backorder_id: str
    order_id: str = Field(description="the storefront's own id")
    storefront: str


class _Called(Data):
    """Events that had no word of these in their first releases: older ones in the archive lack them."""

    order_id: str | None = Field(None, description="the storefront's own id")
    storefront: str | None = None


class _OfLine(Data):
    backorder_id: str
    line_id: str
    sku: str


class OrderedLine(Model):
    line_id: str
    sku: str
    quantity: Units


class HandedLine(Model):
    line_id: str
    sku: str
    units: Units


class ShippedLine(HandedLine):
    returned: Units = Field(description="units of the release that were not found and are allocated again")


class Recorded(_OfOrder):
    """An order was recorded; some of its lines may have to wait."""

    priority: str
    lines: list[OrderedLine] = Field(description="of an order in `parts` only those that came last")
    parts: Annotated[int, Field(ge=1)] | None = Field(None, description="a large order: read its lines over the API")


class Refused(Data):
    """An order of the bulk queue was understood and refused."""

    order_id: str
    storefront: str
    problem: Problem


class Amended(_OfOrder):
    """An order was changed otherwise than by cancelling: read it for what it is now."""

    change: Annotated[str, *_now_one_of("amend", "switch", "recall", "withdraw")]
    actor: str = Field(description="who changed it: a client, an operator, or `customer`")


class Cancelled(_OfLine, _Called):
    """Units of a line were cancelled: by customer, storefront, operator or a rule."""

    units: Units
    refund_by: Time | None = Field(None, description=_REFUND_BY)


class ConsentRequired(_Called):
    """The law of the customer's country lets him decide about a delay, until a deadline."""

    backorder_id: str
    round: int = Field(description="which question of this order, from 1")
    rule: str = Field(description="`<pack>.<row>` of the rule packs")
    deadline: Time
    on_silence: Annotated[str, *_now_one_of(*get_args(OnSilence))]
    lines: list[str] = Field(description="line ids that are late")


class RemedyAccepted(_OfOrder):
    """A customer accepted what was offered with the apology for a later date: the shop is to do it."""

    remedy_id: str = Field(description="as the settings name it")
    kind: Annotated[str, *_now_one_of(*get_args(RemedyKind))]
    cost: Annotated[str, Field(pattern=r"^\d+(\.\d+)?$", description="decimal, in the merchant's own currency")]


class ReauthoriseDue(_OfOrder):
    """The payment will not last, or failed: ask the shopper for another authorisation."""

    reason: Annotated[str, *_now_one_of("expires", "failed")]
    authorisation_expires_at: Time | None = None
    needed_at: Time | None = Field(None, description="the expected release, where there is a date")
    place_kept_until: Time | None = Field(None, description="how long a failed payment costs nobody the place")


class PromiseRevised(_OfLine):
    """The units of a line that wait have other dates, or none any more."""

    likely: Time | None
    by: Time | None
    basis: Annotated[str, *_now_one_of(*get_args(Basis))]
    cause: str
    revision: int


class Allocated(_OfLine):
    """Units on the shelf were set aside for a line."""

    units: Units
    at: Time


class ReleaseCreated(_Called):
    """Units are to be shipped."""

    release_id: str
    backorder_id: str
    lines: list[HandedLine]


class ShipmentConfirmed(_Called):
    """A parcel left."""

    release_id: str
    backorder_id: str
    shipment_id: str
    lines: list[ShippedLine]
    carrier: str | None
    tracking: str | None


class CaptureDue(_Called):
    """A deferred payment is to be captured for what was released."""

    release_id: str
    backorder_id: str
    lines: list[HandedLine]


class VoidDue(_OfLine, _Called):
    """A deferred payment is to be given up for units that were cancelled or switched."""

    units: Units
    unit_price: Money


class RefundDue(_OfLine, _Called):
    """A prepaid payment is to be paid back for units that were cancelled or switched."""

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
    status: Annotated[str, *_now_one_of(*get_args(PurchaseOrderStatus))]


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
