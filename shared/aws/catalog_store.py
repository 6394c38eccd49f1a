"""Items and suppliers in the table."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import islice
from typing import Any

from shared.aws import keys
from shared.aws.catalog_items import item_card, item_from, supplier_card, supplier_from
from shared.aws.marshal import Item as TableItem
from shared.aws.stock_items import LOW_AT, change_stock, new_stock, stock_from
from shared.aws.table import Check, ConditionLost, Path, Put, Table, Write
from shared.catalog.model import Item, Supplier
from shared.catalog.ports import CardChangedError, StockedItem
from shared.inventory.model import Stock


class TableCatalog:
    """`CatalogStore` and `CatalogList` on DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def items(self, skus: Iterable[str]) -> dict[str, StockedItem]:
        wanted = [key for sku in skus for key in (keys.item(sku), keys.stock(sku))]
        cards: dict[str, TableItem] = {}
        counters: dict[str, Stock] = {}
        for found in self._table.get_many(wanted).values():
            if found["kind"] == "item":
                cards[found["sku"]] = found
            else:
                counters[found["sku"]] = stock_from(found)
        return {sku: StockedItem(item_from(card), counters.get(sku, Stock(sku))) for sku, card in cards.items()}

    def items_after(self, sku: str | None, limit: int) -> list[StockedItem]:
        entries = self._table.query(keys.items_directory(), after=sku, page=limit)
        skus = [entry["sk"] for entry in islice(entries, limit)]
        found = self.items(skus)
        return [found[sku] for sku in skus]

    def suppliers(self, supplier_ids: Iterable[str]) -> dict[str, Supplier]:
        cards = self._table.get_many(keys.supplier(one) for one in supplier_ids).values()
        return {card["supplier_id"]: supplier_from(card) for card in cards}

    def write_suppliers(self, suppliers: Sequence[Supplier]) -> None:
        self._transact([_against_version(supplier_card(one)) for one in suppliers])

    def write_items(self, items: Sequence[Item], *, moved: Collection[str]) -> None:
        """One transaction: the cards, the counters of new SKUs, their entries in the list of items."""
        counters = self._table.get_many(keys.stock(item.sku) for item in items)
        writes: list[Write] = []
        for item in items:
            writes.append(_against_version(item_card(item)))
            if item.version == 1:
                writes.append(Put({"kind": "entry", **keys.item_entry(item.sku)}))
            key = keys.stock(item.sku)
            writes += _counters(item, counters.get((key["pk"], key["sk"])), moved=item.sku in moved)
        self._transact(writes)

    def _transact(self, writes: list[Write]) -> None:
        try:
            self._table.transact(writes)
        except ConditionLost as lost:
            raise CardChangedError from lost


def _against_version(card: TableItem) -> Put:
    if card["version"] == 1:
        return Put(card, fresh=True)
    return Put(card, when="#version = :read", values={"read": card["version"] - 1})


def _counters(item: Item, counters: TableItem | None, *, moved: bool) -> list[Write]:
    """Writes that keep the counters, and the SKU's place among those that may need ordering.

    With a reorder point it always has that place; else whoever makes the SKU wait gives it one. When the supplier
    changes the place moves along, and the transaction makes sure none was given just now under the old one.
    The reorder point stands on the counters too: whoever sees them change can tell that a SKU has become low.
    """
    place = {"gsi1pk": keys.need(item.supplier_id), "gsi1sk": item.sku}
    stocked = item.reorder_point is not None
    if counters is None:
        new = new_stock(item.sku)
        return [Put(new.item | place | {LOW_AT: item.reorder_point}, fresh=True) if stocked else new]
    listed, low_at = counters.get("gsi1pk"), counters.get(LOW_AT)
    placed = listed != place["gsi1pk"] and (stocked or listed is not None)
    changed: dict[Path, Any] = dict(place.items()) if placed else {}
    if stocked and low_at != item.reorder_point:
        changed[LOW_AT] = item.reorder_point
    gone = () if stocked or low_at is None else (LOW_AT,)
    unlisted = "attribute_not_exists(gsi1pk)" if moved and listed is None and not stocked else None
    if changed or gone:
        return [change_stock(item.sku, set_=changed, remove=gone, bump=placed, when=unlisted)]
    return [Check(keys.stock(item.sku), when=unlisted)] if unlisted else []
