"""What can be backordered now, for everybody to see: items with nothing free that may be sold all the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.backorders.estimate import estimate
from shared.backorders.model import Promise
from shared.backorders.ports import Facts
from shared.catalog.model import Sellability

OFFERED: tuple[Sellability, ...] = ("backorder", "preorder", "made_to_order")


@dataclass(frozen=True)
class Offer:
    """One item that can be ordered although it is not there, and the dates the next unit would be promised."""

    sku: str
    description: str
    sellability: Sellability
    promise: Promise


@dataclass(frozen=True)
class _One:
    sku: str
    quantity: int = 1


def offers(skus: Sequence[str], facts: Facts, now: datetime) -> list[Offer]:
    """The offers among these items, in their order; what is in stock or not sold at all is none."""
    known = [_One(sku) for sku in skus if sku in facts.items and sku in facts.stocks]
    return [
        Offer(found.sku, facts.items[found.sku].description, found.sellability, found.promise)
        for found in estimate(known, facts, now, "offer")
        if found.sellability in OFFERED and found.promise.by is not None
    ]
