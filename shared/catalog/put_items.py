"""Describe items: create their cards or replace them. A SKU's counters come into being with its first card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from shared.catalog.model import Item, Offer, Supplier
from shared.catalog.ports import CardChangedError, CatalogStore
from shared.catalog.put import TRIES, Outcome, Written, decide
from shared.kernel.errors import Contended, FieldError, Invalid


def put_item(item: Item, *, expected: int | None, catalog: CatalogStore) -> Written[Item]:
    """Make `item` the card of its SKU. The supplier must exist; alternatives need not (yet)."""
    complete = with_supplier(item, catalog.suppliers(item.all_suppliers))
    return put_items([complete], expected=expected, catalog=catalog)[0]


def with_supplier(item: Item, suppliers: Mapping[str, Supplier]) -> Item:
    """The item with its supplier's currency where it names none. An unknown supplier is Invalid, and so is another
    currency: an order to a supplier has one."""
    supplier = suppliers.get(item.supplier_id)
    if supplier is None:
        raise Invalid.at("/supplier_id", "is not a known supplier")
    if item.currency not in {"", supplier.currency}:
        raise Invalid.at("/currency", f"must be {supplier.currency}, the currency of its supplier's orders")
    wrong = [(n, why) for n, one in enumerate(item.other_suppliers) if (why := _not_offered(one, supplier, suppliers))]
    if wrong:
        errors = tuple(FieldError(f"/other_suppliers/{n}/supplier_id", why) for n, why in wrong)
        raise Invalid("the item cannot be bought from all of these suppliers", errors=errors)
    return item if item.currency else replace(item, currency=supplier.currency)


def _not_offered(offer: Offer, preferred: Supplier, suppliers: Mapping[str, Supplier]) -> str:
    """Why an item cannot be bought by these terms as well; empty if it can."""
    other = suppliers.get(offer.supplier_id)
    if other is None:
        return "is not a known supplier"
    if other.currency != preferred.currency:
        return f"takes orders in {other.currency}: costs of one item are compared in {preferred.currency}"
    return ""


def put_items(items: Sequence[Item], *, expected: int | None = None, catalog: CatalogStore) -> list[Written[Item]]:
    """The same for WRITE_LIMIT items of known suppliers at most: all or none of them, each SKU once."""
    for _ in range(TRIES):
        found = catalog.items(item.sku for item in items)
        cards = {sku: one.item for sku, one in found.items()}
        written = [decide(item, cards.get(item.sku), expected) for item in items]
        changed = [one.card for one in written if one.outcome is not Outcome.UNCHANGED]
        moved = {card.sku for card in changed if card.sku in cards and cards[card.sku].supplier_id != card.supplier_id}
        try:
            if changed:
                catalog.write_items(changed, moved=moved)
        except CardChangedError:
            continue
        return written
    raise Contended("others are changing the same items; please try again", retry_after=1)
