"""Whom the lines of a purchase order serve: the queue as it stands now, against everything that comes.

Worked out when it is read and never stored: a cancellation, a receipt or a priority pegs the units of every order
behind it anew, and a list that is kept would be written as often. It is the other side of `queries.covers`, unit for
unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from shared.backorders.model import Line
from shared.backorders.queries import supply
from shared.inventory.model import Stock

NAMED = 100  # lines named of each SKU
_SKUS = 50
_WALKED = 20_000  # waiting lines of all SKUs together: what a request has time for


class Queues(Protocol):
    """Reads counters and waiting lines in queue order."""

    def stock(self, sku: str) -> Stock | None: ...

    def waiting(self, stock: Stock) -> Iterator[Line]: ...


@dataclass(frozen=True)
class Served:
    """Units of an order that are for a line."""

    backorder_id: str
    line_id: str
    units: int


@dataclass(frozen=True)
class Serves:
    """The first lines that a SKU of an order serves, in queue order, and how many more there are."""

    named: tuple[Served, ...] = ()
    more: int = 0


def serves(purchase_order_id: str, skus: Iterable[str], queues: Queues) -> dict[str, Serves]:
    """By SKU. SKUs for which there is no time are left out."""
    found: dict[str, Serves] = {}
    left = _WALKED
    for sku in skus:
        if len(found) == _SKUS or left <= 0:
            break
        found[sku], walked = _of(purchase_order_id, queues.stock(sku), queues)
        left -= walked
    return found


def _of(purchase_order_id: str, stock: Stock | None, queues: Queues) -> tuple[Serves, int]:
    """What one SKU of the order serves, and how many lines had to be looked at."""
    spans = _spans(purchase_order_id, stock) if stock else []
    if stock is None or not spans:
        return Serves(), 0
    named: list[Served] = []
    ahead = more = walked = 0
    for line in queues.waiting(stock):
        walked, until = walked + 1, ahead + line.waiting
        units = sum(max(0, min(until, end) - max(ahead, start)) for start, end in spans)
        if units and len(named) < NAMED:
            named.append(Served(line.backorder_id, line.line_id, units))
        elif units:
            more += 1
        ahead = until
        if ahead >= spans[-1][1]:
            break
    return Serves(tuple(named), more), walked


def _spans(purchase_order_id: str, stock: Stock) -> list[tuple[int, int]]:
    """The waiting units that the order covers: from which place to which. Two where a part of it was put off."""
    reach, spans = 0, []
    for cover in supply(stock):
        if cover.source == purchase_order_id and cover.units:
            spans.append((reach, reach + cover.units))
        reach += cover.units
    return spans
