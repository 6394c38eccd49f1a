"""The rounds in which subscribers are told, and what that needs from the outside."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from shared.subscriptions.model import Leaving, Subscription

ROUND = timedelta(hours=48)
"""What a mail about free units is given to sell them, before the next people in line hear of the same units."""


@dataclass(frozen=True)
class Round:
    """The mails about one item since `began`; `due` is when the item is to be looked at again although nothing
    happens to it. `version` guards every change."""

    began: int = 0
    mails: int = 0
    version: int = 0
    due: int | None = None

    @property
    def ends(self) -> int:
        return self.began + ROUND // timedelta(microseconds=1)


@dataclass(frozen=True)
class Listener:
    """Somebody who waits to be told. `closed`: his mailbox must not be written to; `leaving`: the last time that he
    asked for no more of these mails."""

    subscription: Subscription
    closed: bool
    leaving: Leaving | None

    @property
    def has_left(self) -> bool:
        """Whether he subscribed to it before he left."""
        return self.leaving is not None and self.leaving.ends(self.subscription)


class Telling(Protocol):
    """Subscriptions as they are served. Every write is conditional."""

    def round(self, sku: str) -> Round: ...

    def note_due(self, sku: str, round_: Round, due: int | None) -> None:
        """When to look at the item again. Whoever changes the round in between has his way."""
        ...

    def listeners(self, sku: str, at_most: int) -> Iterable[Listener]:
        """Those who wait, who waits longest first."""
        ...

    def claim(self, subscription: Subscription, before: Round, after: Round, at: int) -> None:
        """The right to send this mail, counted in its round; all or nothing. Raises Stale."""
        ...

    def give_back(self, subscription: Subscription, before: Round, after: Round, at: int) -> None:
        """Nothing was sent: he waits again, behind those who wait now."""
        ...

    def close(self, subscription: Subscription, state: str, at: int) -> bool:
        """The outcome: `sent`, `unknown`, `suppressed` or `ended`; False if it was over already."""
        ...


class Shelf(Protocol):
    """What there is of an item."""

    def spare(self, sku: str) -> int:
        """Units that are free and that nobody waits for."""
        ...
