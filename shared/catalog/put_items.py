"""Describe items: create their cards or replace them. A SKU's counters come into being with its first card."""

from __future__ import annotations

from collections.abc import Sequence

from shared.catalog.model import Item
from shared.catalog.ports import CardChangedError, CatalogStore
from shared.catalog.put import TRIES, Outcome, Written, decide
from shared.kernel.errors import Contended, Invalid


def put_item(item: Item, *, expected: int | None, catalog: CatalogStore) -> Written[Item]:
    """Make `item` the card of its SKU. The supplier must exist; alternatives need not (yet)."""
    if not catalog.suppliers([item.supplier_id]):
        raise Invalid.at("/supplier_id", "is not a known supplier")
    return put_items([item], expected=expected, catalog=catalog)[0]


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
