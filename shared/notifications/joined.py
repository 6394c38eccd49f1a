"""A later date and the law's notice of it in one mail: told hours apart, the second would say little that is new."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from shared.backorders.lookup import OrderView
from shared.kernel.clock import from_micros, micros
from shared.notifications.telling import duty_of
from shared.promising.promise import end_of_day
from shared.settings.model import MerchantSettings

_HOURS = timedelta(hours=12)
"""So near the notice has to be: what is known in the morning is told in the morning."""

_MORNING = timedelta(hours=5)
"""After the end of a day by UTC: deadlines that ended with it are closed, and its promises known to be late."""


def joined_until(kinds: Collection[str], view: OrderView, settings: MerchantSettings, now: datetime) -> datetime | None:
    """Until when news of a later date waits for the notice that the law asks for once this day is over; None if it
    asks for none then."""
    over = from_micros(end_of_day(micros(now)))
    if "promise_later" not in kinds or over - now > _HOURS:
        return None
    morning = over + _MORNING
    return morning if duty_of(_lapsed(view, morning), settings, morning) is not None else None


def _lapsed(view: OrderView, at: datetime) -> OrderView:
    """The order as it is then if nobody answers a question whose silence changes nothing."""
    asked = view.consents.undecided
    if asked is None or asked.on_silence != "wait" or asked.deadline > micros(at):
        return view
    return replace(view, consents=view.consents.closed("lapsed", micros(at), f"rule:{asked.rule}"))
