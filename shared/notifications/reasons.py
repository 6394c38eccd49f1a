"""Why a date moved back, as far as the promise knows it, and whether anybody is doing something about it."""

from __future__ import annotations

from collections.abc import Iterable

from shared.kernel.ids import ordered_unique
from shared.notifications.news import Change

_QUEUE = frozenset({"recorded", "reshaped", "switched"})
"""Causes of a revision that are others in the queue: an order with a head start, or one that was given priority."""

_NEVER, _HERE = "reason.no_date", "reason.here"


def reasons(changes: Iterable[Change]) -> list[str]:
    """The sentences, by their keys. Nobody asks a supplier about what has been discontinued, or about what is here."""
    found = ordered_unique(_reason(change) for change in changes)
    return [*found, "reason.action"] if set(found) - {_NEVER, _HERE} else found


def _reason(change: Change) -> str:
    promise = change.line.promise
    if not change.line.waiting:
        return _HERE
    if not change.was_waiting:
        return "reason.taken_back"
    if promise is None or promise.by is None:
        return _NEVER
    if promise.cause in _QUEUE:
        return "reason.queue"
    return {"next_order": "reason.reorder", "made_to_order": "reason.made_to_order"}.get(promise.basis, "reason.supply")
