"""Time that counts: days on which goods arrive. Only those pass between two instants, and dates fall on them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

_DAY = 86_400_000_000
_MONDAY = 4 * _DAY  # 1970-01-05, a Monday, in microseconds since the epoch
_EPOCH_MONDAY = date(1970, 1, 5)
_WEEK = 7
_HARDLY_EVER = 0.2  # of an even share


@dataclass(frozen=True)
class WorkingTime:
    """`closed` are weekdays (0 = Monday) without arrivals, `holidays` single dates; both as UTC days."""

    closed: frozenset[int] = frozenset()
    holidays: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if not self._opens:
            raise ValueError("a week needs a day on which goods arrive")

    def position(self, at: int) -> float:
        """Working days from Monday 1970-01-05 until an instant (microseconds since the epoch), fractions included."""
        days, rest = divmod(at - _MONDAY, _DAY)
        weeks, weekday = divmod(days, _WEEK)
        before = weeks * len(self._opens) + bisect_left(self._opens, weekday) - bisect_left(self._shut, days)
        return before + (rest / _DAY if self._is_open(days) else 0.0)

    def instant(self, position: float) -> int:
        """The first instant at which that many working days have passed, on a working day; inverse of `position`."""
        whole = int(position // 1)
        skipped = 0
        while True:
            weeks, nth = divmod(whole + skipped, len(self._opens))
            days = weeks * _WEEK + self._opens[nth]
            shut = bisect_left(self._shut, days + 1)
            if shut == skipped:
                return _MONDAY + days * _DAY + min(round((position - whole) * _DAY), _DAY - 1)
            skipped = shut

    def _is_open(self, days: int) -> bool:
        return days % _WEEK not in self.closed and days not in self._shut_days

    @cached_property
    def _opens(self) -> list[int]:
        return [day for day in range(_WEEK) if day not in self.closed]

    @cached_property
    def _shut(self) -> list[int]:
        """Holidays that take a working day away, as days since 1970-01-05."""
        days = ((day - _EPOCH_MONDAY).days for day in self.holidays)
        return sorted(day for day in days if day % _WEEK not in self.closed)

    @cached_property
    def _shut_days(self) -> frozenset[int]:
        return frozenset(self._shut)


EVERY_DAY = WorkingTime()


def learned(arrivals: Iterable[int]) -> WorkingTime:
    """The weekdays on which hardly anything arrived (less than a fifth of an even share) are closed.

    `arrivals` in microseconds. With fewer than fifty nothing can be said, and every day is open.
    """
    counts = [0] * _WEEK
    for at in arrivals:
        counts[(at - _MONDAY) // _DAY % _WEEK] += 1
    least = sum(counts) / _WEEK * _HARDLY_EVER
    if sum(counts) < 50:
        return EVERY_DAY
    return WorkingTime(frozenset(day for day, count in enumerate(counts) if count < least))
