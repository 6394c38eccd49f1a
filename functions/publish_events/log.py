"""The canonical line of each business event: what happened to what, why, and by which request it began."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from shared.aws import keys
from shared.kernel import clock
from shared.runtime import telemetry


def note_trace(traces: dict[str, str], kind: str, value: Callable[[str], Any]) -> None:
    """Remember the request that recorded an order, as the order's head or one of its lines names it (`value` gives
    their attributes)."""
    if kind in {"backorder", "line"} and (trace := value("trace")):
        order = value("id") if kind == "backorder" else keys.parse_line_sort(value("sk"))[1]
        traces[order] = trace


def log_events(events: Sequence[dict[str, Any]], traces: Mapping[str, str]) -> None:
    """One line an event. It belongs to the request that recorded its order (`traces`, by id of the order); what is of
    no order belongs to what it was made for. `duration`: seconds from the change to here.

    Nothing is read for it: lines of orders and most of what is told of them name that request themselves.
    """
    for event in events:
        about, data = event["metadata"], event["data"]
        order = data.get("backorder_id")
        telemetry.log(
            "business_event",
            event_id=about["id"],
            change=about["id"].rpartition("-")[0],
            type=about["type"],
            causation_id=about["causation_id"],
            correlation_id=traces.get(order) if order else about["causation_id"],
            duration=round((clock.now() - clock.parse_iso(about["time"])).total_seconds(), 3),
            backorder=order,
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
