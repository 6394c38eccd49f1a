"""The shop's week."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from shared.forecasting.history import discount
from shared.forecasting.rhythm import Rhythm, TradingDays, one_day, weekday_of

MONDAY = date(2011, 3, 7).toordinal()
SATURDAY = 5


def weeks(number: int, *active: int) -> Rhythm:
    rhythm = Rhythm()
    for day in range(7 * number):
        rhythm += one_day(MONDAY + day, active[day % 7])
    return rhythm


def test_weekdays_are_those_of_the_calendar() -> None:
    days = [date(2026, 1, 5) + timedelta(n) for n in range(8)]

    assert [weekday_of(day.toordinal()) for day in days] == [day.weekday() for day in days]


def test_a_weekday_on_which_nobody_ever_orders_counts_nothing() -> None:
    weights = weeks(4, 50, 50, 50, 50, 50, 0, 50).weights

    assert weights[SATURDAY] == 0
    assert all(weight > 1 for weekday, weight in enumerate(weights) if weekday != SATURDAY)


def test_a_weekday_without_demand_is_not_closed_while_little_is_sold_anyway() -> None:
    assert weeks(1, 1, 1, 1, 0, 1, 0, 0).weights[SATURDAY] > 0


def test_a_busy_weekday_counts_more_the_longer_it_has_been_seen() -> None:
    one, many = (weeks(n, 20, 10, 10, 10, 10, 0, 10).weights[0] for n in (1, 20))

    assert 1 < one < many < 2


def test_without_any_demand_all_days_are_alike() -> None:
    assert weeks(2, *[0] * 7).weights == (1.0,) * 7
    assert Rhythm().weights == (1.0,) * 7


def test_days_ahead_leave_out_those_on_which_the_shop_is_closed() -> None:
    closed = tuple(0.0 if weekday == SATURDAY else 1.0 for weekday in range(7))
    friday = TradingDays(closed, MONDAY + 4)

    assert [friday.ahead(days) for days in (0, 1, 2, 7, 8, 15)] == [0, 0, 1, 6, 6, 12]


def test_past_days_are_discounted_as_histories_are() -> None:
    trading = TradingDays((1.0,) * 7, MONDAY)

    assert trading.since(MONDAY) == 0
    assert trading.since(MONDAY - 3) == pytest.approx(1 + discount(1) + discount(2))
    assert trading.since(MONDAY - 10**6) == pytest.approx(1 / (1 - discount(1)), rel=0.01)
