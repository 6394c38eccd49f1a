"""Promises in the table: appended to their lines, never edited."""

from __future__ import annotations

from collections.abc import Iterator

from shared.aws import keys
from shared.aws.allocation_store import TableAllocationStore
from shared.aws.backorder_items import line_update
from shared.aws.catalog_items import item_from, supplier_from
from shared.aws.stock_items import change_stock, stock_from
from shared.aws.table import ConditionLost, Table, Update
from shared.backorders.model import Line, LineChange, SortKey
from shared.inventory.model import Stock
from shared.promising.ports import SupplyFacts

_TOGETHER = 25
_MANY = 100


class TablePromiseStore:
    """PromiseStore over the table."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._queue = TableAllocationStore(table)

    def supply(self, sku: str) -> SupplyFacts | None:
        found = self._table.get_many([keys.stock(sku), keys.item(sku)])
        stock, card = found.get((keys.sku(sku), "STOCK")), found.get((keys.sku(sku), "CARD"))
        if stock is None or card is None:
            return None
        item = item_from(card)
        supplier = self._table.get(keys.supplier(item.supplier_id))
        return SupplyFacts(stock_from(stock), item, supplier_from(supplier) if supplier else None)

    def waiting(self, stock: Stock, from_rank: int | None) -> Iterator[Line]:
        return self._queue.waiting(stock, stock.head if from_rank is None else from_rank)

    def note_dated(self, sku: str, dated: str, covered: SortKey | None) -> None:
        self._table.write(change_stock(sku, set_={"dated": dated, "covered": _sort(covered)}))

    def note_covered(self, sku: str, covered: SortKey | None) -> None:
        self._table.write(change_stock(sku, set_={"covered": _sort(covered)}))

    def revise(self, changes: list[LineChange]) -> int:
        """Few lines one by one, at half the write units; a long queue in transactions, at a tenth of the calls."""
        if len(changes) < _MANY:
            return sum(self._one(change) for change in changes)
        written = 0
        for start in range(0, len(changes), _TOGETHER):
            batch = changes[start : start + _TOGETHER]
            try:
                self._table.transact([_update(change) for change in batch])
                written += len(batch)
            except ConditionLost:
                written += sum(self._one(change) for change in batch)
        return written

    def _one(self, change: LineChange) -> int:
        try:
            self._table.write(_update(change))
        except ConditionLost:
            return 0  # the line moved or was revised meanwhile: that change brings its own revision
        return 1


def _sort(place: SortKey | None) -> str:
    return keys.line_sort(*place) if place else ""


def _update(change: LineChange) -> Update:
    values = {"seen": len(change.line.promises), "waits": change.line.waiting}
    return line_update(change, when="size(#promises) = :seen AND #waiting = :waits", values=values)
