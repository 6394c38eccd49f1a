"""Events out: versioned envelopes on the bus. Field names are fixed; a new meaning gets a new version."""

from __future__ import annotations

from typing import Any

SOURCE = "backorders"
VERSION = "1.0"

TYPES = (
    "backorder.recorded",
    "backorder.refused",
    "backorder.amended",
    "backorder.cancelled",
    "consent.required",
    "remedy.accepted",
    "payment.reauthorise_due",
    "promise.revised",
    "line.allocated",
    "release.created",
    "shipment.confirmed",
    "payment.capture_due",
    "payment.void_due",
    "payment.refund_due",
    "purchase_order.sent",
    "purchase_order.changed",
    "receipt.posted",
    "sku.low",
)


def envelope(type_: str, event_id: str, at: str, data: dict[str, Any], cause: str) -> dict[str, Any]:
    """`id` is the same however often the event is published: consumers drop repeats by it."""
    if type_ not in TYPES:
        raise ValueError(f"{type_} is not an event of the contract")
    metadata = {"id": event_id, "type": type_, "version": VERSION, "time": at, "causation_id": cause}
    return {"metadata": metadata, "data": data}
