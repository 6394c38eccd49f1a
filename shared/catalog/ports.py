"""What the catalog needs from the outside, in business words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.catalog.model import Item, Supplier
from shared.inventory.model import Stock

WRITE_LIMIT = 30
"""Cards that can be written at once, all or none."""


class CardChangedError(Exception):
    """A card is no longer the one that was read; read again and decide again."""


@dataclass(frozen=True)
class StockedItem:
    """An item's card with its counters."""

    item: Item
    stock: Stock


class CatalogStore(Protocol):
    """Cards of items and suppliers. Reads take as many as asked for, one call per hundred.

    A write is all or none, of WRITE_LIMIT cards at most; version 1 creates, another replaces the version before it.
    It raises CardChangedError if a card has moved on.
    """

    def items(self, skus: Iterable[str]) -> dict[str, StockedItem]: ...

    def suppliers(self, supplier_ids: Iterable[str]) -> dict[str, Supplier]: ...

    def write_items(self, items: Sequence[Item], *, moved: Collection[str]) -> None:
        """`moved` are the SKUs whose supplier changes."""
        ...

    def write_suppliers(self, suppliers: Sequence[Supplier]) -> None: ...


class CatalogList(Protocol):
    """The list of items, in order of SKU."""

    def items_after(self, sku: str | None, limit: int) -> list[StockedItem]: ...
