"""Questions about queues and lists, in business words."""

from __future__ import annotations

from dataclasses import dataclass

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


def covers(line: Line, place: Place) -> list[Cover]:
    """What a line's waiting units are pegged to: free units, then purchase orders by date, then the next order."""
    if not line.waiting or place.ahead is None:
        return []
    first, last = place.ahead, place.ahead + line.waiting
    out: list[Cover] = []
    reach = 0
    supply: list[tuple[str, int, int | None, int | None, bool]] = [("stock", place.stock.free, None, None, True)]
    inbound = sorted(place.stock.inbound.items(), key=lambda pair: (pair[1].likely, pair[0]))
    supply += [(order_of(po), i.open, i.likely, i.by, i.firm) for po, i in inbound]
    for source, units, likely, by, confirmed in supply:
        taken = min(last, reach + units) - max(first, reach)
        reach += units
        if taken > 0:
            out.append(Cover(source, taken, likely, by, confirmed))
    if reach < last:
        promise = line.promise
        rest = last - max(first, reach)
        dates = (promise.likely, promise.by) if promise else (None, None)
        source = "none" if promise is not None and promise.basis == "none" else "next_order"
        out.append(Cover(source, rest, *dates, False))
    return out
