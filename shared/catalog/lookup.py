"""Read one item, or walk the list of items by what may be sold."""

from __future__ import annotations

from dataclasses import dataclass

from shared.catalog.model import Sellability, sellability
from shared.catalog.ports import CatalogList, CatalogStore, StockedItem
from shared.kernel.errors import NotFound

_READ_AT_ONCE = 100
_MOST_READ = 1_000  # of items that do not match, per page: a page may be short, but it never takes long


def get_item(sku: str, *, catalog: CatalogStore) -> StockedItem:
    """The item with its counters; NotFound."""
    found = catalog.items([sku])
    if sku not in found:
        raise NotFound("there is no such item")
    return found[sku]


@dataclass(frozen=True)
class ItemPage:
    """Items in order of SKU; `last` is the SKU to go on behind, None at the end."""

    items: list[StockedItem]
    last: str | None


def list_items(wanted: Sellability | None, *, after: str | None, limit: int, catalog: CatalogList) -> ItemPage:
    """The next `limit` items behind `after` that may be sold as `wanted` (None: all).

    A page may hold fewer than `limit` although there are more: only so many others are read for it.
    """
    found: list[StockedItem] = []
    for _ in range(_MOST_READ // _READ_AT_ONCE):
        read = catalog.items_after(after, _READ_AT_ONCE if wanted else limit + 1)
        for one in read:
            if len(found) == limit:
                return ItemPage(found, after)
            after = one.item.sku
            if wanted is None or sellability(one.item, one.stock.free, one.stock.waiting) == wanted:
                found.append(one)
        if len(read) < (_READ_AT_ONCE if wanted else limit + 1):
            return ItemPage(found, None)
    return ItemPage(found, after)
