"""What a customer was last told against what is true now: whatever differs enough is news.

Dates are compared with what was told, not with the revision before, so that many small drifts add up and one that is
taken back adds nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.backorders.lookup import OrderView
from shared.backorders.model import Line
from shared.backorders.quote import shown
from shared.backorders.withdrawal import withdrawn_at
from shared.consent.duty import Due
from shared.consent.model import Delay
from shared.kernel.clock import DAY, micros
from shared.notifications.sensitivity import felt
from shared.notifications.told import LineTold, Told
from shared.promising.promise import last_date
from shared.settings.model import MerchantSettings

STRENGTH = (
    "withdrawal_confirmed",
    "cancelled",
    "decision_needed",
    "shipped",
    "released",
    "promise_later",
    "promise_earlier",
    "accepted",
    "still_waiting",
)
"""Kinds of mail about an order, strongest first: the first one that applies names the mail."""

_DAY = DAY // timedelta(microseconds=1)


@dataclass(frozen=True)
class Change:
    """One line's news of one kind: the units concerned, and for a moved date what was told before.

    `was_waiting` is false where units had been told to be here and now wait again.
    """

    kind: str
    line: Line
    units: int
    was: int | None = None
    was_waiting: bool = True


@dataclass(frozen=True)
class News:
    """Everything an order has to tell, in the order of its lines."""

    changes: tuple[Change, ...] = ()
    withdrawn: int = 0
    """When the customer withdrew from the contract, if nobody has confirmed it yet."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds there is news of, strongest first."""
        found = {change.kind for change in self.changes} | ({"withdrawal_confirmed"} if self.withdrawn else set())
        return tuple(kind for kind in STRENGTH if kind in found)

    @property
    def strongest(self) -> str | None:
        return self.kinds[0] if self else None

    def of(self, kind: str) -> list[Change]:
        return [change for change in self.changes if change.kind == kind]

    def __bool__(self) -> bool:
        return bool(self.changes or self.withdrawn)


def news_of(view: OrderView, told: Told, settings: MerchantSettings, now: datetime, due: Due | None = None) -> News:
    """What this order has to tell. The same state told before, however often asked, has none; nor has one whose
    customer was erased.

    `due` is the notice that a rule of law asks for: its lines are news, however little their date moved.
    """
    if view.head.erased_at is not None:
        return News()
    changes: list[Change] = []
    together = _together(view, told)
    for line in view.lines:
        before = told.lines.get(line.position)
        changes += _moved(line, before or _NEW)
        if before is None:
            changes.append(Change("accepted", line, line.ordered))
        if due is not None and (delay := _noticed(line, view, due)):
            kind = "decision_needed" if due.rule.asks and not delay.milder else "promise_later"
            changes.append(Change(kind, line, line.waiting or line.open or line.released, delay.was))
        elif before is None:
            changes += _later_than_quoted(line, felt(line, view.head.currency, settings), micros(now))
        else:
            changes += _dated(line, before, together, felt(line, view.head.currency, settings), micros(now))
    declared = withdrawn_at(view.head)
    news = News(tuple(changes), declared if declared > told.withdrawn else 0)
    return news or News(_still_waiting(view, told, settings, micros(now)))


_NEW = LineTold(waiting=0, handed=0, shipped=0, cancelled=0, switched=0, by=None)


def _by(line: Line) -> int | None:
    return line.promise.by if line.promise else None


def _moved(line: Line, before: LineTold) -> list[Change]:
    """News of quantities. Units shipped since are not told as released on top."""
    handed = line.released + line.shipped
    found = {
        "cancelled": line.cancelled - before.cancelled,
        "shipped": line.shipped - before.shipped,
        "released": handed - max(before.handed, line.shipped),
    }
    return [Change(kind, line, units) for kind, units in found.items() if units > 0]


def _noticed(line: Line, view: OrderView, due: Due) -> Delay | None:
    """The line's part in the notice that is due, but for one that keeps others company and was told of it before."""
    delay, undecided = due.round.delay(line.position), view.consents.undecided
    return None if delay and delay.milder and undecided and undecided.delay(line.position) else delay


@dataclass(frozen=True)
class _Together:
    """When one parcel leaves: as it was told and as it stands, by the last of its lines."""

    was: int | None
    by: int | None


def _together(view: OrderView, told: Told) -> _Together | None:
    if view.head.shipping != "hold":
        return None
    known = [line for line in view.lines if line.open and line.position in told.lines]
    was = last_date(told.lines[line.position].by for line in known)
    return _Together(was, last_date(_by(line) for line in known if line.waiting))


def _dated(
    line: Line, before: LineTold, together: _Together | None, settings: MerchantSettings, now: int
) -> list[Change]:
    """News of the date, of units that still wait. Of one parcel it counts when that leaves: what lies here until the
    last item comes is not late, and one item that comes sooner brings nothing."""
    if not line.waiting:
        return []
    was = before.by if together is None else together.was
    later = is_later(was, _by(line), settings, now)
    if together and later is False:
        sooner = (is_later(before.by, _by(line), settings, now), is_later(was, together.by, settings, now))
        later = False if sooner == (False, False) else None
    if later is None:
        return []
    kind = "promise_later" if later else "promise_earlier"
    return [Change(kind, line, line.waiting, was, before.waiting > 0)]


def _still_waiting(view: OrderView, told: Told, settings: MerchantSettings, now: int) -> tuple[Change, ...]:
    """Silence is news too, once it has lasted: who waits for weeks wants to know that nobody forgot him, and so does
    he whose units are here and do not leave."""
    silent = now - told.at
    if not settings.still_waiting_days or silent < settings.still_waiting_days * _DAY:
        return ()
    waiting = tuple(Change("still_waiting", line, line.waiting) for line in view.lines if line.waiting)
    here = ((line, line.allocated + line.released) for line in view.lines)
    return waiting or tuple(Change("still_waiting", line, units) for line, units in here if units)


def _later_than_quoted(line: Line, settings: MerchantSettings, now: int) -> list[Change]:
    """A quote was read before the order: what became of it is told with the first mail, if it got worse."""
    quoted = shown(line)
    if quoted is None or not line.waiting or not is_later(quoted.by, _by(line), settings, now):
        return []
    return [Change("promise_later", line, line.waiting, quoted.by)]


def is_later(was: int | None, by: int | None, settings: MerchantSettings, now: int) -> bool | None:
    """Of the dates told and standing at `now`, in microseconds. True: worse than what was told, False: better, None:
    not news. Losing a date is worse, getting one is better."""
    if was is None or by is None:
        return None if was == by else by is None
    remaining = max(0, was - now)
    moved = abs(by - was)
    enough = moved > settings.news_threshold_days * _DAY
    enough = enough and 100 * moved > settings.news_threshold_percent * remaining
    return by > was if enough else None
