"""A copy of some queues in memory, on which allocation and promising do what they would do in earnest.

It is a store like the table's, with the same meaning of every write, for one writer: nothing is ever stale but a set
that needs units which are not there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from shared.allocation.allocate import allocate_with_others
from shared.allocation.careful import CarefulOrder
from shared.allocation.decision import WholeSet, sort_key
from shared.allocation.hand_out import HandOut
from shared.backorders.lookup import OrderView
from shared.backorders.model import Backorder, Line, LineChange, SortKey
from shared.backorders.ports import Stale
from shared.catalog.model import Supplier
from shared.inventory.model import Inbound, Stock
from shared.promising.ports import SupplyFacts
from shared.promising.repromise import repromise
from shared.rehearsal.ports import Identity
from shared.rehearsal.snapshot import Snapshot
from shared.settings.model import MerchantSettings

CAUSE = "simulated"
_ROUNDS = 20
Ranking = Callable[[Backorder], int]


def identity(line: Line) -> Identity:
    return line.backorder_id, line.position


class Stage:
    """AllocationStore and PromiseStore over a snapshot. `touched` are the SKUs of which something was changed."""

    def __init__(self, known: Snapshot, ranking: Ranking | None = None) -> None:
        self._known, self._ranking = known, ranking
        self._stocks: dict[str, Stock] = {}
        self._partial: dict[str, dict[Identity, int]] = {}
        self._queued: dict[str, set[Identity]] = {}
        self._lines: dict[Identity, Line] = {}
        self._ranks: dict[str, int] = {}
        self._overtaken: dict[str, int] = {}
        self._suppliers: dict[str, Supplier] = {}
        self._moves = 0
        self.touched: set[str] = set()

    # what is there

    def stock(self, sku: str) -> Stock | None:
        if sku not in self._stocks:
            shelf = self._known.shelf(sku)
            if shelf is None:
                return None
            self._partial[sku] = dict(shelf.partial)
            self._stocks[sku] = replace(shelf.supply.stock, dated="")  # everybody is dated by now, on every stage
        named = {repr(one): units for one, units in self._partial[sku].items()}
        return replace(self._stocks[sku], partial=named)

    def stocks(self, skus: Iterable[str]) -> dict[str, Stock]:
        wanted = list(skus)
        self._known.look_at(wanted)
        return {sku: stock for sku in wanted if (stock := self.stock(sku)) is not None}

    def queue_as_read(self, stock: Stock) -> Iterable[Line]:
        return self.queue(stock)

    def queue(self, stock: Stock) -> Iterator[Line]:
        named = self._partial.get(stock.sku, {})
        return iter([line for line in self.lines(stock.sku) if line.waiting or identity(line) in named])

    def lines(self, sku: str) -> list[Line]:
        """Every line of a SKU that waits, or was moved here, in queue order."""
        return sorted((self._lines[one] for one in self._on_queue(sku)), key=sort_key)

    def _on_queue(self, sku: str) -> set[Identity]:
        if sku not in self._queued:
            queued = self._ranked(self._known.queue(sku))
            self._queued[sku] = {identity(line) for line in queued}
            for line in queued:
                self._lines.setdefault(identity(line), line)
        return self._queued[sku]

    def line(self, one: Identity) -> Line | None:
        return self._lines.get(one) or self._known.line(one)

    def hidden(self, sku: str) -> int | None:
        del sku
        return None

    def named(self, stock: Stock, line: Line) -> bool:
        return identity(line) in self._partial.get(stock.sku, {})

    @property
    def counters(self) -> dict[str, Stock]:
        return self._stocks

    @property
    def lacking(self) -> dict[str, str]:
        """Its orders are in memory."""
        return {}

    @property
    def idle(self) -> set[str]:
        """Nothing is kept: looking again costs no reads."""
        return set()

    def glimpse(self, backorder_id: str) -> None:
        """Its orders are in memory."""

    def careful_order(self, backorder_id: str) -> CarefulOrder:
        view = self.order(backorder_id)
        if view is None:
            raise Stale
        head = view.head
        hold = head.shipping == "hold" and head.release == "automatic"
        overtaken = self._overtaken.get(head.id, head.overtaken_at)
        return CarefulOrder(head.id, hold, overtaken, tuple(view.lines), head.version)

    def order(self, backorder_id: str) -> OrderView | None:
        """The order as it is on this stage; None if there is none."""
        view = self._known.order(backorder_id)
        if view is None:
            return None
        lines = [self._lines.get(identity(line), line) for line in self._ranked(view.lines)]
        return replace(view, lines=lines)

    def _ranked(self, lines: Iterable[Line]) -> list[Line]:
        """The lines at the places that a changed policy or priority gives their orders."""
        found = list(lines)
        ranks: Mapping[str, int] = {}
        if self._ranking is not None:
            heads = self._known.heads(line.backorder_id for line in found)
            ranks = {one: self._ranking(head) for one, head in heads.items()}
        ranks = {**ranks, **self._ranks}
        return [replace(line, rank=ranks.get(line.backorder_id, line.rank)) for line in found]

    # what allocation writes

    def hand_out(self, stock: Stock, out: HandOut, lines: list[Line], head: int | None) -> int:
        self.give(stock, [out.to(line) for line in lines], head)
        return sum(out.units.values())

    def give(self, stock: Stock, changes: list[LineChange], head: int | None) -> None:
        del head
        for change in changes:
            self.apply(change)
            if change.line.careful and self.careful_order(change.line.backorder_id).hold:
                self._partial[stock.sku][identity(change.line)] = change.after.allocated

    def give_set(self, whole: WholeSet, changes: list[LineChange]) -> None:
        for sku in {change.line.sku for change in changes}:
            units = -sum(change.deltas["waiting"] for change in changes if change.line.sku == sku)
            stock = self.stock(sku)
            if stock is None or stock.free < units + whole.reserved.get(sku, 0):
                raise Stale
        for change in changes:
            self.apply(change)
        for line in whole.order.lines:
            self._partial.get(line.sku, {}).pop(identity(line), None)

    def take_back(self, stock: Stock, changes: list[LineChange]) -> None:
        for change in changes:
            self.apply(change)
            self._partial[stock.sku][identity(change.line)] = change.after.allocated
        self._partial[stock.sku] = {one: units for one, units in self._partial[stock.sku].items() if units}

    def mark_overtaken(self, backorder_ids: list[str], at: int) -> None:
        for one in backorder_ids:
            self._overtaken.setdefault(one, at)

    def apply(self, change: LineChange) -> None:
        """Move a line's units, with the counters: what leaves `waiting` for `cancelled` never was in `free`."""
        line, after = change.line, change.after
        self._on_queue(line.sku).add(identity(line))
        self._lines[identity(line)] = after
        took = after.allocated + after.released - line.allocated - line.released
        self.count(line.sku, free=-took, waiting=after.waiting - line.waiting)

    def count(self, sku: str, *, free: int = 0, waiting: int = 0, received: int = 0) -> None:
        self.stock(sku)
        old = self._stocks[sku]
        self._stocks[sku] = replace(
            old, free=old.free + free, waiting=old.waiting + waiting, received=old.received + received
        )
        self.touched.add(sku)
        self._moves += 1

    # what promising reads and writes

    def supply(self, sku: str) -> SupplyFacts | None:
        shelf, stock = self._known.shelf(sku), self.stock(sku)
        if shelf is None or stock is None:
            return None
        supplier = self._suppliers.get(shelf.supply.item.supplier_id, shelf.supply.supplier)
        return replace(shelf.supply, stock=stock, supplier=supplier)

    def waiting(self, stock: Stock, from_rank: int | None) -> Iterator[Line]:
        return iter([line for line in self.lines(stock.sku) if line.waiting and line.rank >= (from_rank or 0)])

    def note_dated(self, sku: str, dated: str, covered: SortKey | None) -> None:
        self._stocks[sku] = replace(self._stocks[sku], dated=dated, covered=covered)

    def note_covered(self, sku: str, covered: SortKey | None) -> None:
        self._stocks[sku] = replace(self._stocks[sku], covered=covered)

    def revise(self, changes: list[LineChange]) -> int:
        for change in changes:
            self._lines[identity(change.line)] = change.after
        return len(changes)

    # what is supposed

    def forget_set(self, line: Line) -> None:
        """What the line had for an incomplete order is not shared any more."""
        self._partial.get(line.sku, {}).pop(identity(line), None)

    def expect(self, sku: str, inbound: dict[str, Inbound]) -> None:
        """Other supply on its way."""
        if self.stock(sku) is not None:
            self._stocks[sku] = replace(self._stocks[sku], inbound=inbound)
            self.touched.add(sku)

    def supplied_by(self, supplier: Supplier) -> None:
        self._suppliers[supplier.supplier_id] = supplier

    def rank(self, backorder_id: str, rank: int) -> None:
        """Move an order to another place in all its queues."""
        self._ranks[backorder_id] = rank
        for one, line in self._lines.items():
            if line.backorder_id == backorder_id:
                self._lines[one] = replace(line, rank=rank)

    def settle(self, ranks: Mapping[str, int | None], settings: MerchantSettings, now: datetime) -> None:
        """Everything that would follow: units to those who may take them, then honest dates, from a rank on where only
        the queue is another one."""
        self.touched |= ranks.keys()
        for _ in range(_ROUNDS):
            moves = self._moves
            for sku in sorted(self.touched):
                list(allocate_with_others(sku, store=self, settings=settings, now=now, sent=now, cause=CAUSE))
            if moves == self._moves:
                break
        for sku in sorted(self.touched):
            repromise(sku, store=self, settings=settings, now=now, cause=CAUSE, from_rank=ranks.get(sku))
