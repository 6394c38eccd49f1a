"""What a customer was told of an order: a snapshot of it.

Telling replaces the whole snapshot: after it nothing is news. The one before is kept beside it, for the mail that tells
may turn out to have reached nobody (`missed`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.backorders.lookup import OrderView
from shared.backorders.model import Line
from shared.backorders.withdrawal import withdrawn_at
from shared.kernel.clock import DAY, micros
from shared.notifications.parcels import parcels_shown

_DAY = DAY // timedelta(microseconds=1)


@dataclass(frozen=True)
class LineTold:
    """One line as it was last told. `handed` are units ever handed to the warehouse (released or shipped by now).

    `by` is the date told for waiting units in microseconds, None if we said that there is no date yet; where nothing
    waited it is the day of telling: the units were here.
    """

    waiting: int
    handed: int
    shipped: int
    cancelled: int
    switched: int
    by: int | None


@dataclass(frozen=True)
class Told:
    """The last telling of an order. `revision` counts claimed mails; no lines means that nothing was told yet.

    `parcels` is how many shipments of each release (by its number) the customer knows; `withdrawn` when the withdrawal
    was declared that was confirmed to him. `mail` is the revision of the mail that told this, which is an earlier one
    if the last was refused; `reached` the last telling before it that is not known to have been lost (None: there was
    none).
    """

    revision: int = 0
    at: int = 0
    lines: Mapping[int, LineTold] = field(default_factory=dict)
    parcels: Mapping[int, int] = field(default_factory=dict)
    withdrawn: int = 0
    mail: int = 0
    reached: Told | None = None


def snapshot(view: OrderView, told: Told, now: datetime) -> Told:
    """The order as it is told by the mail that says all of this."""
    at = micros(now)
    return Told(
        revision=told.revision + 1,
        at=at,
        lines={line.position: _line_told(line, at) for line in view.lines},
        parcels={n: len(parcels) for n, parcels in parcels_shown(view).items() if parcels},
        withdrawn=withdrawn_at(view.head),
        mail=told.revision + 1,
    )


def _line_told(line: Line, at: int) -> LineTold:
    by = line.promise.by if line.promise else None
    return LineTold(
        waiting=line.waiting,
        handed=line.released + line.shipped,
        shipped=line.shipped,
        cancelled=line.cancelled,
        switched=line.switched,
        by=by if line.waiting else _end_of_day(at),
    )


def _end_of_day(at: int) -> int:
    """Promised dates are last seconds of days too: differences are whole days."""
    return at - at % _DAY + _DAY - 1_000_000
