"""The evaluator of alarms, against the tables in AWS's own documentation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra.local.alarms import CompositeAlarm, MetricAlarm, histories, states
from infra.local.alarms.definitions import Query
from infra.local.alarms.history import fired
from infra.local.alarms.judgement import State, judged
from infra.local.metric_math import FormulaError
from infra.local.metric_store import MetricStore, series_of

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SERIES = series_of("Shop", "Orders", {})


def alarm(**changes: Any) -> MetricAlarm:
    given: dict[str, Any] = {
        "name": "a", "description": "", "queries": (Query("m", SERIES, "Sum"),), "formula": None, "period": MINUTE,
        "evaluation_periods": 3, "datapoints_to_alarm": 3, "comparison": "GreaterThanThreshold", "threshold": 0.5,
        "missing": "notBreaching",
    }  # fmt: skip
    return MetricAlarm(**(given | changes))


def points(text: str) -> list[float | None]:
    return [{"0": 0.0, "X": 1.0, "-": None}[one] for one in text.split()]


TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
"""In the order of the columns of the tables below; `retain` is the state before."""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0 - X - X", ("OK", "OK", "OK", "OK")),
        ("0 - - - -", ("OK", "OK", "OK", "OK")),
        ("- - - - -", ("INSUFFICIENT_DATA", "retain", "ALARM", "OK")),
        ("0 X X - X", ("ALARM", "ALARM", "ALARM", "ALARM")),
        ("- - X - -", ("ALARM", "retain", "ALARM", "OK")),
    ],
)
def test_three_of_three_as_the_table_of_aws_has_it(text: str, expected: tuple[str, ...]) -> None:
    check(text, expected, datapoints_to_alarm=3)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0 - X - X", ("ALARM", "ALARM", "ALARM", "ALARM")),
        ("0 0 X 0 X", ("ALARM", "ALARM", "ALARM", "ALARM")),
        ("0 - X - -", ("OK", "OK", "ALARM", "OK")),
        ("- - - - 0", ("OK", "OK", "ALARM", "OK")),
        ("- - - X -", ("ALARM", "retain", "ALARM", "OK")),
    ],
)
def test_two_of_three_as_the_table_of_aws_has_it(text: str, expected: tuple[str, ...]) -> None:
    check(text, expected, datapoints_to_alarm=2)


def check(text: str, expected: tuple[str, ...], **changes: Any) -> None:
    for treatment, wanted in zip(TREATMENTS, expected, strict=True):
        for before in ("OK", "ALARM"):
            state: State = judged(alarm(missing=treatment, **changes), points(text), before)  # type: ignore[arg-type]
            assert state == (before if wanted == "retain" else wanted), (text, treatment)


def test_an_alarm_rings_after_so_many_breaches_and_stops_by_itself() -> None:
    store = MetricStore()
    for minute, value in enumerate((0, 1, 1, 0, 0, 0, 0, 0)):
        store.record("Shop", "Orders", {}, value, "Count", START + minute * MINUTE)
    (history,) = histories([alarm(datapoints_to_alarm=2)], store, START, START + 8 * MINUTE).values()
    assert [(change.at - START, change.state) for change in history] == [
        (0 * MINUTE, "OK"),
        (3 * MINUTE, "ALARM"),
        (5 * MINUTE, "OK"),
    ]


def test_a_heartbeat_is_missed_late_because_cloudwatch_looks_back_further() -> None:
    store = MetricStore()
    for hour in range(3):
        store.record("Shop", "Orders", {}, 1, "Count", START + timedelta(hours=hour))
    beat = alarm(
        period=timedelta(hours=1), evaluation_periods=2, datapoints_to_alarm=2, comparison="LessThanThreshold",
        missing="breaching",
    )  # fmt: skip
    (history,) = histories([beat], store, START + timedelta(hours=2), START + timedelta(hours=12)).values()
    (rang,) = fired(history)
    assert timedelta(hours=6) <= rang - START <= timedelta(hours=7)


def test_a_window_slides() -> None:
    """Seven days are looked at every hour, not once a week."""
    store = MetricStore()
    for day in range(10):
        store.record("Shop", "Orders", {}, int(day == 1), "Count", START + timedelta(days=day))
    week = alarm(period=timedelta(days=7), evaluation_periods=1, datapoints_to_alarm=1)
    (history,) = histories([week], store, START, START + timedelta(days=10)).values()
    assert [change.state for change in history] == ["OK", "ALARM", "OK"]
    assert history[1].at - START == timedelta(days=1, hours=1)
    assert history[2].at - START == timedelta(days=8, hours=1)


def judged_by(formula: str) -> tuple[float | None, ...]:
    """The last datapoints of an alarm on a formula over what was counted in four minutes; nothing in the third."""
    store = MetricStore()
    for minute, (bad, all_) in enumerate(((1, 10), (2, 5), (None, 5), (4, 0))):
        store.record("Shop", "Orders", {}, all_, "Count", START + minute * MINUTE)
        if bad is not None:
            store.record("Shop", "Bad", {}, bad, "Count", START + minute * MINUTE)
    queries = (Query("bad", series_of("Shop", "Bad", {}), "Sum"), Query("n", SERIES, "Sum"))
    (history,) = histories(
        [alarm(queries=queries, formula=formula)], store, START + 4 * MINUTE, START + 4 * MINUTE
    ).values()
    return history[-1].points[-4:]


def test_alarms_are_judged_by_the_metric_math_that_dashboards_are_drawn_with() -> None:
    assert judged_by("100 * bad / n") == (10, 40, None, None)
    assert judged_by("FILL(bad, 0) + n") == (11, 7, 5, 4)
    assert judged_by("IF(n > 5, 100 - bad, 0)") == (99, 0, 0, 0)
    assert judged_by("DIFF(n)") == (None, -5, 0, -5)
    assert judged_by("IF(DIFF(n) < 0, 1, 0)") == (None, 1, 0, 1)


@pytest.mark.parametrize("formula", ["RATE(n)", "SEARCH('{Shop} MetricName=\"Orders\"', 'Sum', 60)"])
def test_an_alarm_on_what_is_not_known_or_not_allowed_is_an_error(formula: str) -> None:
    with pytest.raises(FormulaError):
        judged_by(formula)


def test_composites_follow_their_parts_and_each_other() -> None:
    store = MetricStore()
    for minute in range(5):
        store.record("Shop", "Orders", {}, minute, "Count", START + minute * MINUTE)
    one = {"evaluation_periods": 1, "datapoints_to_alarm": 1}
    alarms = [
        CompositeAlarm("health", "", 'ALARM("both") OR (NOT OK("high"))'),
        CompositeAlarm("both", "", '(ALARM("low") AND ALARM("high"))'),
        alarm(name="low", threshold=0.5, **one),
        alarm(name="high", threshold=2.5, **one),
    ]
    found = histories(alarms, store, START + MINUTE, START + 6 * MINUTE)
    assert fired(found["both"]) == fired(found["health"]) == fired(found["high"]) == [START + 4 * MINUTE]
    assert fired(found["low"]) == [START + 2 * MINUTE]
    assert states(alarms, store, START + 5 * MINUTE)["both"] == "ALARM"


def test_a_composite_of_what_does_not_exist_is_an_error() -> None:
    with pytest.raises(ValueError, match="unknown alarms"):
        histories([CompositeAlarm("c", "", 'ALARM("nobody")')], MetricStore(), START, START)


@pytest.mark.parametrize("rule", ['ALARM("a") XOR ALARM("a")', 'ALARM("a") ALARM("a")'])
def test_a_rule_that_is_not_understood_is_an_error(rule: str) -> None:
    with pytest.raises(ValueError, match="not a rule"):
        histories([alarm(), CompositeAlarm("c", "", rule)], MetricStore(), START, START)
