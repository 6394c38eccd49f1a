"""The days that count in law: when the goods of a line were to leave, and what can be said of that now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.backorders.lookup import OrderView
from shared.backorders.model import Line
from shared.consent.rules import RulePack
from shared.kernel.clock import DAY, micros
from shared.promising.promise import last_date

_DAY = DAY // timedelta(microseconds=1)

PACKED_DAYS = 3
"""What was packed leaves as soon as a carrier comes: so long it is not called late, weekends included."""


@dataclass(frozen=True)
class Dates:
    """What is to be judged of a line, in microseconds: the date its customer counts on (None once he agreed to wait
    without one) and those that can be given now; `dated` if there was one at first. `here`: nothing of it waits, and
    there is no other day but that on which it is sent; `leeway`: how long after its day that is not called late."""

    counted_on: int | None
    likely: int | None
    by: int | None
    dated: bool
    here: bool = False
    leeway: int = 0

    def passed(self, now: datetime) -> bool:
        """Whether the day counted on is over."""
        return self.counted_on is not None and micros(now) > self.counted_on + self.leeway


def dates_of(view: OrderView, pack: RulePack) -> dict[int, Dates]:
    """By position, of the lines that can be late: those of which units are still to be sent.

    Who asked for one parcel agreed that what is here waits for what is not: all of it counts as promised for the day
    of its last item, and all of it is late when that item is.
    """
    waiting = [line for line in view.lines if line.waiting and line.promise is not None]
    dates = {line.position: _waiting(line, view, pack) for line in waiting}
    here = dict(_here(view, pack))
    if view.head.shipping != "hold" or not dates:
        return here | dates
    parcel = [line for line in view.lines if line.open]
    whole = Dates(
        last_date(counted_on_of(line, view, pack) for line in parcel),
        last_date(one.likely for one in dates.values()),
        last_date(one.by for one in dates.values()),
        any(one.dated for one in dates.values()),
    )
    return here | {line.position: whole for line in parcel}


def _waiting(line: Line, view: OrderView, pack: RulePack) -> Dates:
    first, promise = line.first_promise, line.promise
    dated = first is not None and first.by is not None
    likely, by = (promise.likely, promise.by) if promise else (None, None)
    return Dates(counted_on_of(line, view, pack), likely, by, dated)


def _here(view: OrderView, pack: RulePack) -> Iterator[tuple[int, Dates]]:
    """Of lines whose units are set aside (held back, or for a parcel) or packed, and were not sent."""
    live = [line for line in view.lines if line.live]
    parcel = last_date(_to_be_sent(line, view, pack) for line in live) if view.head.shipping == "hold" else None
    for line in view.lines:
        if not line.waiting and (line.allocated or line.released):
            counted_on = parcel if view.head.shipping == "hold" else _to_be_sent(line, view, pack)
            leeway = 0 if line.allocated else _leeway(line, counted_on)
            yield line.position, Dates(counted_on, None, None, dated=True, here=True, leeway=leeway)


def _leeway(line: Line, counted_on: int | None) -> int:
    packed_at = max((entry.at for entry in line.log if entry.move == "release"), default=0)
    return PACKED_DAYS * _DAY + max(0, packed_at - (counted_on or packed_at))


def _to_be_sent(line: Line, view: OrderView, pack: RulePack) -> int | None:
    """As counted on; to be in stock when ordered names no day of sending, so that the law's own period holds."""
    first, day = line.first_promise, counted_on_of(line, view, pack)
    named = first is None or first.basis != "stock" or first.by != day
    return day if named or day is None else view.head.recorded_at + pack.default_days * _DAY


def counted_on_of(line: Line, view: OrderView, pack: RulePack) -> int | None:
    """The date the customer counts on; None once he agreed to wait without one."""
    for asked in reversed(view.consents.rounds):
        delay = asked.delay(line.position)
        if delay is not None and asked.state in {"given", "silent", "refused"}:
            return delay.now
        if delay is not None and asked.state == "lapsed":
            return asked.deadline
    first = line.first_promise
    if first is not None and first.by is not None:
        return first.by
    return view.head.recorded_at + pack.default_days * _DAY
