"""Dates without a time, where people give days."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from typing import Any

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def day_or_instant(value: Any) -> Any:
    """A date without a time is noon UTC: the same date nearly everywhere."""
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return value
    try:
        return datetime.combine(date.fromisoformat(value), time(12), tzinfo=UTC)
    except ValueError as error:
        raise ValueError("must be a date such as 2026-01-20") from error
