"""How many lines are open, how old they are, and what they are worth: looked at four times a day, without reading all.

The directory of open orders, oldest first, costs a few keys an order. Up to `SAMPLE` orders are read whole; of more,
every k-th is, another one each time, and stands for k. So small books are exact, and of large ones an age or a share
is off by some 1 / sqrt(SAMPLE), at any size at the same cost. The oldest are always read: they are never missed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Protocol

from shared.backorders.model import Backorder, Line
from shared.kernel.clock import micros
from shared.promising.kept import to_keep

SAMPLE = 250
OLDEST = 10
_HOUR = 3_600_000_000
_DAY = 24 * _HOUR
_LOOKS_EVERY = 6 * _HOUR
_POINTS = 100
BUCKETS = {"LinesAged0To3": 4, "LinesAged4To7": 8, "LinesAged8To14": 15, "LinesAged15To30": 31, "LinesAged31Up": None}
"""The lines of an age in whole days below each bound, and not below the one before."""


class OpenBook(Protocol):
    """The orders that are not finished."""

    def keys_of_open(self) -> Sequence[str]:
        """Their keys, oldest first."""
        ...

    def lines(self, key: str) -> tuple[Backorder, list[Line]] | None:
        """Head and lines of one of them; None if it is gone."""
        ...


@dataclass
class Backlog:
    """What was found: figures by the name of their metric, the ages in hours of open lines, and their value in each
    currency there is.

    `BacklogAge` holds at most a hundred ages: of more lines one of each hundredth, so that percentiles are theirs.
    """

    figures: dict[str, int | float] = field(default_factory=dict)
    ages: list[float] = field(default_factory=list)
    values: dict[str, float] = field(default_factory=dict)


@dataclass
class _Sums:
    """What some orders add up to. Whole numbers: thousands of lines are added up four times a day."""

    lines: int = 0
    units: int = 0
    units_at: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By currency and price."""
    past: int = 0
    undated: int = 0
    ages: list[tuple[int, int]] = field(default_factory=list)
    """(age in microseconds, open lines) of each order that has any."""

    def add(self, head: Backorder, lines: Sequence[Line], now: int) -> None:
        found = [line for line in lines if line.open]
        for line in found:
            promise, first = line.promise, to_keep(head, line)
            self.units += line.open
            self.units_at[head.currency, line.unit_price] += line.open
            self.past += first is not None and first.by is not None and first.by < now
            self.undated += promise is None or promise.by is None
        self.lines += len(found)
        if found:
            self.ages.append((max(0, now - head.placed_at), len(found)))

    def value(self, currency: str) -> Fraction:
        at = {price: units for (own, price), units in self.units_at.items() if own == currency}
        return sum((units * Fraction(price) for price, units in at.items()), Fraction(0))


def look_at_backlog(*, book: OpenBook, now: datetime, sample: int = SAMPLE) -> Backlog:
    """The open lines at `now`. A line is open while units of it wait or lie allocated."""
    at = micros(now)
    found = book.keys_of_open()
    oldest, rest = found[:OLDEST], found[OLDEST:]
    step = max(1, -(-len(rest) // sample))
    chosen = rest[(at // _LOOKS_EVERY) % step :: step]
    weight = Fraction(len(rest), max(1, len(chosen)))
    return _told(_sums(book, oldest, at), _sums(book, chosen, at), weight, len(found))


def _sums(book: OpenBook, keys: Sequence[str], at: int) -> _Sums:
    sums = _Sums()
    for head, lines in filter(None, map(book.lines, keys)):
        sums.add(head, lines, at)
    return sums


def _told(exact: _Sums, sample: _Sums, weight: Fraction, orders: int) -> Backlog:
    def whole(name: str) -> Fraction:
        return Fraction(getattr(exact, name)) + weight * Fraction(getattr(sample, name))

    by_age = sorted([(age, Fraction(n)) for age, n in exact.ages] + [(age, n * weight) for age, n in sample.ages])
    figures: dict[str, int | float] = {
        "OpenOrders": orders,
        "OpenLines": round(whole("lines")),
        "OpenUnits": round(whole("units")),
        "LinesPastPromise": round(whole("past")),
        "LinesWithoutPromise": round(whole("undated")),
        "OldestLineHours": round(by_age[-1][0] / _HOUR, 1) if by_age else 0,
        **_buckets(by_age),
    }
    currencies = sorted({currency for sums in (exact, sample) for currency, _ in sums.units_at})
    values = {one: round(100 * (exact.value(one) + weight * sample.value(one))) / 100 for one in currencies}
    return Backlog(figures, _hundredths(by_age), values)


def _buckets(by_age: list[tuple[int, Fraction]]) -> dict[str, int]:
    found: dict[str, int] = {}
    below = 0
    for name, bound in BUCKETS.items():
        counted = sum(w for age, w in by_age if age >= below * _DAY and (bound is None or age < bound * _DAY))
        found[name] = round(counted)
        below = bound or below
    return found


def _hundredths(by_age: list[tuple[int, Fraction]]) -> list[float]:
    """The age in hours of each line if there are at most a hundred, else that in the middle of each hundredth of the
    weight."""
    total, passed = sum(weight for _, weight in by_age), Fraction(0)
    points = min(_POINTS, round(total))
    out: list[float] = []
    for age, weight in by_age:
        passed += weight
        while len(out) < points and passed >= Fraction(2 * len(out) + 1, 2 * points) * total:
            out.append(round(age / _HOUR, 2))
    return out
