"""The date of the k-th waiting unit: cumulative inbound supply against the place in the queue, then the next order.

A unit is dated by the first moment at which everything that arrives until then covers everyone up to and including
it; one early unit never answers for fifty waiters. `likely` is the median, `by` the date kept nine times in ten.
Dates are the last second of a day in UTC, so that the same supply always gives the same promise.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from shared.backorders.model import Basis, Promise
from shared.catalog.model import Item, Supplier
from shared.inventory.model import Inbound, Stock
from shared.kernel.clock import DAY, EPOCH, from_micros, micros
from shared.purchasing.order_days import expected, next_order_time
from shared.settings.model import MerchantSettings

_DAY_MICROS = DAY // timedelta(microseconds=1)


def end_of_day(at: int) -> int:
    """Last second of the UTC day of `at`, both in microseconds."""
    return at - at % _DAY_MICROS + _DAY_MICROS - 1_000_000


def day_number(at: int | None) -> int | None:
    """The UTC day of a promised date, counted from 1970; with `end_of_day_number` a date in few digits."""
    return None if at is None else at // _DAY_MICROS


def end_of_day_number(day: int | None) -> int | None:
    """The promised date of a day: inverse of `day_number`."""
    return None if day is None else end_of_day(day * _DAY_MICROS)


def last_date(dates: Iterable[int | None]) -> int | None:
    """When everything can leave together (microseconds): None if one of the dates is not known, or there is none."""
    known = list(dates)
    return None if None in known else max((at for at in known if at is not None), default=None)


class Outlook:
    """What one SKU can be expected to bring, as known at `now`. One object dates any number of places."""

    def __init__(
        self, stock: Stock, item: Item, supplier: Supplier | None, settings: MerchantSettings, now: datetime
    ) -> None:
        self._free = stock.free
        self._now = micros(now)
        self._item, self._supplier, self._settings = item, supplier, settings
        self._likely = _cumulative([(i.likely, i.open) for i in stock.inbound.values()])
        self._by = _cumulative([(i.by, i.open) for i in stock.inbound.values()])
        self._next: tuple[int, int] | None = None

    def promise(self, place: int, cause: str) -> Promise:
        """The promise of the unit at `place` (1 = first to be served, free units included)."""
        if place <= self._free:
            today = end_of_day(self._now)
            return Promise(self._now, today, today, "stock", cause)
        beyond = place - self._free
        likely, by = _reach(self._likely, beyond), _reach(self._by, beyond)
        if likely is not None and by is not None:
            return self._dated(likely, by, "purchase_order", cause)
        if self._item.sellability_when_empty == "discontinued":
            return Promise(self._now, None, None, "none", cause)
        basis: Basis = "made_to_order" if self._item.sellability_when_empty == "made_to_order" else "next_order"
        likely, by = self.next_order
        return self._dated(max(likely, _last(self._likely)), max(by, _last(self._by)), basis, cause)

    def _dated(self, likely: int, by: int, basis: Basis, cause: str) -> Promise:
        earliest = self._now + _DAY_MICROS
        first = end_of_day(max(likely, earliest))
        return Promise(self._now, first, max(first, end_of_day(by)), basis, cause)

    @property
    def next_order(self) -> tuple[int, int]:
        """When units would come that are not ordered yet, as (likely, by): the supplier's next order day, then its
        lead time. In microseconds."""
        if self._next is None:
            start = from_micros(self._now)
            if self._supplier is None:
                likely, by = self._settings.default_lead_time_likely_days, self._settings.default_lead_time_by_days
                self._next = (micros(start + likely * DAY), micros(start + by * DAY))
            else:
                dates = expected(self._supplier, self._ordered_at(self._supplier, start))
                self._next = (dates.likely, dates.by)
        return self._next

    def _ordered_at(self, supplier: Supplier, start: datetime) -> datetime:
        """The next order day, or that on which what is held for the supplier is ordered at the latest."""
        ordered = next_order_time(supplier, self._settings, start)
        return ordered if supplier.held_until is None else max(ordered, from_micros(supplier.held_until))


def _last(cumulative: list[tuple[int, int]]) -> int:
    """When all of it is there: whoever stands behind what is on order is served after it, however soon the next order
    comes, for that goes to those ahead."""
    return cumulative[-1][0] if cumulative else 0


def _cumulative(arrivals: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """(date, units until then), by date."""
    total, out = 0, []
    for date, units in sorted(arrivals):
        total += units
        out.append((date, total))
    return out


def _reach(cumulative: list[tuple[int, int]], units: int) -> int | None:
    return next((date for date, total in cumulative if total >= units), None)


def covered_by_firm(inbound: dict[str, Inbound], until: int) -> int:
    """Units that suppliers have confirmed to bring by `until` (microseconds)."""
    return sum(i.open for i in inbound.values() if i.firm and i.likely <= until)


def day_of(at: int | None) -> str | None:
    """The UTC date of an instant, for people."""
    return None if at is None else (EPOCH + timedelta(microseconds=at)).date().isoformat()
