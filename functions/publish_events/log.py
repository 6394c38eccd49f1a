"""The canonical line of each business event: what happened to what, why, and by which request it began."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from shared.runtime import telemetry


def note_trace(traces: dict[str, str], head: Callable[[str], Any]) -> None:
    """Remember the request that recorded an order whose head was read anyway (`head` gives its attributes)."""
    if head("trace"):
        traces[head("id")] = head("trace")


def log_events(events: Sequence[dict[str, Any]], traces: Mapping[str, str]) -> None:
    """One line an event, with the request that recorded its order where `traces` (by id of the order) knows it.

    Nothing is read for it: who asks for the story of an order asks for its id, too, and that is on every line.
    """
    for event in events:
        about, data = event["metadata"], event["data"]
        telemetry.log(
            "business_event",
            event_id=about["id"],
            type=about["type"],
            causation_id=about["causation_id"],
            correlation_id=traces.get(data.get("backorder_id")),
            backorder=data.get("backorder_id"),
            line=data.get("line_id"),
            release=data.get("release_id"),
            purchase_order=data.get("purchase_order_id"),
            receipt=data.get("receipt_id"),
            supplier=data.get("supplier_id"),
            sku=data.get("sku"),
            units=data.get("units"),
            cause=data.get("cause"),
            status=data.get("status"),
        )
