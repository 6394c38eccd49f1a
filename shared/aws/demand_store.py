"""Counting demand in the table.

The end of a SKU's queue is counted by one conditional write of its counters. A part of a large order is counted as a
whole, by one transaction that sets `counted` on it and adds its units to the SKUs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shared.aws import keys
from shared.aws.backorder_items import ordered_from_list
from shared.aws.catalog_items import item_from
from shared.aws.marshal import Item
from shared.aws.recording_store import count_demand
from shared.aws.stock_items import change_stock, stock_from
from shared.aws.table import TRANSACTION_LIMIT, ConditionLost, Path, Table, Update, Write
from shared.backorders.model import SortKey
from shared.backorders.ports import Demand, Stale
from shared.inventory.model import Stock
from shared.inventory.tally import Counted, Tallied, Tally, Uncounted
from shared.kernel.errors import Contended

_TRIES = 6


@dataclass(frozen=True)
class _Part:
    """One part of a large order with the units it adds per SKU."""

    key: dict[str, str]
    rank: int
    units: dict[str, int]
    lines: int
    known_as: Counted


class TableDemandStore:
    """DemandStore over the table."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._suppliers: dict[str, str] = {}
        self._traces: dict[SortKey, str | None] = {}

    def stocks(self, skus: Iterable[str]) -> Mapping[str, Stock]:
        found = self._table.get_many(key for sku in skus for key in (keys.stock(sku), keys.item(sku))).values()
        self._suppliers |= {i["sku"]: i["supplier_id"] for i in found if i["kind"] == "item"}
        return {item["sku"]: stock_from(item) for item in found if item["kind"] == "stock"}

    def tail(self, stock: Stock) -> Mapping[SortKey, int]:
        lines = self._table.query(
            keys.queue(stock.sku),
            first=keys.rank_sort(stock.counted_to),
            keep="attribute_not_exists(#counted) AND attribute_not_exists(#part)",
        )
        found = {keys.parse_line_sort(line["sk"]): line for line in lines}
        self._traces |= {place: line.get("trace") for place, line in found.items()}
        return {place: line["ordered"] for place, line in found.items()}

    def trace(self, place: SortKey) -> str | None:
        return self._traces.get(place)

    def add(self, stock: Stock, tally: Tally) -> None:
        """The queue head is lowered if it has passed the first of them: that one came late."""
        rank = tally.first[0]
        late = rank < stock.head
        changed: dict[Path, Any] = {
            "counted_to": tally.counted_to,
            "singles": [keys.line_sort(*place) for place in sorted(tally.singles)],
            "tallies": stock.tallies + 1,
            "tallied_from": rank,
            "tally_rest": tally.rest,
            "gsi1pk": keys.need(self._suppliers[stock.sku]),
            "gsi1sk": stock.sku,
        }
        if late:
            changed["head"] = rank
        write = change_stock(
            stock.sku,
            waiting=tally.units,
            asked=tally.units,
            past=stock.asked,
            bump=late,
            set_=changed,
            when="#tallies = :seen AND " + ("#head >= :rank" if late else "#head <= :rank"),
            values={"seen": stock.tallies, "rank": rank},
        )
        try:
            self._table.write(write)
        except ConditionLost:
            raise Stale from None

    # parts of large orders

    def count_parts(self, parts: list[Uncounted]) -> Tallied:
        counted = [one for batch in _batches(self._pending(parts)) for one in self._count_together(batch)]
        units, lines = sum(sum(one.units.values()) for one in counted), sum(one.lines for one in counted)
        return Tallied(units, lines, tuple(one.known_as for one in counted))

    def _pending(self, parts: list[Uncounted]) -> list[_Part]:
        heads = self._table.get_many(keys.backorder(part.order) for part in parts)
        items = self._table.get_many(keys.part(part.order, part.part) for part in parts)
        pending = []
        for part in parts:
            head = heads.get((keys.order(part.order), "HEAD"))
            if head is None or head["state"] != "open":
                continue  # not visible: discarded, or counted when it opens
            key = keys.part(part.order, part.part)
            item = items.get((key["pk"], key["sk"]))
            if item is not None and not item["counted"]:
                known_as = Counted(head["id"], head.get("trace"), part=part.part)
                pending.append(_part(item, head["rank"], set(head.get("limited", ())), known_as))
        return pending

    def _count_together(self, batch: list[_Part]) -> list[_Part]:
        """Those of the batch that nobody had counted before."""
        for attempt in range(_TRIES):
            try:
                self._table.transact(self._writes(batch))
            except ConditionLost:
                if len(batch) > 1:
                    return [done for one in batch for done in self._count_together([one])]
                if self._counted(batch[0]):
                    return []
                if attempt == _TRIES - 1:
                    raise
            except Contended:
                if len(batch) > 1:
                    return [done for one in batch for done in self._count_together([one])]
                raise
            else:
                return batch
        return []

    def _counted(self, one: _Part) -> bool:
        item = self._table.get(one.key)
        return item is None or bool(item["counted"])

    def _writes(self, batch: list[_Part]) -> list[Write]:
        units: dict[str, int] = {}
        ranks: dict[str, int] = {}
        for one in batch:
            for sku, n in one.units.items():
                units[sku] = units.get(sku, 0) + n
                ranks[sku] = min(ranks.get(sku, one.rank), one.rank)
        wanted = [keys.stock(sku) for sku in units] + [keys.item(sku) for sku in units]
        found = self._table.get_many(wanted).values()
        stocks = {i["sku"]: stock_from(i) for i in found if i["kind"] == "stock"}
        suppliers = {i["sku"]: item_from(i).supplier_id for i in found if i["kind"] == "item"}
        writes: list[Write] = [
            Update(one.key, set={"counted": True}, when="#counted = :no", values={"no": False}) for one in batch
        ]
        writes += [count_demand(Demand(sku, n, ranks[sku], suppliers[sku]), stocks[sku]) for sku, n in units.items()]
        return writes


def _part(item: Item, rank: int, exclude: set[str], known_as: Counted) -> _Part:
    units: dict[str, int] = {}
    lines = [line for line in map(ordered_from_list, item["lines"]) if line.sku not in exclude]
    for line in lines:
        units[line.sku] = units.get(line.sku, 0) + line.ordered
    return _Part({"pk": item["pk"], "sk": item["sk"]}, rank, units, len(lines), known_as)


def _batches(pending: list[_Part]) -> Iterator[list[_Part]]:
    """As many parts a transaction as fit: parts plus the distinct SKUs they name."""
    batch: list[_Part] = []
    skus: set[str] = set()
    for one in pending:
        together = skus | set(one.units)
        if batch and len(batch) + 1 + len(together) > TRANSACTION_LIMIT:
            yield batch
            batch, together = [], set(one.units)
        batch.append(one)
        skus = together
    if batch:
        yield batch
