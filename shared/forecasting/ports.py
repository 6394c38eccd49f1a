"""What the watch over stocked items needs to have read and kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.catalog.model import Item, Supplier
from shared.forecasting.history import History
from shared.forecasting.rhythm import Rhythm
from shared.forecasting.risk import Risk
from shared.inventory.model import Stock


@dataclass(frozen=True)
class Watched:
    """A stocked item with all that a forecast of it needs; `history` is None before its first night."""

    item: Item
    stock: Stock
    supplier: Supplier
    history: History | None


@dataclass(frozen=True)
class RiskList:
    """The head of the risk list: up to which day demand is in it, when it was made (microseconds), how many items were
    watched and how many are on it, and the shop's week so far."""

    through: int
    made_at: int
    watched: int
    at_risk: int
    rhythm: Rhythm


class WatchStore(Protocol):
    """Reads stocked items and their histories; keeps histories and the list."""

    def last(self) -> RiskList | None: ...

    def watched(self) -> Iterator[Watched]:
        """Every item with a reorder point whose supplier is known, once."""
        ...

    def remember(self, sku: str, history: History, before: History | None) -> None:
        """Replaces `before`. Raises Stale if somebody else has done so."""
        ...

    def publish(self, list_: RiskList, risks: Sequence[Risk], before: RiskList | None) -> None:
        """The list as a whole, or not at all. Raises Stale if another has been published since `before`."""
        ...
