"""How often a line can be changed: what happened to it stands in its own record, and a record holds so much.

A record is one item of the table (400 KB). Clients may fill part of it; the rest is for what the service itself has to
write about the line: allocation, release, shipment, new dates. Changes that take all that is left of a line are
refused to nobody, because after them nothing is left to be changed.
"""

from __future__ import annotations

from collections.abc import Iterable

from shared.backorders.model import Entry, Line, LineChange, OrderedLine, Promise
from shared.kernel.errors import Conflict, FieldError

MOST_BYTES = 250_000
_ABOUT = 80  # numbers, quotes and the mark of an entry
_NEVER_FULL = MOST_BYTES // (4 * 400)  # entries of the longest texts there are


def check_room(changes: Iterable[LineChange]) -> None:
    """Raises Conflict if a line has been changed too often to be changed in part once more."""
    for change in changes:
        if change.after.open and _full(change.line):
            detail = "was changed too often to be changed in part: cancel or switch all that is left of it"
            raise Conflict(
                f"line {change.line.line_id} {detail}",
                errors=(FieldError(f"/lines/{change.line.line_id}", detail),),
            )


def check_new_line(lines: Iterable[OrderedLine]) -> None:
    """Raises Conflict if an order has been given too many lines by switches to be given another."""
    added = (line for line in lines if line.switched_from)
    texts = (f"{line.line_id}{line.sku}{line.unit_price}{line.switched_from}" for line in added)
    if sum(len(text.encode()) + _ABOUT for text in texts) > MOST_BYTES:
        raise Conflict("lines were switched too often: cancel what is left, and place another order")


def _full(line: Line) -> bool:
    if len(line.log) + len(line.promises) < _NEVER_FULL:
        return False
    return sum(map(_bytes, line.log)) + sum(map(_bytes, line.promises)) > MOST_BYTES


def _bytes(what: Entry | Promise) -> int:
    actor = what.actor if isinstance(what, Entry) else ""
    return len(f"{actor}{what.cause}".encode()) + _ABOUT
