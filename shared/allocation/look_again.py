"""Which queues a day that passes can change: those of orders shipped in one parcel that may be judged otherwise now.

Everything else that decides about them is written somewhere and heard of at once. Two things are not: a customer's
patience ends, and a day comes near enough for supply confirmed for it to count. An order that neither can reach, and
that has nothing to give back, would be read for nothing; and so would one that is served as far as units reach. Those
that are left are decided in the head first, all together: most of them yield to somebody who is before them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Protocol

from shared.allocation.careful import CarefulOrder
from shared.allocation.ports import AllocationStore
from shared.allocation.world import decide_now
from shared.backorders.model import Line, SortKey
from shared.backorders.ports import Stale
from shared.inventory.model import Stock
from shared.kernel.clock import DAY, micros
from shared.kernel.ids import ordered_unique
from shared.promising.promise import covered_by_firm
from shared.settings.model import MerchantSettings

Had = Callable[[Stock], Collection[SortKey]]


class HeldOrders(Protocol):
    """Orders shipped in one parcel that are not finished, and the counters of SKUs."""

    def orders(self) -> Iterable[CarefulOrder]: ...

    def stocks(self, skus: Iterable[str]) -> Mapping[str, Stock]:
        """Those that exist, in one read per hundred."""
        ...

    def had(self, stock: Stock) -> Collection[SortKey]:
        """Places in the queue of the lines whose incomplete orders have units of the SKU."""
        ...


def skus_to_look_at(held: HeldOrders, *, settings: MerchantSettings, now: datetime) -> list[str]:
    """SKUs with units that an order may take because its patience is over, or because supply confirmed to come within
    the hold horizon may complete it; and those of which an order has units that it may have to give back."""
    until = micros(now + settings.hold_horizon_days * DAY)
    patience_over = micros(now - settings.patience_days * DAY)
    stocks: dict[str, Stock] = {}
    found: list[str] = []
    for order in held.orders():
        if order.hold:
            stocks |= held.stocks(sorted({line.sku for line in order.lines if line.open} - stocks.keys()))
            found += _Judged(order, stocks, held.had).skus(until, patience_over)
    return ordered_unique(found)


def those_that_move(
    skus: Iterable[str], *, store: AllocationStore, settings: MerchantSettings, now: datetime
) -> Iterator[str]:
    """Of these SKUs those of which a run would move units now, or note that somebody was overtaken. `store` reads on
    behalf of them all; nothing is written."""
    for sku in (one for one in skus if one not in store.idle):
        try:
            stock = store.stocks([sku]).get(sku)
            decision = decide_now(stock, store, settings, now) if stock and stock.to_give else None
        except Stale:
            yield sku  # it is being changed: its run sees what has become of it
            continue
        if decision is None:
            continue
        if decision or decision.overtaken:
            yield sku
        else:
            store.idle.update(decision.idle)


class _Judged:
    """One order: which of its SKUs a run may move units of. What it takes must be free, or had by a later order."""

    def __init__(self, order: CarefulOrder, stocks: Mapping[str, Stock], had: Had) -> None:
        self._lines = [line for line in order.lines if line.open and line.sku in stocks]
        self._whole = len(self._lines) == sum(1 for line in order.lines if line.open)
        self._overtaken_at, self._stocks = order.overtaken_at, stocks
        self._had = {sku: had(stocks[sku]) for sku in {line.sku for line in self._lines}}

    def skus(self, until: int, patience_over: int) -> list[str]:
        impatient = self._overtaken_at is not None and self._overtaken_at <= patience_over
        may_take = impatient or self._within_reach(until)
        return [x.sku for x in self._lines if (may_take and self._takes(x)) or (not impatient and self._has(x))]

    def _within_reach(self, until: int) -> bool:
        """What must hold at least, so that the order is complete or its rest confirmed (see policy)."""
        needs: Counter[str] = Counter()
        for line in self._lines:
            needs[line.sku] += line.waiting + (line.allocated if self._has(line) else 0)
        return self._whole and all(self._reach(sku, until) >= units for sku, units in needs.items())

    def _reach(self, sku: str, until: int) -> int:
        stock = self._stocks[sku]
        return stock.free + sum(stock.partial.values()) + covered_by_firm(stock.inbound, until)

    def _has(self, line: Line) -> bool:
        return line.sort_key in self._had[line.sku]

    def _takes(self, line: Line) -> bool:
        later = any(place > line.sort_key for place in self._had[line.sku])
        return bool(line.waiting and (self._stocks[line.sku].free or later))
