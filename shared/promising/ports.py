"""What re-promising needs from the outside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from shared.backorders.model import Line, LineChange, SortKey
from shared.catalog.model import Item, Supplier
from shared.inventory.model import Stock


@dataclass(frozen=True)
class SupplyFacts:
    """What one SKU's dates follow from."""

    stock: Stock
    item: Item
    supplier: Supplier | None


class PromiseStore(Protocol):
    """Reads waiting lines in queue order and appends promise revisions."""

    def supply(self, sku: str) -> SupplyFacts | None: ...

    def waiting(self, stock: Stock, from_rank: int | None) -> Iterator[Line]: ...

    def note_dated(self, sku: str, dated: str, covered: SortKey | None) -> None:
        """Everybody who waits has been dated from this; purchase orders reach up to `covered`. See `repromise`."""
        ...

    def note_covered(self, sku: str, covered: SortKey | None) -> None: ...

    def revise(self, changes: list[LineChange]) -> int:
        """Append the revisions; lines that moved meanwhile are skipped. Returns how many were written."""
        ...
