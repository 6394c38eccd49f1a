"""Dates without a time, where people give days, and the years in which every given time must lie."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from shared.kernel.clock import noon

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_EARLIEST_YEAR, _LATEST_YEAR = 1970, 2199  # stored times stay positive and of one width


def within_years(at: datetime) -> datetime:
    """The same time. Raises ValueError for one that lies beyond all planning."""
    if not _EARLIEST_YEAR <= at.year <= _LATEST_YEAR:
        raise ValueError(f"must lie between the years {_EARLIEST_YEAR} and {_LATEST_YEAR}")
    return at


def day_or_instant(value: Any) -> Any:
    """A date without a time is noon UTC, which is read back as that date in every zone (`day_in`). Any other
    value is given back as it is.

    Raises ValueError for a day that the calendar does not have or that lies outside the years of `within_years`.
    """
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return value
    try:
        day = date.fromisoformat(value)
    except ValueError as error:
        raise ValueError("must be a date such as 2026-01-20") from error
    return within_years(noon(day))
