"""Traces of a person in the table, and how far a walk through it has come."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from shared.backorders.lookup import OrderView
from shared.backorders.model import Customer

ERASED = "erased"
"""What stands where something personal stood."""

Kind = Literal["order", "recording", "notice", "subscription", "mailbox"]


@dataclass(frozen=True)
class Place:
    """A place of the walk: the table is walked segment by segment, each from its beginning (`after` None)."""

    segment: int = 0
    after: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Trace:
    """One item that is about the person. `key` is the order's where it is one; `shown` is what may be told of it.

    `recording`: an order that is still being recorded, or was cut off and will be removed within the hour.
    """

    kind: Kind
    key: str
    at: Mapping[str, str]
    shown: Mapping[str, Any] = field(default_factory=dict)


class Traces(Protocol):
    """Finds whatever is about the owner of a mailbox, wherever it lies: no index could be trusted to be complete."""

    segments: int

    def walk(self, email: str, start: Place) -> Iterator[tuple[Place, Trace | None]]:
        """Each trace, and None between them now and then, with the place behind it."""
        ...


class Erasing(Protocol):
    """Takes what is personal out of what was found. Everything can be repeated; raises Stale, Contended."""

    def read(self, key: str) -> OrderView | None: ...

    def forget_words(self, view: OrderView) -> None:
        """Texts that people wrote, tracking numbers, hashes of addresses, the place in the customer's list."""
        ...

    def forget_customer(self, view: OrderView, customer: Customer, at: int, actor: str, reason: str) -> None:
        """The last step: before it, a repeat finds the order again."""
        ...

    def forget(self, trace: Trace) -> None:
        """A notice of an order that is somebody else's by now, or a subscription."""
        ...


Enough = Callable[[], bool]
"""Whether it is time to stop and let the caller come again."""
