"""What the policy looks at, out of the store: no more of an order than it must see."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import replace
from datetime import datetime

from shared.allocation.careful import CarefulOrder, Glimpse, Verdict
from shared.allocation.decision import Decision
from shared.allocation.policy import decide, is_over
from shared.allocation.ports import AllocationStore
from shared.backorders.model import Line
from shared.inventory.model import Stock
from shared.kernel.clock import DAY, micros
from shared.promising.promise import covered_by_firm
from shared.settings.model import MerchantSettings

_WITNESSES = 3
"""SKUs that are asked whether an order waits for more of them than there is: those that it ordered most of, measured by
what there is."""


def decide_now(stock: Stock, store: AllocationStore, settings: MerchantSettings, now: datetime) -> Decision:
    """What is to be done about the units of a SKU, as the store has things now."""
    patience_over = micros(now - settings.patience_days * DAY)
    return decide(stock.sku, StoreWorld(stock, store, settings, now), patience_over=patience_over)


class StoreWorld:
    """The policy's world, read from the store once and kept for the decision."""

    def __init__(self, start: Stock, store: AllocationStore, settings: MerchantSettings, now: datetime) -> None:
        self._store, self._until = store, micros(now + settings.hold_horizon_days * DAY)
        self._stocks = {start.sku: start}
        self._orders: dict[str, CarefulOrder] = {}

    def _stock(self, sku: str) -> Stock:
        if sku not in self._stocks:
            self._stocks[sku] = self._store.stocks([sku]).get(sku) or Stock(sku)
        return self._stocks[sku]

    def free(self, sku: str) -> int:
        return self._stock(sku).free

    def held(self, sku: str) -> int:
        return sum(self._stock(sku).partial.values())

    def firm(self, sku: str) -> int:
        return covered_by_firm(self._stock(sku).inbound, self._until)

    def queue(self, sku: str) -> Iterable[Line]:
        return self._store.queue_as_read(self._stock(sku))

    def order(self, backorder_id: str) -> CarefulOrder:
        if backorder_id not in self._orders:
            order = self._store.careful_order(backorder_id)
            unread = {line.sku for line in order.lines if line.open} - self._stocks.keys()
            self._stocks |= self._store.stocks(sorted(unread))
            had = (line for line in order.lines if line.allocated)
            shared = frozenset(x.position for x in had if self._store.named(self._stock(x.sku), x))
            self._orders[backorder_id] = replace(order, shared=shared)
        return self._orders[backorder_id]

    def verdict(self, backorder_id: str, patience_over: int) -> Verdict | None:
        glimpse = None if backorder_id in self._orders else self._store.glimpse(backorder_id)
        if glimpse is None:
            return None
        takes = not glimpse.hold or is_over(glimpse.overtaken_at, patience_over)
        if glimpse.hold and not self._lacks(backorder_id, glimpse, confirmed=not takes):
            return None
        return Verdict.TAKES if takes else Verdict.YIELDS

    def lacked(self, backorder_id: str, patience_over: int) -> tuple[str, int] | None:
        sku = self._store.lacking.get(backorder_id)
        glimpse = None if sku is None or backorder_id in self._orders else self._store.glimpse(backorder_id)
        if sku is None or glimpse is None or not glimpse.hold or is_over(glimpse.overtaken_at, patience_over):
            return None
        units = glimpse.waiting([sku]).get(sku, 0)
        return (sku, units) if units else None

    def lacks(self, backorder_id: str, sku: str) -> None:
        self._store.lacking[backorder_id] = sku

    def _lacks(self, backorder_id: str, glimpse: Glimpse, *, confirmed: bool) -> bool:
        """Whether an order waits for more of a SKU than there is (and is confirmed), as far as is looked: first for
        what it lacked last."""
        ordered, last = glimpse.ordered.keys(), {self._store.lacking.get(backorder_id)}
        known = ordered & (self._stocks.keys() | self._store.counters.keys())
        for skus in (ordered & last, known - last, ordered - known - last):
            if lacking := self._lacks_of(glimpse, skus, confirmed):
                self.lacks(backorder_id, lacking)
                return True
        return False

    def _lacks_of(self, glimpse: Glimpse, skus: Set[str], confirmed: bool) -> str | None:
        self._stocks |= self._store.stocks(sorted(skus - self._stocks.keys()))
        reach = {sku: self.free(sku) + self.held(sku) + (self.firm(sku) if confirmed else 0) for sku in skus}
        short = sorted((reach[sku] - glimpse.ordered[sku], sku) for sku in skus if glimpse.ordered[sku] > reach[sku])
        waits = glimpse.waiting(sku for _, sku in short[:_WITNESSES])
        return next((sku for sku, units in waits.items() if units > reach[sku]), None)

    def pooled(self, line: Line) -> int:
        return line.allocated if self._store.named(self._stock(line.sku), line) else 0
