"""The counters of one SKU. Units come from receipts and corrections only."""

from __future__ import annotations

from dataclasses import dataclass, field

from shared.allocation.hand_out import HandOut
from shared.backorders.model import SortKey


def available_now(free: int, waiting: int) -> int:
    """Units that a new order could get after everyone who waits. `waiting` is below zero while a hand-out is on its way
    whose units somebody did not want."""
    return max(0, free - max(0, waiting))


@dataclass(frozen=True)
class Inbound:
    """What one purchase order still brings of a SKU. `likely`/`by` in microseconds; firm = the supplier confirmed."""

    open: int
    likely: int
    by: int
    firm: bool = False


@dataclass(frozen=True)
class Stock:
    """`short = waiting - free` is stored beside them because a condition cannot subtract (see docs/data-model.md).

    `partial` names the lines of hold orders that have units of this SKU while their order is incomplete. Every line
    before the rank `counted_to` is counted in `waiting`, and so are the `singles` behind it (see tally).
    Units of a `hand_out` have left `free` and `waiting` and are on their way to lines.
    """

    sku: str
    free: int = 0
    waiting: int = 0
    received: int = 0
    corrections: int = 0
    on_order: int = 0
    inbound: dict[str, Inbound] = field(default_factory=dict)
    partial: dict[str, int] = field(default_factory=dict)
    head: int = 0
    version: int = 0
    counted_to: int = 0
    singles: frozenset[SortKey] = frozenset()
    asked: dict[int, int] = field(default_factory=dict)  # units by UTC day (ordinal), the last two weeks
    tallies: int = 0  # how often the end of the queue was counted
    hand_out: HandOut | None = None
    handings: int = 0  # how many hand-outs there were
    covered: SortKey | None = None  # the last place in the queue that purchase orders reach
    dated: str = ""  # what the promises of everybody who waits were last worked out from

    @property
    def short(self) -> int:
        return self.waiting - self.free

    def counts(self, place: SortKey) -> bool:
        """Whether a line at this place, not counted when it was recorded, is counted by now."""
        return place[0] < self.counted_to or place in self.singles

    @property
    def to_give(self) -> bool:
        """Whether there may be units for those who wait: free, shared out anew, or on their way."""
        return bool(self.free or self.partial or self.hand_out)

    @property
    def available_now(self) -> int:
        """Units a new order could get after everyone who waits."""
        return available_now(self.free, self.waiting)

    def backordered(self, quantity: int) -> int:
        """The part of `quantity` that would wait."""
        return max(0, quantity - self.available_now)
