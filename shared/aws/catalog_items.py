"""Items, suppliers: cards and the table."""

from __future__ import annotations

from dataclasses import asdict, fields

from shared.aws import keys
from shared.aws.marshal import Item as TableItem
from shared.catalog.model import Item, Supplier

_ITEM_FIELDS = tuple(f.name for f in fields(Item))
_SUPPLIER_FIELDS = tuple(f.name for f in fields(Supplier))


def item_card(item: Item) -> TableItem:
    return {"kind": "item", **keys.item(item.sku), **asdict(item), "alternatives": list(item.alternatives)}


def item_from(card: TableItem) -> Item:
    given = {name: card[name] for name in _ITEM_FIELDS if name in card}
    return Item(**given | {"alternatives": tuple(card.get("alternatives", ()))})


def supplier_card(supplier: Supplier) -> TableItem:
    weekdays = list(supplier.order_weekdays)
    return {
        "kind": "supplier",
        **keys.supplier(supplier.supplier_id),
        **asdict(supplier),
        "order_weekdays": weekdays,
    }


def supplier_from(card: TableItem) -> Supplier:
    given = {name: card[name] for name in _SUPPLIER_FIELDS if name in card}
    return Supplier(**given | {"order_weekdays": tuple(card["order_weekdays"])})
