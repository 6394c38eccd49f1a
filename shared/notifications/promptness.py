"""How soon customers hear of a delay, and how often they hear at all: figures about the mails that are sent."""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.kernel.clock import micros
from shared.notifications.news import Change, is_later
from shared.notifications.sensitivity import felt
from shared.notifications.telling import Telling
from shared.settings.model import MerchantSettings

_DELAYS = ("decision_needed", "promise_later")
_WEEK = timedelta(weeks=1) // timedelta(microseconds=1)


def delayed_since(telling: Telling, settings: MerchantSettings) -> int:
    """When it was first known that a line comes later than its customer was told (microseconds), of the lines of which
    this mail says so the longest known. 0 if it tells of no delay that is new.

    Known is a delay from the first revision of the promise on that is late enough to be told, if all that follow are
    too: small drifts add up to a delay on the day on which they are enough, one that is taken back never was one. Where
    a law asks for the notice, every later date is one.
    """
    if telling.again is not None:
        return 0
    asked = {delay.position for delay in telling.due.round.delays} if telling.due else set()
    moved = [change for kind in _DELAYS for change in telling.news.of(kind)]
    currency = telling.view.head.currency
    known = [_since(one, felt(one.line, currency, settings), legal=one.line.position in asked) for one in moved]
    return min((at for at in known if at), default=0)


def mails_a_week(mails: int, recorded_at: int, now: datetime) -> float:
    """Of an order that had so many mails since it was recorded; a younger one counts as a week old."""
    return round(mails * _WEEK / max(_WEEK, micros(now) - recorded_at), 2)


def _since(change: Change, settings: MerchantSettings, *, legal: bool) -> int:
    since, was = 0, change.was
    for promise in reversed(change.line.promises):
        later = was is not None and (promise.by is None or promise.by > was)
        if not (later if legal else is_later(was, promise.by, settings, promise.at)):
            break
        since = promise.at
    return since
