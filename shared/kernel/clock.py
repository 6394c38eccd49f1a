"""The only clock. Aware UTC datetimes; microseconds since the epoch where they are stored or compared."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)

_source: Callable[[], datetime] = lambda: datetime.now(UTC)  # noqa: E731 - replaced by the local runner


def now() -> datetime:
    """The present instant, aware UTC."""
    return _source()


def micros(at: datetime) -> int:
    """Microseconds since 1970-01-01T00:00:00Z; exact, no floats."""
    return (at - EPOCH) // timedelta(microseconds=1)


def from_micros(value: int) -> datetime:
    return EPOCH + timedelta(microseconds=value)


def noon(day: date) -> datetime:
    """The instant that stands for a date that was given without a time: noon UTC. `day_in` reads it back."""
    return datetime.combine(day, time(12), tzinfo=UTC)


def day_in(zone: tzinfo, at: int) -> date:
    """The date of a planned or confirmed instant (microseconds) by a zone's calendar.

    One of noon UTC sharp is its day in UTC whatever the zone: noon UTC is the next day already from UTC+12 on. (So is a
    time that somebody gave as exactly that, which is the midnight after the day in the first of these zones.)
    """
    instant = from_micros(at)
    return instant.date() if instant == noon(instant.date()) else instant.astimezone(zone).date()


def iso(at: datetime) -> str:
    """RFC 3339 in UTC with `Z`; microseconds only where there are any."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def parse_iso(text: str) -> datetime:
    """Inverse of `iso`. Raises ValueError; a time without offset is refused."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time needs an offset, e.g. Z")
    return at.astimezone(UTC)
