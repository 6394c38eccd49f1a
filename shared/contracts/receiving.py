"""Receipts on the wire."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from shared.contracts.common import Id, Instant, Model, Sku, Units, WrongAt, iso
from shared.receiving.model import CountedLine
from shared.receiving.receive import Received, ReceiveGoods

MAX_LINES = 2000


class ReceiptLineBody(Model):
    """`quantity` units were put into stock; `rejected` ones come on top and were not."""

    sku: Sku
    quantity: Units
    rejected: Units = 0

    @model_validator(mode="after")
    def _something(self) -> ReceiptLineBody:
        if self.quantity + self.rejected == 0:
            raise WrongAt("quantity and rejected must not both be 0", "quantity")
        return self


class ReceiptBody(Model):
    """A delivery as it was counted. Unique per `receipt_id`."""

    receipt_id: Id
    supplier_id: Id
    purchase_order_id: Id | None = Field(None, description="posted as free stock without one")
    received_at: Instant | None = Field(None, description="now when left out; at most 5 minutes ahead")
    lines: Annotated[list[ReceiptLineBody], Field(min_length=1, max_length=MAX_LINES)]

    def command(self, *, request_key: str, digest: str, actor: str) -> ReceiveGoods:
        return ReceiveGoods(
            receipt_id=self.receipt_id,
            supplier_id=self.supplier_id,
            purchase_order_id=self.purchase_order_id,
            received_at=self.received_at,
            lines=tuple(CountedLine(line.sku, line.quantity, line.rejected) for line in self.lines),
            request_key=request_key,
            digest=digest,
            actor=actor,
        )


class PostedLineView(Model):
    """What became of a line. `posted` units are in stock, `applied` of them were open on the order, `over` were not."""

    sku: str
    quantity: int
    rejected: int
    posted: int
    applied: int
    over: int
    outcome: Literal["posted", "over", "not_ordered", "rejected", "unknown_sku"]


class ShortView(Model):
    """Units of the purchase order that are still open after this receipt."""

    sku: str
    open: int


class ReceiptView(Model):
    """A posted receipt. `posted_against` is null when it was posted as free stock; `problem` says why if that was not
    asked for."""

    receipt_id: str
    status: Literal["posting", "posted"]
    supplier_id: str
    purchase_order_id: str | None
    posted_against: str | None
    problem: str | None
    received_at: str
    posted_at: str
    units: int = Field(description="units put into stock in all")
    lines: list[PostedLineView]
    short: list[ShortView]


def receipt_view(received: Received, short: list[tuple[str, int]]) -> dict[str, Any]:
    """`ReceiptView` of a receipt."""
    receipt = received.receipt
    return {
        "receipt_id": receipt.receipt_id,
        "status": receipt.status,
        "supplier_id": receipt.supplier_id,
        "purchase_order_id": receipt.purchase_order_id,
        "posted_against": receipt.against,
        "problem": receipt.problem,
        "received_at": iso(receipt.received_at),
        "posted_at": iso(receipt.at),
        "units": received.units,
        "lines": [
            {
                "sku": result.line.sku,
                "quantity": result.line.quantity,
                "rejected": result.line.rejected,
                "posted": result.posted,
                "applied": result.applied,
                "over": result.over,
                "outcome": result.outcome,
            }
            for result in received.lines
        ],
        "short": [{"sku": sku, "open": units} for sku, units in short],
    }
