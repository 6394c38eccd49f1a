"""What was learned of one supplier, as it is kept beside his card: dates follow from it without any further read."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from shared.promising.lead_times.working_time import WorkingTime

LEVELS: tuple[int, ...] = (*range(0, 1000, 50), 975, 990)
"""Probabilities in thousandths at which a curve is kept; 0 is the start itself."""
LIKELY, BY = 500, 900
_MINUTE = 60_000_000
_DAY_MINUTES = 24 * 60


@dataclass(frozen=True)
class LeadTime:
    """`minutes` of working time until the first receipt, one per level, never falling. `closed` are weekdays (0 =
    Monday) without arrivals; `orders` and `receipts` is how much stands behind it.

    `cautious` is the probability of `by` in thousandths: 900, or more while too many promises are broken. `slip` is by
    how many minutes goods come after the date the supplier has named, in half and in nine of ten cases.
    """

    minutes: tuple[int, ...]
    closed: tuple[int, ...] = ()
    orders: int = 0
    receipts: int = 0
    cautious: int = BY
    slip: tuple[int, int] | None = None

    def dates(self, start: int, now: int | None = None, holidays: frozenset[date] = frozenset()) -> tuple[int, int]:
        """(likely, by) of an order sent at `start`, in microseconds; if it is still open at `now`, after that."""
        working = WorkingTime(frozenset(self.closed), holidays) if holidays else self._working
        begin = working.position(start)
        elapsed = 0 if now is None else max(0, round((working.position(now) - begin) * _DAY_MINUTES))
        likely, by = (
            working.instant(begin + self._within(level, elapsed) / _DAY_MINUTES) for level in (LIKELY, self.cautious)
        )
        return likely, by

    @property
    def careful(self) -> bool:
        """Whether `by` is quoted at more than nine in ten, because promises were broken."""
        return self.cautious > BY

    def days(self, level: int) -> int:
        """Whole working days within which goods come with this probability (thousandths), rounded up."""
        return -(-self._within(level, 0) // _DAY_MINUTES)

    def after(self, before: LeadTime | None) -> LeadTime:
        """What is kept when `before` was: the same dates, unless they moved by half a day or by another rule. A new
        date every day for everybody who waits would help nobody."""
        if before is None or self._rules != before._rules:
            return self
        moved = (abs(self._within(level, 0) - before._within(level, 0)) for level in (LIKELY, BY))
        if max(moved) * 2 >= _DAY_MINUTES:
            return self
        return replace(before, orders=self.orders, receipts=self.receipts)

    @property
    def _rules(self) -> tuple[object, ...]:
        return self.closed, self.cautious, self.slip

    def _within(self, level: int, elapsed: int) -> int:
        """Minutes from the start within which an order comes that has not come in `elapsed`."""
        last, tenth = self.minutes[-1], self.minutes[LEVELS.index(BY)]
        if elapsed >= last:
            return elapsed + max(_DAY_MINUTES, last - tenth) * level // 1000
        passed = _between(elapsed, self.minutes, LEVELS) if elapsed else 0
        wanted = passed + (1000 - passed) * level // 1000
        return max(elapsed, _between(min(wanted, LEVELS[-1]), LEVELS, self.minutes))

    @cached_property
    def _working(self) -> WorkingTime:
        return WorkingTime(frozenset(self.closed))


def _between(x: int, xs: tuple[int, ...], ys: tuple[int, ...]) -> int:
    """The value at `x` on the line through the points; `xs` never fall and begin at or below `x`, which they reach."""
    n = bisect_left(xs, x)
    if n == 0 or xs[n] == x:
        return ys[n]
    return ys[n - 1] + (ys[n] - ys[n - 1]) * (x - xs[n - 1]) // (xs[n] - xs[n - 1])
