"""Clock, durations and schedule expressions."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from infra.local.clock import Clock
from infra.local.cron import parse_schedule
from infra.local.durations import parse_duration
from infra.local.template import TemplateError
from shared.kernel import clock as kernel_clock

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def test_the_clock_starts_on_a_monday_morning_and_stands_still():
    clock = Clock()
    assert clock.now() == START
    assert clock.now().weekday() == 0
    time.sleep(0.002)
    assert clock.now() == START


def test_a_tick_is_one_microsecond():
    clock = Clock()
    clock.tick()
    assert clock.now() - START == timedelta(microseconds=1)


def test_the_past_stays_the_past():
    clock = Clock()
    clock.advance_to(START - timedelta(days=1))
    assert clock.now() == START


def test_a_running_clock_moves_with_real_time_and_can_still_jump():
    clock = Clock(START, runs=True)
    time.sleep(0.002)
    assert clock.now() > START
    clock.advance_to(START + timedelta(days=1))
    assert timedelta(days=1) <= clock.now() - START < timedelta(days=1, seconds=5)


def test_a_running_clock_is_constant_while_it_is_held():
    clock = Clock(runs=True)
    with clock.held() as now:
        time.sleep(0.002)
        assert clock.now() == now
    assert clock.now() > now


def test_the_clock_cannot_be_moved_while_it_is_held():
    clock = Clock()
    with clock.held(), pytest.raises(RuntimeError):
        clock.tick()


def test_a_start_without_offset_is_refused():
    with pytest.raises(ValueError, match="offset"):
        Clock(datetime(2026, 1, 5))  # noqa: DTZ001 - the point of the test


def test_the_service_reads_the_installed_clock_and_gets_its_own_back():
    clock = Clock()
    before = kernel_clock.now()
    clock.install()
    try:
        assert kernel_clock.now() == START
    finally:
        clock.uninstall()
    assert kernel_clock.now() >= before


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("PT36H", timedelta(hours=36)),
        ("P7D", timedelta(days=7)),
        ("P1W", timedelta(weeks=1)),
        ("P1DT2H3M4.5S", timedelta(days=1, hours=2, minutes=3, seconds=4.5)),
        ("PT0S", timedelta(0)),
    ],
)
def test_durations_are_read(text, length):
    assert parse_duration(text) == length


@pytest.mark.parametrize("text", ["", "P", "PT", "P1DT", "P1M", "P1Y", "7D", "PT1", "-PT1H", "PT1H ", "P99999999999W"])
def test_other_durations_are_refused(text):
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)


def runs(expression, *, timezone="UTC", start=START, count=3):
    schedule, found, at = parse_schedule(expression, timezone, start), [], start
    while len(found) < count and (at := schedule.next_after(at)) is not None:
        found.append(at.strftime("%Y-%m-%dT%H:%M"))
    return found


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("rate(1 hour)", ["2026-01-05T10:00", "2026-01-05T11:00", "2026-01-05T12:00"]),
        ("rate(90 minutes)", ["2026-01-05T10:30", "2026-01-05T12:00", "2026-01-05T13:30"]),
        ("rate(1 day)", ["2026-01-06T09:00", "2026-01-07T09:00", "2026-01-08T09:00"]),
        ("at(2026-01-05T09:00:01)", ["2026-01-05T09:00"]),
        ("at(2026-01-05T09:00:00)", []),
        ("cron(30 * * * ? *)", ["2026-01-05T09:30", "2026-01-05T10:30", "2026-01-05T11:30"]),
        ("cron(0/20 9 * * ? *)", ["2026-01-05T09:20", "2026-01-05T09:40", "2026-01-06T09:00"]),
        ("cron(0 8 ? * MON-WED *)", ["2026-01-06T08:00", "2026-01-07T08:00", "2026-01-12T08:00"]),
        ("cron(0 8 ? * 2,6 *)", ["2026-01-09T08:00", "2026-01-12T08:00", "2026-01-16T08:00"]),
        ("cron(0 0 L * ? *)", ["2026-01-31T00:00", "2026-02-28T00:00", "2026-03-31T00:00"]),
        ("cron(0 0 31 * ? *)", ["2026-01-31T00:00", "2026-03-31T00:00", "2026-05-31T00:00"]),
        ("cron(0 0 1W * ? *)", ["2026-02-02T00:00", "2026-03-02T00:00", "2026-04-01T00:00"]),
        ("cron(0 0 ? * FRI#1 *)", ["2026-02-06T00:00", "2026-03-06T00:00", "2026-04-03T00:00"]),
        ("cron(0 0 ? * 6L *)", ["2026-01-30T00:00", "2026-02-27T00:00", "2026-03-27T00:00"]),
        ("cron(0 0 1 JAN ? 2028)", ["2028-01-01T00:00"]),
        ("cron(0 0 29 2 ? *)", ["2028-02-29T00:00", "2032-02-29T00:00", "2036-02-29T00:00"]),
    ],
)
def test_schedules_run_when_their_expression_says(expression, expected):
    assert runs(expression) == expected


def test_a_cron_schedule_follows_its_time_zone():
    assert runs("cron(0 8 * * ? *)", timezone="Europe/Stockholm", count=1) == ["2026-01-06T07:00"]
    summer = datetime(2026, 7, 1, tzinfo=UTC)
    assert runs("cron(0 8 * * ? *)", timezone="Europe/Stockholm", start=summer, count=1) == ["2026-07-01T06:00"]


def test_a_local_time_that_does_not_exist_is_left_out():
    start = datetime(2026, 3, 28, 12, tzinfo=UTC)  # the clocks go forward on the 29th
    assert runs("cron(30 2 * * ? *)", timezone="Europe/Stockholm", start=start, count=1) == ["2026-03-30T00:30"]


def test_a_local_time_that_exists_twice_runs_once():
    start = datetime(2026, 10, 24, 12, tzinfo=UTC)  # the clocks go back on the 25th
    assert runs("cron(30 2 * * ? *)", timezone="Europe/Stockholm", start=start, count=2) == [
        "2026-10-25T00:30",
        "2026-10-26T01:30",
    ]


@pytest.mark.parametrize(
    "expression",
    [
        "every hour",
        "cron(0 8 * * *)",
        "cron(0 8 * * * *)",
        "cron(0 8 ? * ? *)",
        "cron(60 8 * * ? *)",
        "cron(0 8 ? * XYZ *)",
    ],
)
def test_other_expressions_are_refused(expression):
    with pytest.raises(TemplateError):
        parse_schedule(expression, "UTC", START)
