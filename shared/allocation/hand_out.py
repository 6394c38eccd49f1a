"""Handing units out: what a few lines are given is decided by one write of their SKU's counters, and they follow.

The counters give the units away and say to whom (`HandOut`); then each line takes its part in a write of its own,
marked so that it happens once; last, what a line could not take (cancelled or changed meanwhile) goes back. Whoever
reads the counters next finishes what a crash left, so no unit is lost or given twice. A line costs one write instead
of its share of a transaction, which costs double.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shared.backorders.model import Line, LineChange, SortKey


@dataclass(frozen=True)
class HandOut:
    """Units on their way to lines of one SKU, by their place in its queue. `n` counts the SKU's hand-outs."""

    n: int
    at: int
    cause: str
    units: Mapping[SortKey, int]

    @property
    def taken(self) -> str:
        """The mark of a line that took its part."""
        return f"h{self.n}"

    @property
    def missed(self) -> str:
        """The mark of a line that could not; it can never take it afterwards."""
        return f"h{self.n}-"

    def to(self, line: Line) -> LineChange:
        """The part of a line. Raises ValueError if it does not wait for that many units any more."""
        return handed(line, self.units[line.sort_key], self.at, self.cause)


def handed(line: Line, units: int, at: int, cause: str) -> LineChange:
    """Allocated, and in the same write released unless the order's head has a say. Raises ValueError."""
    change = LineChange(line).move("allocate", "waiting", units, at=at, actor="system", cause=cause)
    if line.careful:
        return change
    return change.move("release", "allocated", units, at=at, actor="system", cause=cause)
