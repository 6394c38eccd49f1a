"""Schedule expressions of EventBridge Scheduler: `rate(...)`, `cron(...)` and `at(...)`, with time zones.

Around a change of the clocks it does what the scheduler does: a local time that does not exist is left out, one that
exists twice runs once.
"""

from __future__ import annotations

import calendar
import re
from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

from infra.local.template import TemplateError

_MONTHS = {name.upper(): n for n, name in enumerate(calendar.month_abbr) if name}
_DAYS = {name: n for n, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), start=1)}
_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)")
_CRON = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)")
_LAST_YEAR = 2199


class Schedule(Protocol):
    """When something runs."""

    def next_after(self, instant: datetime) -> datetime | None:
        """The first run strictly after `instant` (aware UTC), or None if there is none."""


@dataclass(frozen=True)
class Rate:
    """Every `period`, counted from `start`."""

    start: datetime
    period: timedelta

    def next_after(self, instant: datetime) -> datetime | None:
        """The next whole period after the start."""
        return self.start + max((instant - self.start) // self.period + 1, 1) * self.period


@dataclass(frozen=True)
class At:
    """Once."""

    instant: datetime

    def next_after(self, instant: datetime) -> datetime | None:
        """The one instant, while it lies ahead."""
        return self.instant if self.instant > instant else None


@dataclass(frozen=True)
class Cron:
    """The six fields minutes, hours, day of month, month, day of week and year, in a time zone."""

    fields: tuple[str, str, str, str, str, str]
    zone: ZoneInfo

    def next_after(self, instant: datetime) -> datetime | None:
        """The next local time that matches, going day by day."""
        return _next_of(self, instant)

    def look_from(self, instant: datetime) -> datetime | None:
        """The same, not remembered."""
        local = instant.astimezone(self.zone)
        day, last = local.date(), date(_LAST_YEAR, 12, 31)
        while day <= last:
            if day.year not in self._years:
                day = date(day.year + 1, 1, 1)
            elif day.month not in self._months:
                day = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
            else:
                # Earlier hours of the day have been, even where the clocks went back: they exist once, or came before.
                past = local.hour if day == local.date() else 0
                run = self._first_on(day, past, instant) if self._matches_day(day) else None
                if run is not None:
                    return run
                day += timedelta(days=1)
        return None

    @cached_property
    def _minutes(self) -> list[int]:
        return sorted(_values(self.fields[0], 0, 59))

    @cached_property
    def _hours(self) -> list[int]:
        return sorted(_values(self.fields[1], 0, 23))

    @cached_property
    def _months(self) -> frozenset[int]:
        return frozenset(_values(self.fields[3], 1, 12, _MONTHS))

    @cached_property
    def _years(self) -> frozenset[int]:
        return frozenset(_values(self.fields[5], 1970, _LAST_YEAR))

    def check(self) -> None:
        """Raise TemplateError for fields that are not understood."""
        day_of_month, day_of_week = self.fields[2], self.fields[4]
        if (day_of_month == "?") == (day_of_week == "?"):
            raise TemplateError(f"cron: exactly one of day of month and day of week is ?: {self.fields}")
        for values in (self._minutes, self._hours, self._months, self._years):
            if not values:
                raise TemplateError(f"cron: a field matches nothing: {self.fields}")
        self._matches_day(date(2026, 1, 1))

    def _matches_day(self, day: date) -> bool:
        if self.fields[2] != "?":
            return day.day in _days_of_month(self.fields[2], day.year, day.month)
        return _matches_day_of_week(self.fields[4], day)

    def _first_on(self, day: date, first_hour: int, after: datetime) -> datetime | None:
        for hour in self._hours[bisect_left(self._hours, first_hour) :]:
            for minute in self._minutes:
                local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=self.zone)
                run = local.astimezone(UTC)
                exists = run.astimezone(self.zone).replace(tzinfo=None) == local.replace(tzinfo=None)
                if exists and run > after:
                    return run
        return None


@lru_cache(maxsize=10_000)
def _next_of(cron: Cron, instant: datetime) -> datetime | None:
    """Remembered: the worlds of a simulation begin at the same few instants, and plan the same runs."""
    return cron.look_from(instant)


def parse_schedule(expression: str, timezone: str, start: datetime) -> Schedule:
    """The schedule an expression means; rates count from `start`. Raises TemplateError."""
    zone = ZoneInfo(timezone)
    if match := _RATE.fullmatch(expression):
        return Rate(start, timedelta(**{match[2] + "s": int(match[1])}))
    if match := _AT.fullmatch(expression):
        return At(datetime.fromisoformat(match[1]).replace(tzinfo=zone).astimezone(UTC))
    if match := _CRON.fullmatch(expression):
        minutes, hours, month_days, months, week_days, years = match.groups()
        cron = Cron((minutes, hours, month_days, months, week_days, years), zone)
        cron.check()
        return cron
    raise TemplateError(f"not a schedule expression: {expression}")


def _values(text: str, low: int, high: int, names: dict[str, int] | None = None) -> set[int]:
    """The numbers a field of `*`, lists, ranges and steps stands for."""
    values: set[int] = set()
    for part in text.split(","):
        body, _, step = part.partition("/")
        first, dash, last = body.partition("-")
        start = low if body in ("*", "?") else _number(first, low, high, names)
        open_end = high if step or body in ("*", "?") else start
        end = _number(last, low, high, names) if dash else open_end
        values.update(range(start, end + 1, int(step or 1)))
    return values


def _number(text: str, low: int, high: int, names: dict[str, int] | None) -> int:
    value = (names or {}).get(text.upper())
    if value is None:
        if not text.isdecimal() or not low <= int(text) <= high:
            raise TemplateError(f"cron: {text!r} is not in {low} to {high}")
        value = int(text)
    return value


def _days_of_month(text: str, year: int, month: int) -> set[int]:
    last = calendar.monthrange(year, month)[1]
    if text == "L":
        return {last}
    if text.endswith("W"):
        return {_nearest_weekday(year, month, int(text[:-1]), last)}
    return {day for day in _values(text, 1, 31) if day <= last}


def _nearest_weekday(year: int, month: int, day: int, last: int) -> int:
    day = min(day, last)
    weekday = calendar.weekday(year, month, day)
    if weekday == calendar.SATURDAY:
        return day - 1 if day > 1 else day + 2
    if weekday == calendar.SUNDAY:
        return day + 1 if day < last else day - 2
    return day


def _matches_day_of_week(text: str, day: date) -> bool:
    number = day.isoweekday() % 7 + 1  # 1 is Sunday
    if text.endswith("L"):
        last = calendar.monthrange(day.year, day.month)[1]
        return number == _number(text[:-1] or "7", 1, 7, _DAYS) and day.day > last - 7
    if "#" in text:
        wanted, _, nth = text.partition("#")
        return number == _number(wanted, 1, 7, _DAYS) and (day.day - 1) // 7 + 1 == int(nth)
    return number in _values(text, 1, 7, _DAYS)
