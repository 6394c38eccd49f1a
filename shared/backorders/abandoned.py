"""Large recordings that nobody went on with: removed, so that the storefront may simply send the order again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol

from shared.kernel.clock import micros

# Longer than a function that records may run: a recording older than this has no writer any more.
ABANDONED_AFTER = timedelta(minutes=2)


class Recordings(Protocol):
    """Recordings that have not ended."""

    def begun_before(self, at: int) -> Iterable[str]: ...

    def discard(self, key: str) -> None:
        """Remove all of it; an order that opened meanwhile is not touched."""
        ...


def discard_abandoned(*, recordings: Recordings, now: datetime) -> int:
    """Returns how many recordings were removed."""
    keys = list(recordings.begun_before(micros(now - ABANDONED_AFTER)))
    for key in keys:
        recordings.discard(key)
    return len(keys)
