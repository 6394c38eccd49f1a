"""What can be said of an order before it exists: how much of each line would wait, and until when.

The place is estimated from the demand of each SKU, so that a constant number of reads is enough. The availability
answer, the quote and the recording ask this one function, so that they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.backorders.model import Promise
from shared.backorders.ports import Facts
from shared.catalog.model import Sellability, sellability
from shared.inventory.model import Stock
from shared.kernel.errors import FieldError, Invalid
from shared.promising.promise import Outlook


class Wanted(Protocol):
    """A line that somebody thinks of ordering."""

    @property
    def sku(self) -> str: ...

    @property
    def quantity(self) -> int: ...


@dataclass(frozen=True)
class Estimate:
    """One line as it would be recorded now: units that are there for it, units that would wait, and its promise.

    The promise is that of the last unit; its basis is `stock` where nothing waits.
    """

    sku: str
    quantity: int
    sellability: Sellability
    available_now: int
    promise: Promise

    @property
    def backordered(self) -> int:
        """The part of the quantity that would wait."""
        return max(0, self.quantity - self.available_now)


def estimate(lines: Iterable[Wanted], facts: Facts, now: datetime, cause: str) -> list[Estimate]:
    """One estimate a line, in their order; lines of one SKU stand behind each other and share what is there."""
    outlooks: dict[str, Outlook] = {}
    taken: dict[str, int] = {}
    out = []
    for line in lines:
        item, stock = facts.items[line.sku], facts.stocks[line.sku]
        if line.sku not in outlooks:
            supplier = facts.suppliers.get(item.supplier_id)
            outlooks[line.sku] = Outlook(stock, item, supplier, facts.settings, now)
        ahead = max(0, stock.waiting) + taken.get(line.sku, 0)
        taken[line.sku] = taken.get(line.sku, 0) + line.quantity
        promise = outlooks[line.sku].promise(ahead + line.quantity, cause)
        out.append(_estimate(line, sellability(item, stock.free, ahead, line.quantity), stock, ahead, promise))
    return out


def _estimate(line: Wanted, may: Sellability, stock: Stock, ahead: int, promise: Promise) -> Estimate:
    return Estimate(line.sku, line.quantity, may, max(0, stock.free - ahead), promise)


def check_items(lines: Iterable[Wanted], facts: Facts) -> None:
    """Raises Invalid, naming each line whose item does not exist."""
    unknown = tuple(
        FieldError(f"/lines/{n}/sku", "there is no such item")
        for n, line in enumerate(lines)
        if line.sku not in facts.items or line.sku not in facts.stocks
    )
    if unknown:
        raise Invalid("the order names items that do not exist", errors=unknown)
