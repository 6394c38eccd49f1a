"""Questions about queues and lists, in business words."""

from __future__ import annotations

from dataclasses import dataclass

from shared.backorders.lookup import OrderView
from shared.backorders.model import Line
from shared.inventory.model import Stock
from shared.promising.promise import day_of
from shared.purchasing.lines import order_of


@dataclass(frozen=True)
class Place:
    """Where a line stands: its place among waiting lines, units before it, and what is expected of its SKU."""

    place: int | None
    ahead: int | None
    stock: Stock


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


def why(line: Line, place: Place, pegged: list[Cover]) -> str:
    """One sentence for a person."""
    if not line.waiting:
        return f"Nothing of this line waits: it is {line.status.replace('_', ' ')}."
    start = f"{line.waiting} of {line.ordered} units wait behind {place.ahead} units of earlier orders"
    parts = []
    for cover in pegged:
        if cover.source == "stock":
            parts.append(f"{cover.units} are free and about to be allocated")
        elif cover.source == "none":
            parts.append(f"{cover.units} are not ordered: the item is discontinued")
        elif cover.source == "next_order":
            parts.append(f"{cover.units} are not yet ordered and come with the next purchase order")
        else:
            said = "confirmed" if cover.confirmed else "expected"
            parts.append(f"{cover.units} come with {cover.source}, {said} for {day_of(cover.likely)}")
    return f"{start}; {'; '.join(parts)}."


def sooner(line: Line, view: OrderView, pegged: list[Cover]) -> list[str]:
    """What would make it sooner."""
    if not line.waiting:
        return []
    ideas = []
    if view.head.shipping == "hold":
        ideas.append("shipping split instead of hold: what is ready leaves at once")
    if view.head.priority in {"standard", "silver"}:
        ideas.append("a higher priority (operators, with a reason)")
    if any(cover.source == "next_order" for cover in pegged):
        ideas.append("ordering now instead of on the supplier's next order day")
    ideas.append("an alternative item that is in stock")
    return ideas
