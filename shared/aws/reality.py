"""What rehearsals read in the table. Unlike the other stores this one finishes nothing: it only reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from shared.aws import keys
from shared.aws.allocation_store import TableAllocationStore
from shared.aws.backorder_items import head_from
from shared.aws.catalog_items import supplier_from
from shared.aws.order_reader import TableOrderReader
from shared.aws.promise_store import TablePromiseStore
from shared.aws.purchasing_store import TableOrderBook
from shared.aws.table import Table
from shared.backorders.lookup import OrderView
from shared.backorders.model import Backorder, Line
from shared.catalog.model import Supplier
from shared.kernel import ids
from shared.kernel.errors import Unavailable
from shared.purchasing.lines import PurchaseOrderLine
from shared.purchasing.model import PurchaseOrder
from shared.rehearsal.ports import Identity, Shelf


class TableReality:
    """Reality over the table."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._supplies = TablePromiseStore(table)
        self._queues = TableAllocationStore(table)
        self._book = TableOrderBook(table)

    def shelves(self, skus: Iterable[str]) -> dict[str, Shelf]:
        found = self._supplies.supplies(skus)
        if any(facts.stock.hand_out is not None for facts in found.values()):
            raise Unavailable("units are on their way to lines at this moment", retry_after=2)
        return {sku: Shelf(facts, _named(facts.stock.partial)) for sku, facts in found.items()}

    def queue(self, shelf: Shelf) -> Iterator[Line]:
        return self._queues.queue(shelf.supply.stock)

    def heads(self, backorder_ids: Iterable[str]) -> dict[str, Backorder]:
        wanted = [keys.backorder(ids.backorder_key(one) or "") for one in backorder_ids]
        return {head["id"]: head_from(head, []) for head in self._table.get_many(wanted).values()}

    def order(self, backorder_id: str) -> OrderView | None:
        key = ids.backorder_key(backorder_id)
        view = TableOrderReader(self._table).read(key) if key else None
        return view if view is not None and view.head.id == backorder_id else None

    def purchase_order(self, purchase_order_id: str) -> tuple[PurchaseOrder, list[PurchaseOrderLine]] | None:
        order = self._book.read(purchase_order_id)
        return None if order is None else (order, self._book.lines(order))

    def supplier(self, supplier_id: str) -> Supplier | None:
        card = self._table.get(keys.supplier(supplier_id))
        return supplier_from(card) if card else None


def _named(partial: dict[str, int]) -> dict[Identity, int]:
    return {keys.parse_line_sort(sort)[1:]: units for sort, units in partial.items()}
