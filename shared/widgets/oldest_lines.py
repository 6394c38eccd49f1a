"""Who has waited longest: the lines at the front of everybody's patience."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from shared.backorders.lookup import OrderView
from shared.backorders.model import Promise
from shared.kernel.clock import micros
from shared.promising.kept import to_keep
from shared.promising.promise import day_of

LOOKED_AT = 200
LINES_OF_AN_ORDER = 3
_DAY = 86_400_000_000


@dataclass(frozen=True)
class Waiting:
    """A line that waits; dates are the days promised, as its customer reads them. `more` lines of the same order wait
    besides those shown.

    `overdue`: the first `by` date has passed, so its promise is broken already. What lies on the shelf for one parcel
    has none.
    """

    order_id: str
    line_id: str
    sku: str
    units: int
    days: int
    first_by: str
    by: str
    overdue: bool
    more: int = 0


def oldest_lines(orders: Iterable[OrderView], *, now: datetime, limit: int) -> list[Waiting]:
    """The `limit` longest waiting lines of these orders by `placed_at`, at most three of any one order."""
    waiting = sorted(
        (view for view in orders if any(line.waiting for line in view.lines)),
        key=lambda view: (view.head.placed_at, view.head.id),
    )
    rows = (row for view in waiting for row in _rows(view, now))
    return [row for row, _ in zip(rows, range(limit), strict=False)]


def _rows(view: OrderView, now: datetime) -> Iterator[Waiting]:
    lines = [line for line in view.lines if line.waiting]
    for n, line in enumerate(lines[:LINES_OF_AN_ORDER], start=1):
        promised = to_keep(view.head, line)
        yield Waiting(
            order_id=view.head.order_id,
            line_id=line.line_id,
            sku=line.sku,
            units=line.waiting,
            days=max(0, micros(now) - view.head.placed_at) // _DAY,
            first_by=_by(line.first_promise),
            by=_by(line.promise),
            overdue=promised is not None and promised.by is not None and promised.by < micros(now),
            more=len(lines) - n if n == LINES_OF_AN_ORDER else 0,
        )


def _by(promise: Promise | None) -> str:
    return (day_of(promise.by) if promise else None) or "none yet"
