"""What a rehearsal reads. It writes nothing, so nothing here writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from shared.backorders.lookup import OrderView
from shared.backorders.model import Backorder, Line
from shared.catalog.model import Supplier
from shared.promising.ports import SupplyFacts
from shared.purchasing.lines import PurchaseOrderLine
from shared.purchasing.model import PurchaseOrder

Identity = tuple[str, int]
"""A line, wherever it stands: its backorder and its position in it."""


@dataclass(frozen=True)
class Shelf:
    """One SKU's counters and cards. `partial` are units that lines of incomplete hold orders have of it."""

    supply: SupplyFacts
    partial: Mapping[Identity, int]


class Reality(Protocol):
    """Reads what is there. A SKU whose units are on their way to lines this very moment raises Unavailable."""

    def shelves(self, skus: Iterable[str]) -> dict[str, Shelf]: ...

    def queue(self, shelf: Shelf) -> Iterable[Line]:
        """Visible lines that wait, and those that `partial` names."""
        ...

    def heads(self, backorder_ids: Iterable[str]) -> dict[str, Backorder]:
        """Heads by backorder id, without the lines of large orders; one read per hundred."""
        ...

    def order(self, backorder_id: str) -> OrderView | None: ...

    def purchase_order(self, purchase_order_id: str) -> tuple[PurchaseOrder, list[PurchaseOrderLine]] | None: ...

    def supplier(self, supplier_id: str) -> Supplier | None: ...
