"""Questions about queues and lists, in business words."""

from __future__ import annotations

from dataclasses import dataclass, replace

from shared.backorders.model import Line, SortKey
from shared.inventory.model import Stock
from shared.purchasing.lines import order_of


@dataclass(frozen=True)
class Place:
    """Where a line stands: its place among waiting lines, units before it, and what is expected of its SKU.

    `before` are the lines in front of it, each with the units it waits for.
    """

    place: int | None
    ahead: int | None
    stock: Stock
    before: tuple[tuple[SortKey, int], ...] = ()


@dataclass(frozen=True)
class Cover:
    """A part of a line's units and what it is expected to come from."""

    source: str
    units: int
    likely: int | None
    by: int | None
    confirmed: bool


def supply(stock: Stock) -> list[Cover]:
    """What a SKU's queue is served from, in the order in which it comes: free units, then purchase orders by date."""
    inbound = sorted(stock.inbound.items(), key=lambda pair: (pair[1].likely, pair[0]))
    coming = (Cover(order_of(po), i.open, i.likely, i.by, i.firm) for po, i in inbound)
    return [Cover("stock", stock.free, None, None, True), *coming]


def covers(line: Line, place: Place) -> list[Cover]:
    """What a line's waiting units are pegged to: free units, then purchase orders by date, then the next order."""
    if not line.waiting or place.ahead is None:
        return []
    first, last = place.ahead, place.ahead + line.waiting
    out: list[Cover] = []
    reach = 0
    for cover in supply(place.stock):
        taken = min(last, reach + cover.units) - max(first, reach)
        reach += cover.units
        if taken > 0:
            out.append(replace(cover, units=taken))
    if reach < last:
        promise = line.promise
        rest = last - max(first, reach)
        dates = (promise.likely, promise.by) if promise else (None, None)
        source = "none" if promise is not None and promise.basis == "none" else "next_order"
        out.append(Cover(source, rest, *dates, False))
    return out
