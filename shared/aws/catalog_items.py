"""Items, suppliers: cards and the table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, fields
from typing import Any

from shared.aws import keys
from shared.aws.marshal import Item as TableItem
from shared.aws.table import Update
from shared.catalog.model import Item, Offer, PriceBreak, Supplier
from shared.promising.lead_times.learned import LeadTime

_ITEM_FIELDS = tuple(f.name for f in fields(Item))
_LEARNED, _HELD, _DAYS_SINCE = "learned", "held_until", "order_days_since"
_NOT_SAID = {_LEARNED, _HELD, _DAYS_SINCE}
_SUPPLIER_FIELDS = tuple(f.name for f in fields(Supplier) if f.name not in _NOT_SAID)


def item_card(item: Item) -> TableItem:
    """Terms that few items have are left out where there are none."""
    card = {"kind": "item", **keys.item(item.sku), **asdict(item), "alternatives": list(item.alternatives)}
    terms = {"price_breaks": breaks_list(item.price_breaks), "other_suppliers": [*map(_offer, item.other_suppliers)]}
    return {name: value for name, value in card.items() if name not in terms} | {n: v for n, v in terms.items() if v}


def item_from(card: TableItem) -> Item:
    given = {name: card[name] for name in _ITEM_FIELDS if name in card}
    lists: dict[str, Any] = {
        "alternatives": tuple(card.get("alternatives", ())),
        "price_breaks": breaks_from(card.get("price_breaks", ())),
        "other_suppliers": tuple(map(_offer_from, card.get("other_suppliers", ()))),
    }
    return Item(**given | lists)


def breaks_list(breaks: Iterable[PriceBreak]) -> list[list[Any]]:
    """Prices as they are stored: quantity, unit cost."""
    return [[one.quantity, one.unit_cost] for one in breaks]


def breaks_from(breaks: Iterable[Any]) -> tuple[PriceBreak, ...]:
    """Inverse of `breaks_list`."""
    return tuple(PriceBreak(quantity, unit_cost) for quantity, unit_cost in breaks)


def _offer(offer: Offer) -> TableItem:
    return {**asdict(offer), "price_breaks": breaks_list(offer.price_breaks)}


def _offer_from(offer: TableItem) -> Offer:
    return Offer(**{**offer, "price_breaks": breaks_from(offer["price_breaks"])})


def supplier_card(supplier: Supplier) -> TableItem:
    plain = {name: getattr(supplier, name) for name in _SUPPLIER_FIELDS if name != "holidays"}
    weekdays = list(supplier.order_weekdays)
    card = {"kind": "supplier", **keys.supplier(supplier.supplier_id), **plain, "order_weekdays": weekdays}
    card |= {"holidays": list(supplier.holidays)} if supplier.holidays else {}
    card |= {} if supplier.held_until is None else {_HELD: supplier.held_until}
    card |= {_DAYS_SINCE: [*map(list, supplier.order_days_since)]} if supplier.order_days_since else {}
    return card if supplier.learned is None else card | {_LEARNED: learned_map(supplier.learned)}


def supplier_from(card: TableItem) -> Supplier:
    given = {name: card[name] for name in _SUPPLIER_FIELDS if name in card}
    learned = learned_from(card[_LEARNED]) if card.get(_LEARNED) else None
    given |= {"order_weekdays": tuple(card["order_weekdays"]), "holidays": tuple(card.get("holidays", ()))}
    given |= {"learned": learned, _HELD: card.get(_HELD)}
    return Supplier(**given | {_DAYS_SINCE: tuple((day, began) for day, began in card.get(_DAYS_SINCE, ()))})


def note_held(supplier_id: str, until: int | None) -> Update:
    """Until when a supplier's basket is held, beside his card; None: no longer."""
    at = keys.supplier(supplier_id)
    if until is None:
        return Update(at, remove=(_HELD,), when="attribute_exists(pk)")
    return Update(at, set={_HELD: until}, when="attribute_exists(pk)")


def learned_map(learned: LeadTime) -> TableItem:
    """What was learned, as an attribute of the supplier's card."""
    return {name: value for name, value in asdict(learned).items() if value is not None}


def learned_from(value: TableItem) -> LeadTime:
    lists: TableItem = {name: tuple(value[name]) for name in ("minutes", "closed", "slip") if name in value}
    return LeadTime(**{**value, **lists})
