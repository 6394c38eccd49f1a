"""Purchase orders in the table.

A line and what is on order of its SKU change in one transaction, always; a head changes against its version. Orders
of any size are worked through in chunks of a transaction's size, each of which is complete in itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from shared.aws import keys
from shared.aws.catalog_items import supplier_from
from shared.aws.marshal import Item
from shared.aws.purchasing_items import line_from, line_on_stock, line_put, order_from, order_put
from shared.aws.supplier_answers import answer_from, answer_put
from shared.aws.table import TRANSACTION_LIMIT, ConditionLost, Table, Write
from shared.backorders.ports import Stale
from shared.catalog.model import Supplier
from shared.kernel.errors import NotFound
from shared.purchasing.answers import Acknowledge
from shared.purchasing.consolidate import Need
from shared.purchasing.lines import PurchaseOrderLine
from shared.purchasing.model import PurchaseOrder
from shared.purchasing.ports import Change

LINES_WITH_HEAD = (TRANSACTION_LIMIT - 5) // 2
"""Lines in one transaction beside the head, the supplier's planning and card, and two directory entries."""
_LINES_ALONE = TRANSACTION_LIMIT // 2
_EXPECTING = {"awaiting_approval", "approved", "sent", "acknowledged", "partially_received"}
_READ_AT_ONCE = 100
_LOOKED_AT = 500
_STILL_TOO_MUCH = "#short <= :short AND #on_order >= :ordered"


class TableOrderBook:
    """OrderBook over the table."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.lines_with_head = LINES_WITH_HEAD

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

    def begin_answer(self, order: PurchaseOrder, answer: Acknowledge) -> None:
        """The head against its version, and beside it the answer that is to be worked through."""
        try:
            self._table.transact([order_put(order), answer_put(order, answer)])
        except ConditionLost:
            raise Stale from None

    def answer_of(self, order: PurchaseOrder) -> tuple[Acknowledge, int]:
        item = self._table.get(keys.purchase_order_answer(order.id))
        if item is None or order.answering is None:
            raise LookupError(f"the answer to {order.id} is gone")
        return answer_from(order.id, item), order.answering[1]

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

    def change_together(self, order: PurchaseOrder, changes: Sequence[Change]) -> None:
        """Lines in one transaction. Raises Stale if one of them has changed meanwhile."""
        if changes and not self._together(order, changes):
            raise Stale

    def _together(self, order: PurchaseOrder, changes: Sequence[Change]) -> bool:
        writes = [write for before, after in changes for write in _line_writes(order, before, after, None)]
        try:
            self._table.transact(writes)
        except ConditionLost:
            return False
        return True

    def open_orders(self) -> list[PurchaseOrder]:
        return self._heads(list(self._open_ids(None)))

    def supplier(self, supplier_id: str) -> Supplier:
        """The supplier's card. Raises NotFound."""
        card = self._table.get(keys.supplier(supplier_id))
        if card is None:
            raise NotFound(f"there is no supplier {supplier_id}")
        return supplier_from(card)

    def page(
        self, *, supplier_id: str | None, status: str | None, after: str | None, limit: int, max_lines: int
    ) -> tuple[list[tuple[PurchaseOrder, list[PurchaseOrderLine]]], str | None]:
        """Orders with their lines, oldest first from behind an id on, and the id to go on behind (None: the end).

        Ends early when it has looked at many orders or gathered many lines. Orders that still expect goods are found by
        the index, all others in the directories.
        """
        walk = self._open_ids(after) if status in _EXPECTING else self._ids(supplier_id, after)
        found: list[tuple[PurchaseOrder, list[PurchaseOrderLine]]] = []
        lines = seen = 0
        while chunk := list(islice(walk, min(limit, _LOOKED_AT))):
            for order in self._heads(chunk):
                if supplier_id not in (None, order.supplier_id) or status not in (None, order.status):
                    continue
                found.append((order, self.lines(order)))
                lines += len(found[-1][1])
                if len(found) == limit or lines >= max_lines:
                    return found, order.id
            seen += len(chunk)
            if seen >= _LOOKED_AT:
                return found, chunk[-1]
        return found, None

    def _ids(self, supplier_id: str | None, after: str | None) -> Iterator[str]:
        entries = self._table.query(keys.purchase_orders(supplier_id), after=after, page=_READ_AT_ONCE)
        return (entry["sk"] for entry in entries)

    def _open_ids(self, after: str | None) -> Iterator[str]:
        start: Item | None = None
        if after is not None:
            start = {**keys.purchase_order(after), "gsi1pk": keys.OPEN_PURCHASE_ORDERS, "gsi1sk": after}
        found = self._table.query_index(keys.OPEN_PURCHASE_ORDERS, after=start, page=_READ_AT_ONCE)
        return (key["gsi1sk"] for key in found)

    def _heads(self, order_ids: Sequence[str]) -> list[PurchaseOrder]:
        found = self._table.get_many(keys.purchase_order(order_id) for order_id in order_ids)
        return sorted(map(order_from, found.values()), key=lambda order: order.id)


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
