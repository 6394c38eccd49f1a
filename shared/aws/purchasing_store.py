"""Purchase orders in the table.

A line and what is on order of its SKU change in one transaction, always; a head changes against its version. Orders
of any size are worked through in chunks of a transaction's size, each of which is complete in itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from shared.aws import keys
from shared.aws.marshal import Item
from shared.aws.purchasing_items import line_from, line_on_stock, line_put, order_from, order_put
from shared.aws.table import TRANSACTION_LIMIT, ConditionLost, Table, Write
from shared.backorders.ports import Stale
from shared.purchasing.consolidate import Need
from shared.purchasing.model import PurchaseOrder, PurchaseOrderLine
from shared.purchasing.ports import Change

LINES_WITH_HEAD = (TRANSACTION_LIMIT - 4) // 2
"""Lines in one transaction beside the head, the supplier's planning and two directory entries."""
_LINES_ALONE = TRANSACTION_LIMIT // 2
_STILL_TOO_MUCH = "#short <= :short AND #on_order >= :ordered"


class TableOrderBook:
    """OrderBook over the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def read(self, purchase_order_id: str) -> PurchaseOrder | None:
        item = self._table.get(keys.purchase_order(purchase_order_id))
        return order_from(item) if item else None

    def lines(self, order: PurchaseOrder) -> list[PurchaseOrderLine]:
        """All lines by SKU; those of a held order come from its pages."""
        pk = keys.purchase_order(order.id)["pk"]
        if order.stage == "held":
            pages = self._table.query(pk, prefix=keys.HELD_LINES)
            return [line_from(line) for page in pages for line in page["lines"]]
        return [line_from(item) for item in self._table.query(pk, prefix=keys.PURCHASE_ORDER_LINES)]

    def lines_of(self, purchase_order_id: str, skus: Sequence[str]) -> dict[str, PurchaseOrderLine]:
        """The named lines that exist."""
        found = self._table.get_many(keys.purchase_order_line(purchase_order_id, sku) for sku in skus)
        return {item["sku"]: line_from(item) for item in found.values()}

    def save(
        self, order: PurchaseOrder, changes: Sequence[Change] = (), needs: Mapping[str, Need] | None = None
    ) -> None:
        """The head against its version, with lines beside it; with `needs`, only while their surplus is as large."""
        writes: list[Write] = [order_put(order)]
        for before, after in changes:
            need = needs[before.sku] if needs else None
            writes += _line_writes(order, before, after, need)
        try:
            self._table.transact(writes)
        except ConditionLost:
            raise Stale from None

    def change(self, order: PurchaseOrder, changes: Sequence[Change]) -> None:
        """Lines in chunks. A chunk that lost against somebody else is tried line by line, the loser left as it is."""
        for chunk in _chunks(changes, _LINES_ALONE):
            if not self._together(order, chunk) and len(chunk) > 1:
                for change in chunk:
                    self._together(order, [change])

    def _together(self, order: PurchaseOrder, changes: Sequence[Change]) -> bool:
        writes = [write for before, after in changes for write in _line_writes(order, before, after, None)]
        try:
            self._table.transact(writes)
        except ConditionLost:
            return False
        return True

    def open_orders(self) -> list[PurchaseOrder]:
        found = self._table.query_index(keys.OPEN_PURCHASE_ORDERS)
        items = self._table.get_many({"pk": key["pk"], "sk": key["sk"]} for key in found)
        return sorted(map(order_from, items.values()), key=lambda order: order.id)

    def walk(
        self, supplier_id: str | None, *, after: str | None, page: int
    ) -> Iterator[PurchaseOrder]:
        """Orders, newest first, from behind an id on; read `page` at a time."""
        directory = self._table.query(keys.purchase_orders(supplier_id), after=after, page=page, backwards=True)
        while chunk := [entry["sk"] for entry in islice(directory, page)]:
            heads = self._table.get_many(keys.purchase_order(order_id) for order_id in chunk)
            by_id: dict[str, Item] = {item["id"]: item for item in heads.values()}
            yield from (order_from(by_id[order_id]) for order_id in chunk if order_id in by_id)


def _line_writes(
    order: PurchaseOrder, before: PurchaseOrderLine, after: PurchaseOrderLine, need: Need | None
) -> list[Write]:
    when = _STILL_TOO_MUCH if need else None
    values = {"short": need.stock.short, "ordered": need.stock.on_order} if need else {}
    writes: list[Write] = [line_put(order.id, after)]
    stock = line_on_stock(order, before, after, when=when, values=values)
    if stock is not None:
        writes.append(stock)
    return writes


def _chunks(changes: Sequence[Change], size: int) -> Iterator[Sequence[Change]]:
    for start in range(0, len(changes), size):
        yield changes[start : start + size]
