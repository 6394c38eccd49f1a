"""Why a line waits, and what would make it sooner: sentences that are true now, for a person.

Pure: everything is worked out from what was read, with the functions that allocation and promising use themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.backorders.lookup import OrderView
from shared.backorders.model import Backorder, Line
from shared.backorders.queries import Cover, Place
from shared.catalog.ports import StockedItem
from shared.kernel.clock import DAY, from_micros, micros
from shared.promising.ports import SupplyFacts
from shared.promising.promise import Outlook, day_of, end_of_day
from shared.purchasing.lines import order_of
from shared.purchasing.order_days import expected
from shared.purchasing.ports import Planning
from shared.purchasing.why import why_not_ordered
from shared.settings.model import MerchantSettings


@dataclass(frozen=True)
class Background:
    """What is known about the item of a line. `planning` is what the last plan remembers about its supplier."""

    supply: SupplyFacts
    planning: Planning | None
    alternatives: Sequence[StockedItem]
    settings: MerchantSettings
    now: datetime

    @property
    def outlook(self) -> Outlook:
        facts = self.supply
        return Outlook(facts.stock, facts.item, facts.supplier, self.settings, self.now)


def not_ordered_because(pegged: Sequence[Cover], background: Background) -> str | None:
    """The reason why units that wait are not on order; None if all of them are."""
    if not any(cover.source in {"next_order", "none"} for cover in pegged):
        return None
    facts = background.supply
    if facts.supplier is None or background.planning is None:
        return "the item has no supplier"
    return why_not_ordered(facts.item, facts.supplier, background.planning, background.settings, background.now)


def quoted_carefully(pegged: Sequence[Cover], background: Background) -> bool:
    """Whether the date of what is not ordered yet is quoted at more than nine in ten, because promises were broken."""
    supplier = background.supply.supplier
    learned = supplier.learned if supplier else None
    return learned is not None and learned.careful and any(cover.source == "next_order" for cover in pegged)


def why(
    line: Line,
    view: OrderView,
    place: Place,
    pegged: Sequence[Cover],
    because: str | None,
    *,
    settled: bool = True,
    careful: bool = False,
) -> str:
    """One sentence, one more where the order waits for its whole set, one while its date is quoted more carefully, and
    one while the place is estimated."""
    if not line.waiting:
        return f"Nothing of this line waits: it is {line.status.replace('_', ' ')}."
    yields = _yields(view, pegged)
    parts = [_covered(cover, because, yields=yields) for cover in pegged]
    estimated = "" if settled else " Its date is an estimate until the order has been counted."
    told = "; ".join([f"{line.waiting} of {_units(line.ordered)} {_standing(line, place)}", *parts])
    return f"{told}.{_held(view.head)}{_CAREFUL if careful else ''}{estimated}"


_CAREFUL = " Its `by` date is quoted more carefully than usual, as more than one date in ten was broken in four weeks."


def _held(head: Backorder) -> str:
    """What an order that is shipped in one parcel waits for, and whether it was overtaken by that."""
    if head.release == "held":
        return " Nothing of the order is released until an operator sets it back to automatic."
    if head.shipping != "hold":
        return ""
    passed = f" Others have been served before it since {day_of(head.overtaken_at)}." if head.overtaken_at else ""
    return f" The order is on hold: it takes its units once all of them are there or confirmed.{passed}"


def _standing(line: Line, place: Place) -> str:
    waits = "waits" if line.waiting == 1 else "wait"
    if place.ahead is None:
        return waits
    return f"{waits} behind {_units(place.ahead)} of orders ahead of it" if place.ahead else f"{waits} first in line"


def _yields(view: OrderView, pegged: Sequence[Cover]) -> bool:
    """Whether units that are here lie until more comes of the order (rule 3.5)."""
    whole = view.head.shipping == "hold" and view.head.release == "automatic"
    here = sum(cover.units for cover in pegged if cover.source == "stock")
    return whole and here < sum(line.waiting for line in view.lines)


def _covered(cover: Cover, because: str | None, *, yields: bool) -> str:
    comes, is_ = ("comes", "is") if cover.units == 1 else ("come", "are")
    if cover.source == "stock" and yields:
        waits, them = ("waits", "it") if cover.units == 1 else ("wait", "them")
        return (
            f"{cover.units} {is_} here, but {waits} until the rest of its parcel is there: "
            f"orders behind it may take {them} meanwhile"
        )
    if cover.source == "stock":
        return f"{cover.units} {is_} free and about to be allocated"
    if cover.source in {"next_order", "none"}:
        yet = "yet " if cover.source == "next_order" else ""
        return f"{cover.units} {is_} not {yet}ordered, because {because}"
    said = "confirmed" if cover.confirmed else "expected"
    return f"{cover.units} {comes} with {cover.source}, {said} for {day_of(cover.likely)}"


def sooner(
    line: Line, view: OrderView, place: Place, pegged: Sequence[Cover], background: Background | None
) -> list[str]:
    """What would make it sooner, each with what it would bring; empty if nothing is known that would."""
    if not line.waiting or background is None:
        return []
    ideas = []
    if view.head.shipping == "hold":
        ideas.append("shipping split instead of hold: what is ready leaves at once")
    ideas += _by_priority(line, view, place, background)
    ideas += _by_purchasing(line, pegged, background)
    for other in background.alternatives:
        if other.stock.available_now and other.item.sku != line.sku:
            ideas.append(f"switching to {other.item.sku}: {_units(other.stock.available_now)} in stock")
    return ideas


def _by_priority(line: Line, view: OrderView, place: Place, background: Background) -> Iterator[str]:
    """The smallest head start that overtakes anybody."""
    if not place.ahead:
        return
    days = background.settings.head_start_days
    now = days.get(view.head.priority, 0)
    day = micros(from_micros(0) + DAY)
    for more, name in sorted((n, name) for name, n in days.items() if n > now):
        before = (line.rank - (more - now) * day, line.backorder_id, line.position)
        ahead = sum(units for at, units in place.before if at < before)
        if ahead < place.ahead:
            promises = [background.outlook.promise(n + line.waiting, "") for n in (place.ahead, ahead)]
            was, is_ = (day_of(promise.likely) for promise in promises)
            date = f", likely {is_} instead of {was}" if is_ != was else ""
            yield f"priority {name} (operators, with a reason): {_units(ahead)} ahead instead of {place.ahead}{date}"
            return


def _by_purchasing(line: Line, pegged: Sequence[Cover], background: Background) -> Iterator[str]:
    """What is not ordered yet comes no sooner than what those ahead wait for: then that is what holds it up."""
    for cover in pegged:
        if cover.source == "next_order" and background.supply.supplier is not None:
            yield from _by_ordering(line, background)
        elif cover.source not in {"stock", "none", "next_order"}:
            yield _earlier(cover.source, cover.likely)


def _by_ordering(line: Line, background: Background) -> Iterator[str]:
    inbound, supplier = background.supply.stock.inbound, background.supply.supplier
    on_order = [(one.likely, name) for name, one in inbound.items() if one.open]
    last, name = max(on_order, default=(0, ""))
    at_once = end_of_day(max(last, expected(supplier, background.now).likely)) if supplier else 0
    was = line.promise.likely if line.promise else None
    if was is not None and at_once < was:
        yield f"a purchase order made now: likely {day_of(at_once)} instead of {day_of(was)}"
    elif last > background.outlook.next_order[0]:
        yield _earlier(order_of(name), last)


def _earlier(name: str, due: int | None) -> str:
    return f"an earlier delivery of {name}, now due on {day_of(due)}"


def _units(n: int) -> str:
    return "1 unit" if n == 1 else f"{n} units"
