"""Subscribers whose mail was claimed by somebody who died: after a while its outcome counts as unknown."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from shared.kernel.clock import micros
from shared.notifications.settle import SENDING
from shared.subscriptions.model import Subscription


class Claims(Protocol):
    """The claims that have no outcome yet."""

    def claimed_before(self, at: int) -> Iterable[Subscription]: ...

    def close(self, subscription: Subscription, state: str, at: int) -> bool: ...


def settle_unknown(*, store: Claims, now: datetime) -> int:
    """Close the claims nobody works on any more; returns how many mails have an unknown outcome by it."""
    stale = list(store.claimed_before(micros(now - SENDING)))
    return sum(store.close(one, "unknown", micros(now)) for one in stale)
