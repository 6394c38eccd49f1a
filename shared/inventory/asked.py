"""Units asked for of a SKU, day by day: what forecasts are made of.

They stand on the SKU's counters and are added in the same write that adds to `waiting`, so each line is counted as
often as its demand is: once. Days are UTC, whatever the merchant's time zone: every day then has 24 hours, a changed
setting spoils nothing, and the shop's week is learned, so it need not begin at anybody's midnight.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

KEPT_DAYS = 14
"""Days on the counters, at most. The nightly watch takes over what is finished; it may miss a fortnight."""


def day_of(at: datetime) -> int:
    """The proleptic ordinal of an instant's UTC day."""
    return at.toordinal()


def outdated(days: Iterable[int], today: int) -> list[int]:
    """The days that no longer belong on the counters."""
    return sorted(day for day in days if day <= today - KEPT_DAYS)
