"""An order book as daily demand per SKU."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import accumulate

from infra.local.demo.book import Order, OrderBook


@dataclass(frozen=True)
class Series:
    """Units asked for of one SKU, on the days on which there were any; `sums` are the units up to each of them."""

    sku: str
    days: tuple[int, ...]
    units: tuple[int, ...]
    sums: tuple[int, ...]

    def between(self, first: int, end: int) -> int:
        """Units of the days from `first` up to, not including, `end`."""
        return self._before(end) - self._before(first)

    def _before(self, day: int) -> int:
        at = bisect_left(self.days, day)
        return self.sums[at - 1] if at else 0


@dataclass(frozen=True)
class Demand:
    """All series of a file, SKUs in text order; days are proleptic ordinals, `end` is the day after the last."""

    first: int
    end: int
    series: tuple[Series, ...]

    @property
    def days(self) -> int:
        return self.end - self.first


def demand_of(book: OrderBook) -> Demand:
    """Units ordered per SKU and day; units taken back on the day they were ordered were never asked for.

    Units taken back later stay: on the evening of their day nobody could know.
    """
    ordered: dict[tuple[str, str], tuple[str, int]] = {}
    units: Counter[tuple[str, int]] = Counter()
    for action in book.actions:
        today = action.at.date().toordinal()
        if isinstance(action, Order):
            for line in action.lines:
                ordered[action.order_id, line.line_id] = line.sku, today
                units[line.sku, today] += line.quantity
            continue
        for part in action.parts:
            sku, day = ordered[part.order_id, part.line_id]
            if day == today:
                units[sku, day] -= part.units
    days = [order.at.date().toordinal() for order in book.orders]
    return Demand(min(days), max(days) + 1, tuple(_series(units)))


def _series(units: Counter[tuple[str, int]]) -> list[Series]:
    by_sku: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for (sku, day), count in sorted(units.items()):
        if count > 0:
            by_sku[sku].append((day, count))
    found = []
    for sku, pairs in by_sku.items():
        counts = tuple(count for _, count in pairs)
        found.append(Series(sku, tuple(day for day, _ in pairs), counts, tuple(accumulate(counts))))
    return found
