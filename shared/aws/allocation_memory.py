"""What the runs of one batch of messages remember of what they read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from shared.allocation.careful import CarefulOrder, Glimpse
from shared.backorders.model import Line, LineChange
from shared.inventory.model import Stock

KEPT = 3000
"""Lines of one queue that are remembered; the rest is read again by whoever gets so far."""

HINTS = 20_000
"""Orders of which is remembered what they lack."""


class ReadQueue:
    """The lines of a queue, read as far as somebody got, for all who come after. Each new SKU that has a say has
    everything served anew."""

    def __init__(self, read: Callable[[], Iterator[Line]]) -> None:
        self._read, self._rest = read, read()
        self._seen: list[Line] = []

    def __iter__(self) -> Iterator[Line]:
        place = 0
        while place < KEPT:
            if place == len(self._seen):
                line = self._next()
                if line is None:
                    return
                self._seen.append(line)
            yield self._seen[place]
            place += 1
        last = self._seen[-1].sort_key
        yield from (line for line in self._read() if line.sort_key > last)

    def _next(self) -> Line | None:
        try:
            return next(self._rest, None)
        except Exception:  # a read that was cut off cannot go on: it would look like the end of the queue
            self._seen, self._rest = [], self._read()
            raise


@dataclass
class AllocationMemory:
    """Orders in one parcel, counters and queues of the SKUs they name: a delivery has the same ones looked at for each
    SKU.

    What a run writes goes on from there or is forgotten, and everything is once a write fails. What others change
    meanwhile has messages of its own, whose runs read anew; units that a set may take only because another SKU was
    confirmed in that moment wait for the daily look (`shared.allocation.look_again`). What orders were found `lacking`
    is where to look first: it outlives the batch, and being wrong it costs a look.
    """

    orders: dict[str, CarefulOrder] = field(default_factory=dict)
    stocks: dict[str, Stock] = field(default_factory=dict)
    queues: dict[str, ReadQueue] = field(default_factory=dict)
    glimpses: dict[str, Glimpse] = field(default_factory=dict)
    idle: set[str] = field(default_factory=set)
    lacking: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.lacking) > HINTS:
            self.lacking.clear()

    def fresh(self, stock: Stock) -> None:
        """These counters were read just now; the queue is to be read with them."""
        if self.stocks.get(stock.sku, stock) != stock:
            self.idle.clear()  # what nobody had looked at was no reason for anything
        self.stocks[stock.sku] = stock
        self.queues.pop(stock.sku, None)

    def queue(self, sku: str, read: Callable[[], Iterator[Line]]) -> ReadQueue:
        """The queue of a SKU; `read` reads it from its head."""
        if sku not in self.queues:
            self.queues[sku] = ReadQueue(read)
        return self.queues[sku]

    def glimpse(self, backorder_id: str, read: Callable[[], Glimpse]) -> Glimpse | None:
        """None for an order that was read whole."""
        if backorder_id in self.orders:
            return None
        if backorder_id not in self.glimpses:
            self.glimpses[backorder_id] = read()
        return self.glimpses[backorder_id]

    def written(self, skus: Iterable[str], lines: Iterable[Line]) -> None:
        """Forget these counters with their queues, and the orders of these lines."""
        self.idle.clear()
        for sku in skus:
            self.stocks.pop(sku, None)
            self.queues.pop(sku, None)
        self.touched(line.backorder_id for line in lines)

    def moved(self, sku: str, changes: Iterable[LineChange]) -> None:
        """These changes were written just now: what is remembered of their orders goes on from there."""
        of_orders: dict[str, dict[int, Line]] = {}
        for change in changes:
            of_orders.setdefault(change.line.backorder_id, {})[change.line.position] = change.after
        orders = {one: self.orders[one] for one in of_orders if one in self.orders}
        glimpses = {one: self.glimpses[one] for one in of_orders if one in self.glimpses}
        self.written([sku], (change.line for change in changes))
        for one, order in orders.items():
            lines = tuple(of_orders[one].get(line.position, line) for line in order.lines)
            self.orders[one] = replace(order, lines=lines)
        for glimpse in glimpses.values():
            glimpse.waits.pop(sku, None)
        self.glimpses |= glimpses

    def touched(self, backorder_ids: Iterable[str]) -> None:
        self.idle.clear()
        for backorder_id in backorder_ids:
            self.orders.pop(backorder_id, None)
            self.glimpses.pop(backorder_id, None)

    def forget(self) -> None:
        self.orders.clear()
        self.stocks.clear()
        self.queues.clear()
        self.glimpses.clear()
        self.idle.clear()
