from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.clock import from_micros, micros
from shared.promising.lead_times.working_time import EVERY_DAY, WorkingTime, learned

WEEKEND = frozenset({5, 6})
FRIDAY_NOON = micros(datetime(2026, 1, 9, 12, tzinfo=UTC))


def day(at: int) -> date:
    return from_micros(at).date()


def test_one_working_day_from_friday_noon_is_monday_noon() -> None:
    working = WorkingTime(WEEKEND)
    assert from_micros(working.instant(working.position(FRIDAY_NOON) + 1)) == datetime(2026, 1, 12, 12, tzinfo=UTC)


def test_a_holiday_is_no_working_day() -> None:
    working = WorkingTime(WEEKEND, frozenset({date(2026, 1, 12)}))
    assert day(working.instant(working.position(FRIDAY_NOON) + 1)) == date(2026, 1, 13)


def test_a_holiday_on_a_closed_day_takes_nothing_away() -> None:
    working = WorkingTime(WEEKEND, frozenset({date(2026, 1, 11)}))
    assert day(working.instant(working.position(FRIDAY_NOON) + 1)) == date(2026, 1, 12)


def test_a_week_without_any_open_day_is_refused() -> None:
    with pytest.raises(ValueError, match="a day on which goods arrive"):
        WorkingTime(frozenset(range(7)))


@given(
    closed=st.frozensets(st.integers(0, 6), max_size=6),
    holidays=st.frozensets(st.dates(date(2026, 1, 1), date(2026, 3, 1)), max_size=20),
    days=st.floats(0, 120),
)
def test_a_date_falls_on_an_open_day_and_is_as_far_away_as_was_asked(
    closed: frozenset[int], holidays: frozenset[date], days: float
) -> None:
    working = WorkingTime(closed, holidays)
    start = working.position(FRIDAY_NOON)
    found = working.instant(start + days)
    assert day(found).weekday() not in closed
    assert day(found) not in holidays
    assert found >= FRIDAY_NOON - 1
    assert working.position(found) == pytest.approx(start + days, abs=1e-6)


def test_weekdays_without_arrivals_are_learned_once_there_is_enough_to_see() -> None:
    monday = datetime(2026, 1, 5, 10, tzinfo=UTC)
    arrivals = [micros(monday + timedelta(days=7 * week + day)) for week in range(12) for day in range(5)]
    assert learned(arrivals).closed == WEEKEND
    assert learned(arrivals[:49]) == EVERY_DAY
