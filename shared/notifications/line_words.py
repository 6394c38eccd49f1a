"""What becomes of the units of a line, in words: of one line, and of many added up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from shared.backorders.model import BUCKETS, Backorder, Line
from shared.kernel.clock import from_micros, micros
from shared.notifications.language import Language

_TOLD_ORDER = ("shipped", "released", "allocated", "waiting", "cancelled", "switched")
assert set(_TOLD_ORDER) == set(BUCKETS)


def in_words(line: Line, head: Backorder, words: Language, now: datetime) -> str:
    """Of one line of this order, whatever is shipped first."""
    parts = []
    for bucket in _TOLD_ORDER:
        units = getattr(line, bucket)
        if units:
            by = by_of(line)
            wording, date = _wording(line, bucket, head, now), words.date(from_micros(by).date()) if by else ""
            if units == line.ordered:
                parts.append(words(f"all.{wording}", date=date))
            else:
                parts.append(words.count(f"some.{wording}", units, date=date))
    return "; ".join(parts)


def added_up(rest: Sequence[Line], words: Language) -> str:
    """Of the lines that are not shown one by one; empty if there are none."""
    if not rest:
        return ""
    sums = [(bucket, sum(getattr(line, bucket) for line in rest)) for bucket in _TOLD_ORDER]
    totals = [words.count(f"total.{bucket}", units) for bucket, units in sums if units]
    return f"{words.count('order.more_lines', len(rest))}: {'; '.join(totals)}"


def by_of(line: Line) -> int | None:
    """The date promised for it, in microseconds; None if there is none."""
    return line.promise.by if line.promise else None


def in_stock(line: Line) -> bool:
    """Whether it is promised from the shelf."""
    return line.promise is not None and line.promise.basis == "stock"


def _wording(line: Line, bucket: str, head: Backorder, now: datetime) -> str:
    hold = head.shipping == "hold"
    if bucket == "allocated":
        return "allocated" if hold or head.release == "held" else "in_stock"
    if bucket != "waiting":
        return bucket
    by = by_of(line)
    if by is None:
        return "undated"
    if in_stock(line):
        return "here" if hold else "in_stock"
    return "late" if by < micros(now) else "waiting"
