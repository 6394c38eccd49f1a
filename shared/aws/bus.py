"""Publishing events on the bus, ten a call; what the bus refuses is an error."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from shared.aws.clients import client
from shared.kernel.errors import Unavailable

_PER_CALL = 10


def publish(bus: str, source: str, events: Sequence[dict[str, Any]]) -> None:
    """Envelopes in order. Raises Unavailable when the bus refused one; repeats carry the same ids."""
    for start in range(0, len(events), _PER_CALL):
        entries = [
            {
                "EventBusName": bus,
                "Source": source,
                "DetailType": event["metadata"]["type"],
                "Detail": json.dumps(event, separators=(",", ":")),
            }
            for event in events[start : start + _PER_CALL]
        ]
        answer = client("events", attempts=1).put_events(Entries=entries)
        if answer.get("FailedEntryCount"):
            raise Unavailable("the bus refused an event")
