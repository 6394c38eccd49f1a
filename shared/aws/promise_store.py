"""Promises in the table: appended to their lines, never edited."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from shared.aws import keys
from shared.aws.allocation_store import TableAllocationStore
from shared.aws.backorder_items import line_update
from shared.aws.catalog_items import item_from, supplier_from
from shared.aws.stock_items import change_stock, stock_from
from shared.aws.table import ConditionLost, Table, Update
from shared.backorders.model import Line, LineChange, SortKey
from shared.catalog.model import Supplier
from shared.inventory.model import Stock
from shared.promising.ports import SupplyFacts

_TOGETHER = 25
_MANY = 100


class TablePromiseStore:
    """PromiseStore over the table."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._queue = TableAllocationStore(table)
        self._suppliers: dict[str, Supplier | None] = {}

    def supply(self, sku: str) -> SupplyFacts | None:
        return self.supplies([sku]).get(sku)

    def supplies(self, skus: Iterable[str]) -> dict[str, SupplyFacts]:
        """Facts of the SKUs that exist. Suppliers are read once for the life of this store."""
        found = self._table.get_many(key for sku in skus for key in (keys.stock(sku), keys.item(sku))).values()
        items = [item_from(i) for i in found if i["kind"] == "item"]
        stocks = {i["sku"]: stock_from(i) for i in found if i["kind"] == "stock"}
        self._read_suppliers({item.supplier_id for item in items})
        return {
            item.sku: SupplyFacts(stocks[item.sku], item, self._suppliers[item.supplier_id])
            for item in items
            if item.sku in stocks
        }

    def _read_suppliers(self, wanted: set[str]) -> None:
        new = sorted(wanted - self._suppliers.keys())
        found = self._table.get_many(map(keys.supplier, new)) if new else {}
        cards = {card.supplier_id: card for card in map(supplier_from, found.values())}
        self._suppliers |= {supplier_id: cards.get(supplier_id) for supplier_id in new}

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
