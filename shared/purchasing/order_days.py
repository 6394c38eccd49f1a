"""When a supplier is ordered from, and when the goods can be expected.

An order day ends at the merchant's cut-off, local time; the first hourly run at or after it orders. A cut-off that a
clock change skips or repeats is the instant it would have been (the first of the two), so every order day has exactly
one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from math import ceil

from shared.catalog.model import Supplier
from shared.kernel.clock import DAY, from_micros, micros
from shared.promising.lead_times.card import still_out
from shared.purchasing.lines import Dates
from shared.settings.model import MerchantSettings

_HOUR = timedelta(hours=1)
_MOMENT = timedelta(seconds=1)
_WEEK = 7
_DAY_MICROS = DAY // timedelta(microseconds=1)


def is_order_day(supplier: Supplier, day: date) -> bool:
    """By the card as it is."""
    return day.weekday() in supplier.order_days and day.isoformat() not in supplier.holidays


def local_day(settings: MerchantSettings, at: datetime) -> date:
    """The merchant's date at an instant."""
    return at.astimezone(settings.zone).date()


def cut_off(settings: MerchantSettings, day: date) -> datetime:
    """The instant at which an order day ends."""
    hour, minute = map(int, settings.order_cut_off.split(":"))
    return datetime.combine(day, time(hour, minute), tzinfo=settings.zone).astimezone(UTC)


def next_order_day(supplier: Supplier, after: date) -> date:
    """The first order day after a date."""
    return next(day for day in _days_from(supplier, after + timedelta(days=1)) if is_order_day(supplier, day))


def _days_from(supplier: Supplier, first: date) -> Iterator[date]:
    """Days in a row of which several are order days, whatever holidays there are."""
    return (first + timedelta(days=n) for n in range(_WEEK * (3 + len(supplier.holidays))))


def due_day(supplier: Supplier, settings: MerchantSettings, since: datetime, now: datetime) -> date | None:
    """The latest order day whose cut-off lies in (since, now]; None if there is none.

    `since` is when the schedule last ran, so that a late run makes up for what it missed, once. It missed nothing on a
    day that was no order day yet when it would have run.
    """
    today = local_day(settings, now)
    for back in range(_WEEK + 1):
        day = today - timedelta(days=back)
        ends = cut_off(settings, day)
        if ends <= since:
            return None
        if ends <= now and is_order_day(supplier, day) and _known_then(supplier, day, ends):
            return day
    return None


def _known_then(supplier: Supplier, day: date, ends: datetime) -> bool:
    since = dict(supplier.order_days_since).get(day.weekday())
    return since is None or from_micros(since) < _hourly_run(ends)


def next_order_time(supplier: Supplier, settings: MerchantSettings, after: datetime) -> datetime:
    """The next instant at which the schedule orders from this supplier, strictly after `after`."""
    for day in _days_from(supplier, local_day(settings, after) - timedelta(days=1)):
        if is_order_day(supplier, day):
            run = _hourly_run(cut_off(settings, day))
            if run > after:
                return run
    raise AssertionError("every week has an order day, and holidays end")


def last_day(supplier: Supplier, oldest: int) -> datetime:
    """Until when a basket may be held whose oldest line was placed at `oldest` (microseconds)."""
    return from_micros(oldest) + timedelta(days=supplier.max_wait_days)


def last_order_time(supplier: Supplier, settings: MerchantSettings, oldest: int) -> datetime:
    """The run that orders such a basket at the latest: that of the first order day once the wait is over."""
    return next_order_time(supplier, settings, last_day(supplier, oldest) - _MOMENT)


def _hourly_run(at: datetime) -> datetime:
    """The first full hour at or after an instant."""
    full = at.replace(minute=0, second=0, microsecond=0)
    return full if full == at else full + _HOUR


def expected(supplier: Supplier, anchor: datetime) -> Dates:
    """Dates of goods ordered at `anchor`: by what the supplier did so far, else by the lead time of his card."""
    if supplier.learned is not None:
        return Dates(*supplier.learned.dates(micros(anchor), holidays=_holidays(supplier)))
    days = supplier.lead_time_likely, supplier.lead_time_by
    likely, by = (_delivered(supplier, micros(anchor + n * DAY)) for n in days)
    return Dates(likely, by)


def _holidays(supplier: Supplier) -> frozenset[date]:
    return frozenset(map(date.fromisoformat, supplier.holidays))


def _delivered(supplier: Supplier, at: int) -> int:
    """The same time of the first day from then on on which he delivers; in microseconds, days as UTC has them."""
    closed = supplier.learned.closed if supplier.learned else ()
    while (day := from_micros(at).date()).weekday() in closed or day.isoformat() in supplier.holidays:
        at += _DAY_MICROS
    return at


def overdue(supplier: Supplier, dates: Dates, sent_at: int | None, now: datetime) -> Dates:
    """Dates of goods whose likely date has passed: what is known of goods that took so long already; see `pushed`."""
    later = pushed(dates, now)
    if sent_at is None:
        return Dates(_delivered(supplier, later.likely), _delivered(supplier, later.by))
    if supplier.learned is not None:
        likely, by = supplier.learned.dates(sent_at, micros(now), _holidays(supplier))
    else:
        likely, by = _by_card(supplier, from_micros(sent_at), now) or (later.likely, later.by)
    likely = _delivered(supplier, max(later.likely, likely))
    return Dates(likely, _delivered(supplier, max(by, likely + _DAY_MICROS)))


def _by_card(supplier: Supplier, sent: datetime, now: datetime) -> tuple[int, int] | None:
    """By the card alone, once its own likely time has passed; until then only a date that he named has."""
    if now - sent <= supplier.lead_time_likely * DAY:
        return None
    days = still_out(supplier.lead_time_likely, supplier.lead_time_by, (now - sent) / DAY)
    likely, by = (micros(sent + ceil(24 * took) * _HOUR) for took in days)
    return likely, by


def confirmed(supplier: Supplier, date_given: datetime, now: datetime) -> Dates:
    """Dates after the supplier has named one. The day that he names stands, whatever day it is. How late he is after
    dates that he names is learned from those he named before; in any case `by` allows a fifth of the time left (a day
    at least, never more than the lead time's own spread), because confirmed dates slip too."""
    likely = by = date_given
    if supplier.learned is not None and supplier.learned.slip is not None:
        likely, by = (date_given + timedelta(minutes=late) for late in supplier.learned.slip)
    usual = expected(supplier, now)
    spread = timedelta(microseconds=usual.by - usual.likely)
    slack = min(spread, max(DAY, (date_given - now) / 5))
    named = micros(likely) if likely == date_given else _delivered(supplier, micros(likely))
    return Dates(named, _delivered(supplier, max(micros(by), micros(likely + slack))))


def pushed(dates: Dates, now: datetime) -> Dates:
    """Dates of goods whose likely date has passed: tomorrow at the earliest, the cautious date keeps its distance of at
    least a day."""
    likely = max(dates.likely, micros(now + DAY))
    return Dates(likely, max(dates.by, likely + _DAY_MICROS))
