"""What the runs of one batch of messages remember of what they read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from shared.allocation.policy import CarefulOrder
from shared.backorders.model import Line
from shared.inventory.model import Stock


@dataclass
class AllocationMemory:
    """Orders in one parcel, and counters of the SKUs they name: a delivery has the same ones looked at for each SKU.

    What a run writes is forgotten, and everything once a condition is lost. What others change meanwhile has messages
    of its own, whose runs read anew; units that a set may take only because another SKU was confirmed in that moment
    wait for the daily look (`shared.allocation.look_again`).
    """

    orders: dict[str, CarefulOrder] = field(default_factory=dict)
    stocks: dict[str, Stock] = field(default_factory=dict)

    def written(self, skus: Iterable[str], lines: Iterable[Line]) -> None:
        """Forget these counters and the orders of these lines."""
        for sku in skus:
            self.stocks.pop(sku, None)
        self.touched(line.backorder_id for line in lines)

    def touched(self, backorder_ids: Iterable[str]) -> None:
        for backorder_id in backorder_ids:
            self.orders.pop(backorder_id, None)

    def forget(self) -> None:
        self.orders.clear()
        self.stocks.clear()
