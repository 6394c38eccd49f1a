"""What recording and changing backorders needs from the outside, in business words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from shared.backorders.lookup import OrderView
from shared.backorders.model import Backorder, Line, LineChange
from shared.catalog.model import Item, Supplier
from shared.inventory.model import Stock
from shared.settings.model import MerchantSettings


@dataclass(frozen=True)
class Facts:
    """Everything recording looks at, read in a constant number of calls per hundred SKUs."""

    existing: Backorder | None
    items: Mapping[str, Item]
    stocks: Mapping[str, Stock]
    suppliers: Mapping[str, Supplier]
    settings: MerchantSettings


@dataclass(frozen=True)
class Demand:
    """Units that begin to wait for a SKU. `limit` caps open backordered units after adding them; `early`: their place
    may lie before a queue head that an allocation is about to move."""

    sku: str
    units: int
    rank: int
    supplier_id: str
    limit: int | None = None
    early: bool = False


class LimitReached(Exception):
    """A limited SKU has no room for the units asked for."""

    def __init__(self, skus: Iterable[str]) -> None:
        super().__init__("limit reached")
        self.skus = tuple(skus)


class Stale(Exception):
    """Something changed between reading and writing; read again and decide again."""


class RecordingStore(Protocol):
    """Writes new backorders. Raises Stale when the order exists already or a counter moved, LimitReached."""

    def facts(self, key: str, skus: Iterable[str]) -> Facts: ...

    def record(self, order: Backorder, lines: list[Line], counted: list[Demand]) -> None: ...

    def discard(self, key: str) -> None:
        """Remove what is left of a refused recording. Raises Contended."""
        ...


@dataclass(frozen=True)
class OrderChange:
    """A change that clients or operators make to one order.

    `head` is the head afterwards (its version one higher); `moves` are the lines' moves; `added` a switched-to line.
    `mark` makes each line move once, however often a large change is resumed.
    """

    view: OrderView
    head: Backorder
    mark: str
    moves: list[LineChange] = field(default_factory=list)
    added: tuple[Line, Demand] | None = None


class ChangingStore(Protocol):
    """Changes an order; all or nothing up to a transaction's size, resumable beyond. Raises Stale, LimitReached."""

    def read(self, key: str) -> OrderView | None: ...

    def change(self, change: OrderChange) -> None: ...

    def reshape(self, change: OrderChange) -> None:
        """Shipping, release or rank changed: lines are flagged or moved in their queues along with the head."""
        ...

    def facts(self, key: str, skus: Iterable[str]) -> Facts: ...
