from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.catalog.model import Supplier
from shared.kernel.clock import DAY, from_micros, micros
from shared.promising.lead_times.learned import LEVELS, LeadTime
from shared.promising.promise import day_of
from shared.purchasing.lines import Dates
from shared.purchasing.order_days import (
    confirmed,
    cut_off,
    due_day,
    expected,
    local_day,
    next_order_day,
    next_order_time,
    overdue,
    pushed,
)
from shared.settings.model import MerchantSettings

HOUR = timedelta(hours=1)


def supplier(*weekdays: int) -> Supplier:
    return Supplier(
        "s1", "Northwind", "orders@example.com", order_weekdays=weekdays, lead_time_likely=10, lead_time_by=20
    )


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def zone(name: str, order_cut_off: str = "15:00") -> MerchantSettings:
    return MerchantSettings(time_zone=name, order_cut_off=order_cut_off)


def test_the_order_day_is_a_weekday_in_the_merchants_zone() -> None:
    """Sunday evening in Stockholm is Monday morning in Tokyo."""
    now = at("2026-01-04T22:00")
    assert local_day(zone("Asia/Tokyo"), now) == date(2026, 1, 5)
    assert local_day(zone("Europe/Stockholm"), now) == date(2026, 1, 4)


def resting(*days: str, **more: Any) -> Supplier:
    return replace(supplier(), holidays=days, **more)


def test_nothing_is_ordered_on_a_holiday() -> None:
    christmas = ("2026-12-24", "2026-12-25", "2026-12-28")
    assert next_order_time(resting(*christmas), zone("UTC"), at("2026-12-23T16:00")) == at("2026-12-26T15:00")
    mondays = resting(*christmas, order_weekdays=(0,))
    assert next_order_time(mondays, zone("UTC"), at("2026-12-23T16:00")) == at("2027-01-04T15:00")
    assert next_order_day(mondays, date(2026, 12, 21)) == date(2027, 1, 4)
    assert due_day(mondays, zone("UTC"), at("2026-12-27T00:00"), at("2026-12-28T16:00")) is None


def test_an_order_day_comes_however_many_holidays_there_are() -> None:
    """A hundred Mondays off."""
    off = tuple((date(2026, 1, 5) + timedelta(weeks=n)).isoformat() for n in range(100))
    assert next_order_day(resting(*off, order_weekdays=(0,)), date(2026, 1, 1)) == date(2027, 12, 6)


LEARNED = LeadTime(tuple(level * 10 * 1440 // 1000 for level in LEVELS), closed=(5, 6))


@pytest.mark.parametrize("learned", [None, LEARNED])
def test_no_date_falls_on_a_day_on_which_he_does_not_deliver(learned: LeadTime | None) -> None:
    """Ten and twenty days of the card end on 24 December and 3 January; a date that he names is his own."""
    off = ("2026-12-24", "2026-12-25", "2027-01-01", "2027-01-03", "2027-01-04")
    rests = resting(*off, learned=learned)
    for start in range(14):
        now = at("2026-12-14T09:00") + start * DAY
        named = confirmed(rests, at("2026-12-24T12:00"), now)
        assert day_of(named.likely) == "2026-12-24"
        late = overdue(rests, Dates(micros(now), micros(now)), micros(now - 30 * DAY), now)
        for dates in (expected(rests, now), Dates(named.by, named.by), late):
            for one in (dates.likely, dates.by):
                assert day_of(one) not in off
                assert learned is None or from_micros(one).weekday() not in learned.closed
    if learned is None:
        assert day_of(expected(rests, at("2026-12-14T09:00")).likely) == "2026-12-26"


def test_the_next_order_time_is_the_first_hourly_run_at_or_after_the_cut_off() -> None:
    monday = supplier(0)
    assert next_order_time(monday, zone("UTC"), at("2026-01-05T09:00")) == at("2026-01-05T15:00")
    assert next_order_time(monday, zone("UTC", "15:20"), at("2026-01-05T15:30")) == at("2026-01-05T16:00")
    assert next_order_time(monday, zone("Asia/Kolkata"), at("2026-01-05T09:00")) == at("2026-01-05T10:00")


def test_at_the_order_time_itself_the_next_one_is_a_week_away() -> None:
    assert next_order_time(supplier(0), zone("UTC"), at("2026-01-05T15:00")) == at("2026-01-12T15:00")


def test_a_late_cut_off_is_served_by_the_run_after_midnight() -> None:
    assert next_order_time(supplier(0), zone("UTC", "23:30"), at("2026-01-05T23:45")) == at("2026-01-06T00:00")


def test_without_order_days_every_day_is_one() -> None:
    assert next_order_time(supplier(), zone("UTC"), at("2026-01-10T16:00")) == at("2026-01-11T15:00")
    assert next_order_day(supplier(), date(2026, 1, 10)) == date(2026, 1, 11)
    assert next_order_day(supplier(0), date(2026, 1, 5)) == date(2026, 1, 12)


@pytest.mark.parametrize(
    ("day", "instant"),
    [
        (date(2026, 3, 28), "2026-03-28T01:30"),  # +01:00
        (date(2026, 3, 29), "2026-03-29T01:30"),  # 02:30 does not exist: as if the clock had not changed yet
        (date(2026, 3, 30), "2026-03-30T00:30"),  # +02:00
        (date(2026, 10, 25), "2026-10-25T00:30"),  # 02:30 comes twice: the first of them
        (date(2026, 10, 26), "2026-10-26T01:30"),
    ],
)
def test_a_cut_off_within_the_change_of_the_clock_is_one_instant(day: date, instant: str) -> None:
    assert cut_off(zone("Europe/Berlin", "02:30"), day) == at(instant)


@pytest.mark.parametrize("name", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"])
@pytest.mark.parametrize("order_cut_off", ["00:00", "02:30", "15:00", "23:59"])
def test_every_order_day_of_a_year_is_due_exactly_once_by_hourly_runs(name: str, order_cut_off: str) -> None:
    """Across both changes of the clock, and the promise's next order time is exactly the run that orders."""
    sundays, settings = supplier(6), zone(name, order_cut_off)
    now, days, foretold = at("2026-01-05T00:00"), [], at("2026-01-05T00:00")
    foretold = next_order_time(sundays, settings, now)
    while now < at("2027-01-05T00:00"):
        now += HOUR
        day = due_day(sundays, settings, now - HOUR, now)
        if day:
            days.append(day)
            assert now == foretold
            foretold = next_order_time(sundays, settings, now)
    assert days == [days[0] + timedelta(weeks=n) for n in range(len(days))]
    assert len(days) in {52, 53}  # Sunday the 4th of January ends on Monday where midnight is late


def test_a_late_run_makes_up_for_a_missed_order_day_once() -> None:
    monday, settings = supplier(0), zone("UTC")
    assert due_day(monday, settings, at("2026-01-05T14:00"), at("2026-01-07T09:00")) == date(2026, 1, 5)
    assert due_day(monday, settings, at("2026-01-07T09:00"), at("2026-01-07T10:00")) is None


def test_a_supplier_is_not_due_before_the_cut_off_nor_again_after_it() -> None:
    monday, settings = supplier(0), zone("UTC")
    assert due_day(monday, settings, at("2026-01-05T13:00"), at("2026-01-05T14:59")) is None
    assert due_day(monday, settings, at("2026-01-05T14:00"), at("2026-01-05T15:00")) == date(2026, 1, 5)
    assert due_day(monday, settings, at("2026-01-05T15:00"), at("2026-01-05T16:00")) is None


@given(start=st.integers(0, 24 * 365), weekdays=st.sets(st.integers(0, 6), max_size=3))
def test_the_next_order_time_is_the_first_run_at_which_the_supplier_is_due(start: int, weekdays: set[int]) -> None:
    one, settings = supplier(*sorted(weekdays)), zone("America/New_York", "16:45")
    begin = at("2026-01-01T00:00") + start * HOUR
    run = begin + HOUR
    while due_day(one, settings, run - HOUR, run) is None:
        run += HOUR
    assert next_order_time(one, settings, begin) == run


def test_goods_are_expected_by_the_lead_time_from_the_order_on() -> None:
    dates = expected(supplier(0), at("2026-01-05T15:00"))
    assert dates == Dates(micros(at("2026-01-15T15:00")), micros(at("2026-01-25T15:00")))


def test_a_confirmed_date_keeps_some_caution_that_shrinks_as_it_comes_closer() -> None:
    now, one = at("2026-01-05T00:00"), supplier(0)
    far, near = confirmed(one, at("2026-01-25T00:00"), now), confirmed(one, at("2026-01-07T00:00"), now)
    assert (far.likely, far.by) == (micros(at("2026-01-25T00:00")), micros(at("2026-01-29T00:00")))
    assert near.by == micros(at("2026-01-08T00:00"))


def test_late_goods_are_never_expected_in_the_past() -> None:
    now = at("2026-02-01T00:00")
    dates = pushed(Dates(micros(at("2026-01-15T00:00")), micros(at("2026-02-20T00:00"))), now)
    assert dates == Dates(micros(at("2026-02-02T00:00")), micros(at("2026-02-20T00:00")))
    assert pushed(Dates(0, 0), now).by == micros(at("2026-02-03T00:00"))
