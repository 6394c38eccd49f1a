"""One action of an operator, as the trail keeps it. Never a name or an address of a customer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

What = Literal["settings", "plan", "export", "erase", "webhook", "replay", "redrive"]


@dataclass(frozen=True)
class ChangedBy:
    """Who changes something when (microseconds) and why; `key` is the same for a repeat of the request."""

    actor: str
    reason: str
    at: int
    key: str


@dataclass(frozen=True)
class Action:
    """`at` in microseconds; `key` tells it from others of the same moment, and a repeat of the same request has it too.

    `about` is what it was done to, `detail` what came of it.
    """

    at: int
    key: str
    actor: str
    what: What
    about: str
    reason: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


class Trail(Protocol):
    """Keeps actions for good."""

    def note(self, action: Action) -> None:
        """Once per moment and key."""
        ...
