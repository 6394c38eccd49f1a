"""What receiving needs from the outside, in business words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.catalog.model import Supplier
from shared.purchasing.lines import PurchaseOrderLine
from shared.purchasing.model import PurchaseOrder
from shared.receiving.model import Posted, Receipt, SkuTotal


@dataclass(frozen=True)
class Posting:
    """One SKU of a receipt as it shall be posted; `line` is the order's line as read and as it shall be."""

    total: SkuTotal
    line: tuple[PurchaseOrderLine, PurchaseOrderLine] | None = None

    @property
    def applied(self) -> int:
        return self.line[1].received - self.line[0].received if self.line else 0


class ReceivingStore(Protocol):
    """Receipts, and their entries in the ledgers of the SKUs."""

    at_once: int
    """SKUs that one transaction takes."""

    def begin(self, receipt: Receipt) -> Receipt:
        """Store the document; the one that exists already if there is one with this id."""
        ...

    def posted(self, receipt: Receipt, totals: Sequence[SkuTotal]) -> dict[str, Posted]:
        """What has been posted so far, by SKU."""
        ...

    def known_skus(self, skus: Collection[str]) -> set[str]: ...

    def post(self, receipt: Receipt, order: PurchaseOrder | None, postings: Sequence[Posting]) -> None:
        """Units into stock, out of what is on order, into the ledger: together, once. Raises Stale."""
        ...

    def finish(self, receipt: Receipt) -> None:
        """The whole document has been posted."""
        ...


class Orders(Protocol):
    """The purchase orders goods are received against."""

    def read(self, purchase_order_id: str) -> PurchaseOrder | None: ...

    def supplier(self, supplier_id: str) -> Supplier:
        """Raises NotFound."""
        ...

    def lines_of(self, purchase_order_id: str, skus: Sequence[str]) -> Mapping[str, PurchaseOrderLine]: ...
