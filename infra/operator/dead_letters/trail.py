"""What of a redrive stands in the trail of actions, as the service itself would keep it there."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from shared.kernel import clock, ids
from shared.trail.model import Action

_LONGEST = 200


def checked(reason: str) -> str:
    """A reason as the API takes it: one line of 1 to 200 characters. Raises ValueError for another."""
    words = reason.strip()
    if not words or len(words) > _LONGEST or not words.isprintable():
        raise ValueError(f"--reason is one line of 1 to {_LONGEST} characters")
    return words


def redrive_action(queue: str, letters: int, only: Collection[str], *, actor: str, reason: str, at: datetime) -> Action:
    """That so many letters of a queue are being sent back, by `only` these or all. A command done twice is two."""
    detail: dict[str, Any] = {"letters": letters} | ({"only": sorted(only)} if only else {})
    return Action(clock.micros(at), ids.nonce(), actor, "redrive", queue, reason, detail)
