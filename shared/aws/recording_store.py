"""Recording backorders in the table.

Up to a transaction's size an order is one transaction: head, lines and, where demand must be exact at once, the SKUs'
counters. A larger one is written in parts of 90 lines under a head in state `recording`; nothing of it is visible until
one write opens the head, and every step can be repeated.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from shared.aws import keys
from shared.aws.backorder_items import head_from, head_item, line_item, line_put, ordered_to_list
from shared.aws.catalog_items import item_from, supplier_from
from shared.aws.discarding import LINES_PER_PART, discard_recording
from shared.aws.marshal import Item
from shared.aws.reserving import Counted, counting, steps
from shared.aws.settings_items import settings_from
from shared.aws.stock_items import change_stock, stock_from
from shared.aws.table import TRANSACTION_LIMIT, Check, ConditionLost, Path, Put, Table, Update, Write
from shared.backorders.model import Backorder, Line
from shared.backorders.ports import Demand, Facts, LimitReached, Stale
from shared.inventory.model import Stock


def count_demand(demand: Demand, stock: Stock) -> Update:
    """Units that begin to wait, on the SKU's counters: limit kept, queue head lowered, listed as possibly needed.

    `stock` is as read; the write loses its condition if its queue head no longer tells before or after.
    """
    first = demand.rank < stock.head
    when = "#head >= :rank" if first else "#head <= :rank"
    values: dict[str, int] = {"rank": demand.rank}
    if demand.limit is not None:
        when += " AND #short <= :room"
        values["room"] = demand.limit - demand.units
    changed: dict[Path, Any] = {"gsi1pk": keys.need(demand.supplier_id), "gsi1sk": demand.sku}
    if first:
        changed["head"] = demand.rank
    if demand.early:  # an allocation that read the queue before must not move the head over it
        changed["tallied_from"] = demand.rank
    return change_stock(
        demand.sku,
        waiting=demand.units,
        asked=demand.units,
        past=stock.asked,
        bump=first,
        tallies=int(demand.early),
        set_=changed,
        when=when,
        values=values,
    )


class TableRecordingStore:
    """RecordingStore over the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def facts(self, key: str, skus: Iterable[str]) -> Facts:
        return read_facts(self._table, key, skus)

    def discard(self, key: str) -> None:
        discard_recording(self._table, key)

    def record(self, order: Backorder, lines: list[Line], counted: list[Demand]) -> None:
        stocks = self._stocks(counted)
        writes = [count_demand(d, stocks[d.sku]) for d in counted]
        if 1 + len(lines) + len(counted) <= TRANSACTION_LIMIT:
            self._list(order)
            self._record_small(replace(order, counted=bool(counted)), lines, counted, writes)
        else:
            self._record_large(order, lines, counted, writes)

    def _list(self, order: Backorder) -> None:
        """Directory entries go first: an entry without an order is skipped by readers, an order without one is lost."""
        customer = keys.customer_orders(order.storefront, order.customer.id)
        entries = [keys.directory_entry(p, order.id) for p in (customer, keys.open_orders())]
        self._table.put_idempotent({"kind": "entry", **entry} for entry in entries)

    def _stocks(self, counted: list[Demand]) -> dict[str, Stock]:
        found = self._table.get_many(keys.stock(d.sku) for d in counted)
        return {item["sku"]: stock_from(item) for item in found.values()}

    def _record_small(self, order: Backorder, lines: list[Line], counted: list[Demand], writes: list[Update]) -> None:
        everything: list[Write] = [Put(head_item(order, order.lines), fresh=True)]
        everything += [line_put(replace(line, counted=order.counted)) for line in lines]
        everything += writes
        self._transact(everything, counted, first_counted=1 + len(lines))

    def _record_large(self, order: Backorder, lines: list[Line], counted: list[Demand], writes: list[Update]) -> None:
        limited = [(d, w) for d, w in zip(counted, writes, strict=True) if d.limit is not None]
        parts = -(-len(lines) // LINES_PER_PART)
        head = replace(order, state="recording", parts=parts)
        named = self._begin(head)
        self._list(order)  # only now: the chaser, if it is removing an earlier try, removes that one's entries too
        for n in range(parts):
            self._write_part(order, n, lines)
        self._lower_heads(order, counted)
        try:
            self._count_and_open(order, limited, named)
        except LimitReached:
            discard_recording(self._table, order.key)
            raise

    def _count_and_open(self, order: Backorder, limited: Sequence[Counted], named: Sequence[str]) -> None:
        """Units under a limit, as many SKUs a transaction as it holds; with the last of them the order opens."""
        left, done = steps(limited, named), len(named)
        if len(left) > 1 and (full := self._full([demand for step in left for demand, _ in step])):
            raise LimitReached(full)  # before anything is counted that would have to be given back
        for n, step in enumerate(left):
            head = counting(order, step, done)
            writes: list[Write] = [_opening(order, head) if n == len(left) - 1 else head, *(write for _, write in step)]
            self._transact(writes, [demand for demand, _ in step], first_counted=1)
            done += len(step)

    def _lower_heads(self, order: Backorder, counted: list[Demand]) -> None:
        """Queues whose head has passed this order's rank, before it opens: it is ahead from its first moment. Where
        the head has not, an allocation that is about to move it hears of the order."""
        for demand in counted:
            rank = {"rank": order.rank}
            lower = change_stock(demand.sku, set_={"head": order.rank}, when="#head > :rank", values=rank)
            try:
                self._table.write(lower)
            except ConditionLost:
                if demand.early:
                    self._table.write(change_stock(demand.sku, tallies=1, set_={"tallied_from": order.rank}))

    def _begin(self, head: Backorder) -> Sequence[str]:
        """The SKUs that an earlier try, with which this one goes on, has counted."""
        item = head_item(head, ()) | {"gsi1pk": keys.RECORDING, "gsi1sk": head.id}
        try:
            self._table.write(Put(item, fresh=True))
        except ConditionLost:
            found = self._table.get(keys.backorder(head.key))
            ours = ("recording", head.id, head.digest)
            if found is None or (found["state"], found["id"], found["digest"]) != ours:
                raise Stale from None  # somebody else's try: read it, and go on under its id
            named: Sequence[str] = found.get("limited", ())
            return named
        return ()

    def _write_part(self, order: Backorder, n: int, lines: list[Line]) -> None:
        mine = lines[n * LINES_PER_PART : (n + 1) * LINES_PER_PART]
        ordered = order.lines[n * LINES_PER_PART : (n + 1) * LINES_PER_PART]
        part: Item = {
            "kind": "part",
            **keys.part(order.key, n),
            "id": order.id,
            "rank": order.rank,
            "lines": [ordered_to_list(line) for line in ordered],
            "counted": False,
        }
        recording = Check(keys.backorder(order.key), "#state = :recording", {"recording": "recording"})
        writes: list[Write] = [Put(part, fresh=True), recording]
        writes += [Put(line_item(replace(line, part=True)), fresh=True) for line in mine]
        try:
            self._table.transact(writes)
        except ConditionLost as lost:
            if 1 in lost.lost:
                raise Stale from None  # opened or discarded by somebody else meanwhile
            # else: the part was written by an earlier try

    def _transact(self, writes: list[Write], counted: list[Demand], first_counted: int) -> None:
        try:
            self._table.transact(writes)
        except ConditionLost as lost:
            demands = [counted[i - first_counted] for i in lost.lost if i >= first_counted]
            if any(i < first_counted for i in lost.lost):
                raise Stale from None
            full = self._full(demands)
            if full:
                raise LimitReached(full) from None
            raise Stale from None

    def _full(self, demands: list[Demand]) -> list[str]:
        stocks = self._stocks(demands)
        return [d.sku for d in demands if d.limit is not None and stocks[d.sku].short > d.limit - d.units]


def _opening(order: Backorder, head: Update) -> Update:
    """From this write on the order exists. SKUs that its head names as limited are counted; the tally counts the
    others."""
    holds = order.shipping == "hold"
    opened: dict[Path, Any] = {"state": "open", "counted": True}
    if holds:
        opened["gsi1pk"] = keys.HOLDING
    return replace(head, set={**head.set, **opened}, remove=() if holds else ("gsi1pk", "gsi1sk"))


def read_facts(table: Table, key: str, skus: Iterable[str]) -> Facts:
    """Head, settings, cards and counters in one read per hundred keys, suppliers in a second."""
    wanted = [keys.backorder(key), keys.SETTINGS]
    for sku in skus:
        wanted += [keys.item(sku), keys.stock(sku)]
    found = table.get_many(wanted)
    items = {i["sku"]: item_from(i) for i in found.values() if i["kind"] == "item"}
    suppliers = table.get_many(keys.supplier(s) for s in sorted({i.supplier_id for i in items.values()}))
    head = found.get((keys.order(key), "HEAD"))
    return Facts(
        existing=head_from(head, []) if head else None,
        items=items,
        stocks={i["sku"]: stock_from(i) for i in found.values() if i["kind"] == "stock"},
        suppliers={s.supplier_id: s for s in map(supplier_from, suppliers.values())},
        settings=settings_from(found.get((keys.SETTINGS["pk"], keys.SETTINGS["sk"]))),
    )
