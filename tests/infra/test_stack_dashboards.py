"""The dashboards name what is emitted, fit their grid, and show every alarm."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from infra.constructs.dashboards.rows import NOW, ROWS, metrics_of
from infra.local import service_metrics
from infra.local.template import Template as Resolved
from shared.runtime.metric_names import METRICS, NAMESPACE
from shared.widgets.make import WIDGETS
from tests.infra.template import Template, target

pytestmark = pytest.mark.slow

Widget = dict[str, Any]
OPERATING = Path(__file__).parents[2] / "docs" / "operating.md"
_NAMED = re.compile(r'MetricName="(\w+)"')


@pytest.fixture(scope="module")
def boards(template: Template) -> dict[str, list[Widget]]:
    resolved = Resolved.load(template.path)
    return {
        board.name: json.loads(board.properties["DashboardBody"])["widgets"]
        for board in resolved.of_type("AWS::CloudWatch::Dashboard")
    }


def of_kind(boards: dict[str, list[Widget]], kind: str) -> list[Widget]:
    return [widget for widgets in boards.values() for widget in widgets if widget["type"] == kind]


def test_there_is_a_screen_for_the_business_and_one_for_the_machinery(boards: dict[str, list[Widget]]) -> None:
    assert sorted(boards) == ["Backorders-now", "Backorders-plumbing"]


def test_widgets_lie_within_the_grid_and_never_on_each_other(boards: dict[str, list[Widget]]) -> None:
    for widgets in boards.values():
        taken = Counter(
            (x, y)
            for one in widgets
            for x in range(one["x"], one["x"] + one["width"])
            for y in range(one["y"], one["y"] + one["height"])
        )
        assert max(x for x, _ in taken) == 23
        assert max(taken.values()) == 1


def test_every_widget_has_a_title_of_its_own_or_is_text(boards: dict[str, list[Widget]]) -> None:
    for widgets in boards.values():
        titles = [(w["type"], w["properties"]["title"]) for w in widgets if w["type"] != "text"]
        assert [title for title, times in Counter(titles).items() if times > 1] == []
        assert all(title for _, title in titles)


def test_a_search_names_metrics_with_the_dimensions_they_are_emitted_with(boards: dict[str, list[Widget]]) -> None:
    expressions = [
        row[0]["expression"]
        for widget in of_kind(boards, "metric")
        for row in widget["properties"]["metrics"]
        if isinstance(row[0], dict)
    ]
    assert expressions
    for expression in expressions:
        for schema, rest in re.findall(r"SEARCH\('\{([^}]*)\}([^']*)'", expression):
            namespace, *dimensions = schema.split(",")
            names = _NAMED.findall(rest)
            assert namespace == NAMESPACE
            assert names
            assert all(METRICS[name].dimensions == tuple(dimensions) for name in names)


def test_what_is_on_the_rows_is_emitted(boards: dict[str, list[Widget]]) -> None:
    """A figure of a metric that nobody emits would be left out without a word."""
    placed = {name for row in (NOW, *ROWS) for graph in row.graphs for one in graph.figures for name in metrics_of(one)}
    assert placed - METRICS.keys() == set()


def test_the_other_metrics_are_those_that_services_tell_of(boards: dict[str, list[Widget]]) -> None:
    known = {
        service_metrics.SQS: {
            "ApproximateNumberOfMessagesVisible",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateAgeOfOldestMessage",
        },
        service_metrics.LAMBDA: {
            "Errors",
            "Invocations",
            "Duration",
            "IteratorAge",
            "Throttles",
            "ConcurrentExecutions",
            "PolledEventCount",
            "FailedInvokeEventCount",
            "DroppedEventCount",
        },
        service_metrics.API: {"Count", "4xx", "5xx", "Latency"},
        service_metrics.SES: {"Reputation.BounceRate", "Reputation.ComplaintRate", "Send"},
        service_metrics.EVENTS: {"Invocations", "FailedInvocations", "InvocationsFailedToBeSentToDlq"},
        service_metrics.SCHEDULER: {
            "InvocationAttemptCount",
            "TargetErrorCount",
            "InvocationDroppedCount",
            "InvocationsFailedToBeSentToDeadLetterCount",
        },
        "Backorders/Functions": {"ApiInitDuration", "WorkersInitDuration"},
        service_metrics.DYNAMODB: {
            "ReadThrottleEvents",
            "WriteThrottleEvents",
            "TransactionConflict",
            "ConditionalCheckFailedRequests",
            "SystemErrors",
            "TimeToLiveDeletedItemCount",
        },
    }
    for widget in of_kind(boards, "metric"):
        for namespace, name, *rest in (row for row in widget["properties"]["metrics"] if isinstance(row[0], str)):
            if namespace == NAMESPACE:
                assert set(METRICS[name].dimensions) == set(rest[:-1:2])
            else:
                assert name in known[namespace]


def test_errors_of_the_table_are_shown_by_operation_and_throttles_of_its_index_too(
    boards: dict[str, list[Widget]],
) -> None:
    """DynamoDB tells errors of an operation only, and what an index turns away of the index."""
    rows = [row for widget in of_kind(boards, "metric") for row in widget["properties"]["metrics"]]
    errors = [row for row in rows if "SystemErrors" in row]
    assert errors
    assert all("Operation" in row for row in errors)
    for name in ("ReadThrottleEvents", "WriteThrottleEvents"):
        assert {"GlobalSecondaryIndexName" in row for row in rows if name in row} == {True, False}


def test_what_eventbridge_could_not_deliver_is_shown_of_every_rule_and_of_the_schedules(
    template: Template, boards: dict[str, list[Widget]]
) -> None:
    rows = [row for widget in of_kind(boards, "metric") for row in widget["properties"]["metrics"]]
    theirs = (service_metrics.EVENTS, service_metrics.SCHEDULER)
    shown = {(row[1], row[-2]) for row in rows if any(row[0] == one for one in theirs)}
    rules = {rule["Name"] for rule in template.of("Events::Rule").values()}
    assert {name for metric, name in shown if metric == "FailedInvocations"} == rules
    (group,) = template.of("Scheduler::ScheduleGroup").values()
    assert {name for metric, name in shown if metric == "InvocationDroppedCount"} == {group["Name"]}


def test_cold_starts_are_counted_from_the_log_of_every_function_and_cost_two_metrics(
    template: Template, boards: dict[str, list[Widget]]
) -> None:
    filters = template.of("Logs::MetricFilter").values()
    groups = {key for key, one in template.of("Logs::LogGroup").items() if "/aws/lambda/" in one["LogGroupName"]}
    assert {target(one["LogGroupName"]) for one in filters} == groups
    found = {(t["MetricNamespace"], t["MetricName"]) for one in filters for t in one["MetricTransformations"]}
    assert len(found) == 2
    rows = [row for widget in of_kind(boards, "metric") for row in widget["properties"]["metrics"]]
    shown = {tuple(row[:2]) for row in rows if isinstance(row[0], str)}
    assert found <= shown


def test_of_every_queue_and_stream_it_is_shown_what_lambda_takes_from_it(
    template: Template, boards: dict[str, list[Widget]]
) -> None:
    """And how many messages it holds, and how often a function turned it away."""
    rows = [row for widget in of_kind(boards, "metric") for row in widget["properties"]["metrics"]]

    def of(name: str) -> set[str]:
        ours = ("AWS/Lambda", "AWS/SQS")
        return {
            row[3] for row in rows if isinstance(row[0], str) and row[0] in ours and row[1] == name and len(row) > 4
        }

    mappings = template.of("Lambda::EventSourceMapping").values()
    streams = [one for one in mappings if "StartingPosition" in one]
    assert len(of("PolledEventCount")) == len(mappings)
    assert of("FailedInvokeEventCount") == of("PolledEventCount") > of("DroppedEventCount")
    assert len(of("DroppedEventCount")) == len(streams)
    assert len(of("ApproximateNumberOfMessagesNotVisible")) == len(mappings) - len(streams)
    assert of("Throttles") == of("Invocations") >= of("IteratorAge") > set()


def test_every_service_level_shows_what_is_left_of_thirty_days_budget(boards: dict[str, list[Widget]]) -> None:
    """docs/operating.md has the table of service levels; figures must not differ from what is said there."""
    said = re.findall(r"^\| ([\w ]+) \| ([\d.]+) % of", OPERATING.read_text(encoding="utf-8"), re.MULTILINE)
    budgets = {level: f"{100 - float(held):g}" for level, held in said}
    assert len(budgets) == 6
    found = [one for one in of_kind(boards, "metric") if one["properties"]["title"].startswith("Error budget left")]
    assert {one["properties"]["view"] for one in found} == {"singleValue", "timeSeries"}
    for widget in found:
        assert widget["properties"]["start"] == "-P30D"
        formulas = [row[0] for row in widget["properties"]["metrics"] if isinstance(row[0], dict)]
        shown = {one["label"]: re.search(r"/ \(([\d.]+) \* SUM", one["expression"]) for one in formulas}
        assert {label: found and f"{float(found[1]):g}" for label, found in shown.items()} == budgets


def test_tables_are_those_that_the_function_knows(boards: dict[str, list[Widget]]) -> None:
    shown = [widget["properties"]["params"]["widget"] for widget in of_kind(boards, "custom")]
    assert sorted(shown) == sorted(WIDGETS)
    assert all(":function:backorders-show-widgets" in w["properties"]["endpoint"] for w in of_kind(boards, "custom"))


def test_every_alarm_that_tells_somebody_is_on_the_first_screen_by_how_urgent_it_is(
    template: Template, boards: dict[str, list[Widget]]
) -> None:
    """A widget shows a hundred alarms at the most; parts of composites tell nobody and are left out."""
    alarms = [*template.of("CloudWatch::Alarm").values(), *template.of("CloudWatch::CompositeAlarm").values()]
    telling = [alarm for alarm in alarms if "AlarmActions" in alarm]
    shown = [
        {arn.rpartition(":")[2] for arn in widget["properties"]["alarms"]}
        for widget in boards["Backorders-now"]
        if widget["type"] == "alarm"
    ]
    by_severity = [
        {alarm["AlarmName"] for alarm in telling if f"Severity: {one}." in alarm["AlarmDescription"]}
        for one in ("page", "ticket")
    ]
    assert shown == by_severity
    assert max(map(len, shown)) <= 100


def test_every_row_says_what_its_figures_mean_and_what_to_do(boards: dict[str, list[Widget]]) -> None:
    for widget in of_kind(boards, "text"):
        heading, _, words = widget["properties"]["markdown"].partition("\n")
        assert heading.startswith("## ")
        assert len(words) > 100
