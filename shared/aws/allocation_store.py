"""Allocation in the table: moves of lines and the counters of their SKUs, always in one transaction."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from itertools import groupby

from shared.allocation.careful import CarefulOrder, Glimpse
from shared.allocation.decision import WholeSet, sort_key
from shared.allocation.hand_out import HandOut
from shared.aws import keys
from shared.aws.allocation_memory import AllocationMemory
from shared.aws.backorder_items import LINE_LISTS, line_from, line_key, line_update
from shared.aws.careful_orders import glimpse_of, is_in_one_parcel, read_order
from shared.aws.hand_outs import NO_EARLIER, begin_hand_out, end_hand_out, settled_stock, settled_stocks
from shared.aws.order_reader import as_read
from shared.aws.stock_items import change_stock, listed_as_needed
from shared.aws.table import TRANSACTION_LIMIT, ConditionLost, Path, Table, Update, Write
from shared.backorders.model import Line, LineChange
from shared.backorders.ports import Stale
from shared.inventory.model import Stock
from shared.kernel import ids

_PAGE = 100


class TableAllocationStore:
    """AllocationStore over the table; `memory` is that of the runs of one batch."""

    def __init__(self, table: Table, memory: AllocationMemory | None = None) -> None:
        self._table = table
        self._memory = memory or AllocationMemory()
        self.idle, self.counters, self.lacking = self._memory.idle, self._memory.stocks, self._memory.lacking
        self._visible: dict[str, bool] = {}
        self._hidden: dict[str, int] = {}

    def stock(self, sku: str) -> Stock | None:
        if stock := settled_stock(self._table, sku):
            self._memory.fresh(stock)
        return stock

    def stocks(self, skus: Iterable[str]) -> dict[str, Stock]:
        wanted, known = list(skus), self._memory.stocks
        known |= settled_stocks(self._table, [sku for sku in wanted if sku not in known])
        return {sku: known[sku] for sku in wanted if sku in known}

    def queue(self, stock: Stock) -> Iterator[Line]:
        """Waiting lines from the queue head on, and behind or before it the lines that `partial` names."""
        named = ({"pk": keys.queue(stock.sku), "sk": sk} for sk in stock.partial)
        held = sorted((line_from(i) for i in self._table.get_many(named, later=LINE_LISTS).values()), key=sort_key)
        merged = heapq.merge(self.waiting(stock, stock.head), held, key=sort_key)
        yield from (next(same) for _, same in groupby(merged, key=sort_key))

    def queue_as_read(self, stock: Stock) -> Iterable[Line]:
        return self._memory.queue(stock.sku, lambda: self.queue(stock))

    def waiting(self, stock: Stock, from_rank: int) -> Iterator[Line]:
        """Visible lines with waiting units from a rank on, page by page."""
        items = self._table.query(
            keys.queue(stock.sku),
            first=keys.rank_sort(from_rank),
            keep="#waiting > :none",
            values={"none": 0},
            page=_PAGE,
            later=LINE_LISTS,
        )
        for item in items:
            line = line_from(item)
            if not line.part or self.is_visible(line.backorder_id):
                yield line
            else:
                self._hidden[stock.sku] = min(self._hidden.get(stock.sku, line.rank), line.rank)

    def hidden(self, sku: str) -> int | None:
        return self._hidden.get(sku)

    def is_visible(self, backorder_id: str) -> bool:
        if backorder_id not in self._visible:
            head = self._table.get(keys.backorder(backorder_id[-16:]))
            self._visible[backorder_id] = head is not None and head["state"] == "open"
        return self._visible[backorder_id]

    def named(self, stock: Stock, line: Line) -> bool:
        return line_key(line)["sk"] in stock.partial

    def careful_order(self, backorder_id: str) -> CarefulOrder:
        if backorder_id not in self._memory.orders:
            self._memory.orders[backorder_id] = read_order(self._table, backorder_id)
        return self._memory.orders[backorder_id]

    def glimpse(self, backorder_id: str) -> Glimpse | None:
        return self._memory.glimpse(backorder_id, lambda: glimpse_of(self._table, backorder_id))

    def hand_out(self, stock: Stock, out: HandOut, lines: list[Line], head: int | None) -> int:
        self._memory.written([stock.sku], lines)
        try:
            begin_hand_out(self._table, stock, out, head)
        except Stale:
            self._memory.forget()
            raise
        return end_hand_out(self._table, stock, out, lines)

    def give(self, stock: Stock, changes: list[LineChange], head: int | None) -> None:
        units = -sum(change.deltas["waiting"] for change in changes)
        released = {name: value for change in changes for name, value in self._partial(change).items()}
        counters: dict[Path, int] = self._head(stock, head)
        when, values = _AT_HEAD, {"head": stock.head}
        if counters:
            when, values = f"{when} AND {NO_EARLIER}", values | {"tallies": stock.tallies}
        update = change_stock(
            stock.sku, free=-units, waiting=-units, set_=counters | released, when=when, values=values
        )
        self._commit([update, *(self._line(change) for change in changes)])
        self._memory.moved(stock.sku, changes)

    def _head(self, stock: Stock, head: int | None) -> dict[Path, int]:
        return {} if head is None or head <= stock.head else {"head": head}

    def _partial(self, change: LineChange) -> dict[Path, int]:
        """What an incomplete hold order has of this line afterwards."""
        line = change.line
        if not line.careful or not is_in_one_parcel(self._table, line.backorder_id):
            return {}
        return {("partial", line_key(line)["sk"]): change.after.allocated}

    def _line(self, change: LineChange) -> Update:
        """The line's write. A line that became careful since it was read loses its condition."""
        if change.line.careful:
            return line_update(change)
        return line_update(change, when="attribute_not_exists(#careful)")

    def give_set(self, whole: WholeSet, changes: list[LineChange]) -> None:
        per_sku: dict[str, int] = {}
        for change in changes:
            per_sku[change.line.sku] = per_sku.get(change.line.sku, 0) - change.deltas["waiting"]
        had = {line.sku for line in whole.order.lines if line.allocated}
        self._memory.written(per_sku.keys() | had, whole.order.lines)
        writes: list[Write] = [as_read(whole.order)]
        for sku in sorted(per_sku.keys() | had):
            entries = [
                ("partial", line_key(line)["sk"]) for line in whole.order.lines if line.sku == sku and line.allocated
            ]
            units = per_sku.get(sku, 0)
            writes.append(
                change_stock(
                    sku,
                    free=-units,
                    waiting=-units,
                    remove=tuple(entries),
                    when="#free >= :left",
                    values={"left": units + whole.reserved.get(sku, 0)},
                )
            )
        writes += [self._line(change) for change in changes]
        if len(writes) <= TRANSACTION_LIMIT:
            self._commit(writes)
        else:
            self._collect(whole, changes)

    def _collect(self, whole: WholeSet, changes: list[LineChange]) -> None:
        """A set too large for one transaction: SKU by SKU, named in `partial` meanwhile, undone if one is lost."""
        collected: list[tuple[str, list[LineChange]]] = []
        by_sku: dict[str, list[LineChange]] = {}
        for change in changes:
            by_sku.setdefault(change.line.sku, []).append(change)
        try:
            for sku in sorted(by_sku):
                self._collect_sku(whole, sku, by_sku[sku])
                collected.append((sku, by_sku[sku]))
        except Stale:
            for sku, done in collected:
                self._undo(sku, done)
            raise
        lines = {line.sku for line in whole.order.lines if line.allocated or line.waiting}
        for sku in sorted(lines):
            entries = tuple(("partial", line_key(x)["sk"]) for x in whole.order.lines if x.sku == sku)
            self._commit([as_read(whole.order), change_stock(sku, remove=entries)])

    def _collect_sku(self, whole: WholeSet, sku: str, changes: list[LineChange]) -> None:
        units = -sum(change.deltas["waiting"] for change in changes)
        left = units + whole.reserved.get(sku, 0)
        held: dict[Path, int] = {("partial", line_key(c.line)["sk"]): c.after.allocated for c in changes}
        update = change_stock(sku, free=-units, waiting=-units, set_=held, when="#free >= :left", values={"left": left})
        self._commit([as_read(whole.order), update, *(self._line(change) for change in changes)])

    def _undo(self, sku: str, changes: list[LineChange]) -> None:
        stock = self.stock(sku)
        if stock is None:
            raise Stale
        back = [
            LineChange(c.after).move(
                "deallocate", "allocated", c.deltas["allocated"], at=e.at, actor=e.actor, cause="set not complete"
            )
            for c in changes
            for e in c.entries[-1:]
        ]
        self.take_back(stock, back)

    def take_back(self, stock: Stock, changes: list[LineChange]) -> None:
        units = -sum(change.deltas["allocated"] for change in changes)
        first = min(change.line.rank for change in changes)
        had: dict[Path, int] = {("partial", line_key(x.line)["sk"]): x.after.allocated for x in changes}
        partial = {path: units for path, units in had.items() if units}
        lowered: dict[Path, int] = {"head": first} if first < stock.head else {}
        update = change_stock(
            stock.sku,
            free=units,
            waiting=units,
            bump=True,
            set_=partial | lowered | listed_as_needed(self._table, stock.sku),
            remove=tuple(path for path in had if path not in partial),
            when=_AT_HEAD,
            values={"head": stock.head},
        )
        self._commit([update, *(line_update(change) for change in changes)])
        self._memory.moved(stock.sku, changes)

    def mark_overtaken(self, backorder_ids: list[str], at: int) -> None:
        self._memory.touched(backorder_ids)
        for backorder_id in backorder_ids:
            try:
                self._table.write(
                    Update(
                        keys.backorder(ids.backorder_key(backorder_id) or ""),
                        set={"overtaken_at": at},
                        append={"log": [[at, "overtaken", "system", "others were served: its parcel is not complete"]]},
                        when="attribute_not_exists(#overtaken_at)",
                    )
                )
            except ConditionLost:
                continue  # overtaken before: only the first time counts

    def _commit(self, writes: list[Write]) -> None:
        try:
            self._table.transact(writes)
        except ConditionLost:
            self._memory.forget()
            raise Stale from None
        except Exception:  # it may have been written or not
            self._memory.forget()
            raise


_AT_HEAD = "#head = :head"
