"""Quiet hours, on clocks all over the world and on the nights when they are moved."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.kernel.clock import parse_iso
from shared.notifications.news import STRENGTH
from shared.notifications.quiet import CAN_WAIT, quiet_until, zone_of
from shared.settings.model import MerchantSettings

NIGHT = {"from": "21:00", "to": "08:00"}
LATE = ("promise_later",)


def until(now: str, country: str | None = "SE", kinds: tuple[str, ...] = LATE, zone: str = "UTC", **hours: str) -> str:
    """When it may be mailed, "now" if there is no need to wait."""
    settings = MerchantSettings(time_zone=zone, quiet_hours=NIGHT | hours)
    found = quiet_until(kinds, country, settings, parse_iso(now))
    return "now" if found is None else found.isoformat()[:16] + "Z"


@pytest.mark.parametrize(
    ("now", "told"),
    [
        ("2026-01-05T19:59:59Z", "now"),  # 20:59:59 in Stockholm
        ("2026-01-05T20:00:00Z", "2026-01-06T07:00Z"),
        ("2026-01-06T06:59:59Z", "2026-01-06T07:00Z"),
        ("2026-01-06T07:00:00Z", "now"),
    ],
)
def test_a_night_begins_and_ends_on_the_customers_clock(now: str, told: str) -> None:
    assert until(now) == told


def test_hours_of_one_day_are_quiet_on_that_day() -> None:
    hours = {"from": "12:00", "to": "14:00"}
    assert until("2026-01-05T12:30:00Z", **hours) == "2026-01-05T13:00Z"
    assert until("2026-01-05T13:00:00Z", **hours) == "now"
    assert until("2026-01-05T10:59:00Z", **hours) == "now"


@pytest.mark.parametrize("kind", STRENGTH)
def test_only_what_can_wait_waits(kind: str) -> None:
    waits = until("2026-01-05T23:00:00Z", kinds=(kind,)) != "now"
    assert waits == (kind in {"promise_later", "promise_earlier", "still_waiting"})


def test_news_that_can_wait_goes_with_news_that_cannot() -> None:
    assert until("2026-01-05T23:00:00Z", kinds=("promise_later", "accepted")) == "now"
    assert until("2026-01-05T23:00:00Z", kinds=("promise_later", "promise_earlier")) != "now"


def test_without_the_setting_nothing_waits() -> None:
    assert quiet_until(CAN_WAIT, "SE", MerchantSettings(), parse_iso("2026-01-05T23:00:00Z")) is None


def test_a_country_with_several_clocks_has_the_merchants_hours() -> None:
    now = "2026-01-06T12:00:00Z"  # morning in New York, night in Tokyo
    assert until(now, "US", zone="Asia/Tokyo") == "2026-01-06T23:00Z"
    assert until(now, None, zone="Asia/Tokyo") == "2026-01-06T23:00Z"
    assert until(now, "JP", zone="America/New_York") == "2026-01-06T23:00Z"
    assert until(now, "SE", zone="Asia/Tokyo") == "now"


@pytest.mark.parametrize(
    ("country", "zone"),
    [
        ("SE", "Europe/Stockholm"),
        ("DE", "Europe/Berlin"),
        ("IN", "Asia/Kolkata"),
        ("US", None),
        ("ES", None),
        ("XX", None),
        ("", None),
        (None, None),
    ],
)
def test_a_country_has_a_clock_if_all_of_it_has_the_same(country: str | None, zone: str | None) -> None:
    found = zone_of(country, parse_iso("2026-01-05T09:00:00Z"))
    assert (found.key if found else None) == zone


def test_in_the_night_that_loses_an_hour_morning_comes_an_hour_sooner() -> None:
    assert until("2026-03-28T21:00:00Z") == "2026-03-29T06:00Z"
    assert until("2026-03-27T21:00:00Z") == "2026-03-28T07:00Z"


def test_in_the_night_that_gains_an_hour_morning_comes_an_hour_later() -> None:
    assert until("2026-10-24T21:00:00Z") == "2026-10-25T07:00Z"
    assert until("2026-10-23T21:00:00Z") == "2026-10-24T06:00Z"


def test_an_end_that_the_clock_leaves_out_is_where_it_would_have_been() -> None:
    hours = {"to": "02:30"}  # 01:59 is followed by 03:00
    assert until("2026-03-29T00:30:00Z", **hours) == "2026-03-29T01:30Z"
    assert until("2026-03-29T01:00:00Z", **hours) == "now"


def test_an_end_that_the_clock_shows_twice_is_the_next_one() -> None:
    hours = {"to": "02:30"}  # shown at 00:30 and 01:30 UTC
    assert until("2026-10-25T00:10:00Z", **hours) == "2026-10-25T00:30Z"
    assert until("2026-10-25T00:40:00Z", **hours) == "now"
    assert until("2026-10-25T01:10:00Z", **hours) == "2026-10-25T01:30Z"


@pytest.mark.slow
@pytest.mark.parametrize("country", ["SE", "LB", "NP", "AU"])
@pytest.mark.parametrize("hours", [NIGHT, {"from": "00:00", "to": "02:30"}, {"from": "23:30", "to": "00:30"}])
def test_through_a_whole_year_quiet_ends_in_the_future_and_is_then_over(country: str, hours: dict[str, str]) -> None:
    settings = MerchantSettings(time_zone="Australia/Lord_Howe", quiet_hours=hours)
    now = parse_iso("2026-01-01T00:00:00Z")
    while now.year == 2026:
        end = quiet_until(LATE, country, settings, now)
        if end is not None:
            assert now < end <= now + timedelta(hours=13)
            assert quiet_until(LATE, country, settings, end) is None
        now += timedelta(minutes=187)
