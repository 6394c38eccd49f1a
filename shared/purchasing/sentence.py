"""Why so much is bought now, or not yet, in one sentence that a buyer can check."""

from __future__ import annotations

import re
from collections.abc import Iterable

from shared.purchasing.consolidate import PlannedLine
from shared.purchasing.costs import LONGEST_COVER
from shared.purchasing.lines import PurchaseOrderLine

_FIGURES = re.compile(
    r"\b[0-9]+: [0-9]+ (?:waiting|for stock|needed)[^;]*(?:; (?:waiting [^;]* breaks [^;]*|fewer than planned[^;]*))?"
)


def figures(lines: Iterable[PlannedLine], days_of_cover: int | None) -> str:
    """ "24: 19 waiting, 5 excess (31 days of cover)": units of all lines, what they are for, and how long the excess of
    the item whose lasts longest will be there; None if nobody has looked."""
    listed = list(lines)
    waiting, stocked, excess = (sum(units) for units in zip(*map(_purposes, listed), strict=True))
    parts = [f"{waiting} waiting"] if waiting or not stocked else []
    parts += [f"{stocked} for stock"] if stocked else []
    if excess:
        parts.append(f"{excess} excess" + ("" if days_of_cover is None else f" ({_cover(days_of_cover)})"))
    return f"{sum(line.quantity for line in listed)}: {', '.join(parts)}"


def fewer(reason: str, lines: Iterable[PurchaseOrderLine]) -> str:
    """The reason of an order that shrank: its figures as they are now, without what was weighed for the old ones."""
    listed = list(lines)
    need, excess = sum(line.need for line in listed), sum(line.excess for line in listed)
    told = f"{sum(line.ordered for line in listed)}: {need} needed" + (f", {excess} excess" if excess else "")
    return _FIGURES.sub(f"{told}; fewer than planned, as fewer are waited for", reason, count=1)


def _purposes(line: PlannedLine) -> tuple[int, int, int]:
    """Units for those who wait, for the reorder point, and for nobody yet."""
    stock = line.need.stock
    waiting = min(line.wanted, max(0, stock.short - stock.on_order))
    return waiting, line.wanted - waiting, line.excess


def _cover(days: int) -> str:
    if days >= LONGEST_COVER:
        return "a year of cover or more"
    return "1 day of cover" if days == 1 else f"{days} days of cover"


def waiting_breaks(days: int, promises: int, *, more: bool = False) -> str:
    """ "waiting 4 more days breaks 7 promises"; `more` if not all of them were counted."""
    wait = {0: "waiting until the cut-off", 1: "waiting 1 more day"}.get(days, f"waiting {days} more days")
    broken = f"{promises} or more promises" if more and promises else counted(promises)
    return f"{wait} breaks {broken}"


def counted(n: int) -> str:
    """So many promises."""
    return {0: "no promise", 1: "1 promise"}.get(n, f"{n} promises")
