"""What a planning run decided about a supplier."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from shared.purchasing.excess import Excess
from shared.purchasing.lines import PurchaseOrderLine
from shared.purchasing.model import PurchaseOrder


@dataclass(frozen=True)
class NotOrdered:
    """Units that wait and cannot be ordered."""

    sku: str
    units: int
    reason: str


@dataclass(frozen=True)
class SupplierPlan:
    """What a run decided about one supplier. A dry run's order has stage `draft` (or `held`) and is stored nowhere."""

    supplier_id: str
    outcome: Literal["ordered", "held", "nothing", "skipped", "postponed"]
    reason: str
    order: PurchaseOrder | None = None
    lines: tuple[PurchaseOrderLine, ...] = ()
    not_ordered: tuple[NotOrdered, ...] = ()
    excess: tuple[Excess, ...] = ()
    elsewhere: tuple[SupplierPlan, ...] = ()
    """What was ordered from other suppliers instead, so that promises are kept."""

    @property
    def all(self) -> tuple[SupplierPlan, ...]:
        """This and what was ordered elsewhere."""
        return (*self.elsewhere, replace(self, elsewhere=()))
