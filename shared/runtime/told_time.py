"""What time it is by AWS's own clocks, as an event tells it. That of a function may be minutes off, and which lines are
counted later rests on the difference between two of them (see shared.inventory.tally)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.kernel.clock import from_micros

_MILLISECOND = 1000


def of_request(event: Mapping[str, Any]) -> datetime | None:
    """When the gateway took the request; None if the event does not say so."""
    try:
        return from_micros(int(event["requestContext"]["timeEpoch"]) * _MILLISECOND)
    except (KeyError, TypeError, ValueError):
        return None


def of_first_receipt(event: dict[str, Any]) -> datetime | None:
    """When messages that nobody had before were taken from their queue: a moment ago. None if any of them had been,
    or does not say so: then nobody knows."""
    try:
        attributes = [record["attributes"] for record in event["Records"]]
        if any(int(one["ApproximateReceiveCount"]) > 1 for one in attributes):
            return None
        return from_micros(max(int(one["ApproximateFirstReceiveTimestamp"]) for one in attributes) * _MILLISECOND)
    except (KeyError, TypeError, ValueError):
        return None


def last_sent(event: dict[str, Any], now: datetime) -> datetime:
    """When the last of the messages was sent, at most: `now` may be that of a clock that is ahead."""
    try:
        sent = max(int(record["attributes"]["SentTimestamp"]) for record in event["Records"])
    except (KeyError, TypeError, ValueError):
        return now
    return min(now, from_micros(sent * _MILLISECOND))
