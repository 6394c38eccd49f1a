"""What a cancellation came to, read from the order: the same for the request that did it and for its repeat."""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.backorders.lookup import OrderView, answered
from shared.backorders.model import Line
from shared.kernel.clock import micros


def cancelled_by(
    view: OrderView, mark: str, lines: tuple[tuple[str, int | None], ...] | None
) -> tuple[dict[str, int], dict[str, int]]:
    """Units per line that the request `mark` cancelled, and those it asked for that are still wanted (also now).

    `lines` is what it named: units (None: all of the line), or None for the whole order.
    """
    at = int((answered(view.head, mark) or "0").partition(":")[0])
    moved = {line.line_id: _last_cancelled(line, at) for line in view.lines if mark in line.did}
    asked = dict(lines) if lines is not None else dict.fromkeys(line.line_id for line in view.lines)
    stayed = {
        line.line_id: line.live - line.shipped if units is None else units - moved.get(line.line_id, 0)
        for line in view.lines
        if line.line_id in asked
        for units in (asked[line.line_id],)
    }
    return _some(moved), _some(stayed)


def time_of_its_own(view: OrderView, now: datetime) -> datetime:
    """Now, or the next microsecond at which nothing of the order was cancelled: by their times cancellations of a line
    are told apart."""
    taken = {entry.at for line in view.lines for entry in line.log if entry.move == "cancel"}
    while micros(now) in taken:
        now += timedelta(microseconds=1)
    return now


def _last_cancelled(line: Line, until: int) -> int:
    """Units of the last cancellation up to a time: a large one that was cut off and resumed has more than one time."""
    times = [entry.at for entry in line.log if entry.move == "cancel" and entry.at <= until]
    return sum(entry.units for entry in line.log if entry.move == "cancel" and entry.at == max(times, default=-1))


def _some(units: dict[str, int]) -> dict[str, int]:
    return {line_id: n for line_id, n in units.items() if n > 0}
