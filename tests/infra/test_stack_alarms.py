"""What wakes somebody, and what it says then."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from infra.app import build
from infra.local.template import Template as Resolved
from shared.aws.counting import READS, WRITES
from shared.runtime.metric_names import METRICS, NAMESPACE
from tests.infra.template import Template, target

pytestmark = pytest.mark.slow

RUNBOOKS = Path(__file__).parents[2] / "docs" / "runbooks" / "alarms.json"
READ_AT = "https://git.example/backorders/blob/main/"
_DAY, _WEEK = 86_400, 604_800
_HEARTBEATS = {"PlanPurchaseOrdersMissing", "ChaseOverdueMissing", "AuditBooksMissing"}
_DESCRIPTION = re.compile(
    r".{40,} Owner: (operations|purchasing|customer service)\. Severity: (page|ticket)\. "
    r"Runbook: docs/runbooks/([a-z0-9-]+)\.md",
    re.DOTALL,
)


def alarms(template: Template) -> dict[str, dict[str, Any]]:
    """All alarms, composites too, by their name without the prefix."""
    found = [*template.of("CloudWatch::Alarm").values(), *template.of("CloudWatch::CompositeAlarm").values()]
    return {alarm["AlarmName"].removeprefix("backorders-"): alarm for alarm in found}


def metrics(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    """Its metrics, each as namespace, name, dimensions, period and statistic."""
    if "Metrics" not in alarm:
        return [
            {
                "name": alarm["MetricName"],
                "namespace": alarm["Namespace"],
                "dimensions": alarm.get("Dimensions", []),
                "period": alarm["Period"],
            }
        ]
    stats = [entry["MetricStat"] for entry in alarm["Metrics"] if "MetricStat" in entry]
    return [
        {
            "name": stat["Metric"]["MetricName"],
            "namespace": stat["Metric"]["Namespace"],
            "dimensions": stat["Metric"].get("Dimensions", []),
            "period": stat["Period"],
        }
        for stat in stats
    ]


def on(template: Template, metric: str, suffix: str = "") -> list[dict[str, Any]]:
    plain = [alarm for name, alarm in alarms(template).items() if name.endswith(suffix) and "AlarmRule" not in alarm]
    return [alarm for alarm in plain if any(one["name"] == metric for one in metrics(alarm))]


def watched(found: list[dict[str, Any]], metric: str) -> set[str]:
    values = [
        d["Value"] for alarm in found for one in metrics(alarm) if one["name"] == metric for d in one["dimensions"]
    ]
    return {target(value) if isinstance(value, dict) else value for value in values}


def test_every_dead_letter_queue_raises_an_alarm_on_its_first_message(template: Template) -> None:
    dead = {key for key, queue in template.of("SQS::Queue").items() if "-dead" in queue["QueueName"]}
    found = on(template, "ApproximateNumberOfMessagesVisible")
    assert watched(found, "ApproximateNumberOfMessagesVisible") == dead
    assert all(a["Threshold"] == 0 and a["ComparisonOperator"] == "GreaterThanThreshold" for a in found)


@pytest.mark.parametrize(("metric", "suffix"), [("Errors", "Errors"), ("Throttles", ""), ("Duration", "Slow")])
def test_every_function_raises_an_alarm_when_it_fails_is_throttled_or_slow(
    template: Template, metric: str, suffix: str
) -> None:
    assert watched(on(template, metric, suffix), metric) == set(template.of("Lambda::Function"))


def test_a_function_is_slow_before_it_is_cut_off(template: Template) -> None:
    for alarm in on(template, "Duration", "Slow"):
        (function,) = watched([alarm], "Duration")
        timeout = template.of("Lambda::Function")[function]["Timeout"]
        assert alarm["Threshold"] == 0.8 * 1000 * timeout
        assert alarm["ExtendedStatistic"] == "p99"


def test_every_stream_reader_raises_an_alarm_when_it_lags_and_when_it_drops(template: Template) -> None:
    readers = {template.started(mapping["FunctionName"]) for mapping in template.mappings("StreamArn")}
    for suffix in ("Lag", "FarBehind"):
        assert watched(on(template, "IteratorAge", suffix), "IteratorAge") == readers
    assert len(on(template, "DroppedEventCount")) == len(readers)


def test_every_work_queue_raises_an_alarm_when_work_waits_too_long(template: Template) -> None:
    work = {target(mapping["EventSourceArn"]) for mapping in template.mappings("Arn")}
    assert watched(on(template, "ApproximateAgeOfOldestMessage"), "ApproximateAgeOfOldestMessage") == work


def test_every_hourly_function_has_a_heartbeat_that_is_missed_when_it_is_not_heard(template: Template) -> None:
    hourly = {template.started(schedule["Target"]["Arn"]) for schedule in template.of("Scheduler::Schedule").values()}
    services = {
        template.of("Lambda::Function")[one]["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"] for one in hourly
    }
    assert watched(on(template, "RunsDone"), "RunsDone") == {*services, "prod"}
    breaching = {name for name, alarm in alarms(template).items() if alarm.get("TreatMissingData") == "breaching"}
    assert breaching == _HEARTBEATS


def test_every_rule_of_the_bus_raises_an_alarm_when_it_cannot_deliver(template: Template) -> None:
    names = {rule["Name"] for rule in template.of("Events::Rule").values()}
    assert names <= watched(on(template, "FailedInvocations"), "FailedInvocations")


def test_every_alarm_says_what_it_costs_whose_it_is_how_urgent_and_where_to_read_on(template: Template) -> None:
    for name, alarm in alarms(template).items():
        assert _DESCRIPTION.fullmatch(alarm["AlarmDescription"]), name
        assert len(alarm["AlarmDescription"]) <= 1024


def test_every_alarm_says_what_missing_data_means_and_how_many_of_how_many(template: Template) -> None:
    for name, alarm in alarms(template).items():
        if "AlarmRule" in alarm:
            continue
        assert alarm["TreatMissingData"] in {"notBreaching", "breaching"}, name
        assert 1 <= alarm["DatapointsToAlarm"] <= alarm["EvaluationPeriods"]
        part = name.endswith(("Long", "Short"))
        assert part or alarm["EvaluationPeriods"] > 1 or name == "PromisesBroken", f"{name} is one of one"


def test_every_window_is_one_that_cloudwatch_allows(template: Template) -> None:
    for name, alarm in alarms(template).items():
        if "AlarmRule" in alarm:
            continue
        (period,) = {one["period"] for one in metrics(alarm)}
        assert period % 60 == 0
        assert period * alarm["EvaluationPeriods"] <= (_DAY if period < 3600 else _WEEK), name
        assert len(metrics(alarm)) <= 10


def test_an_alarm_on_the_table_is_not_kept_where_data_is_missing(template: Template) -> None:
    """CloudWatch ignores missing data of AWS/DynamoDB whatever the alarm says; a formula fills it first."""
    found = [alarm for alarm in alarms(template).values() if "AlarmRule" not in alarm]
    of_table = [alarm for alarm in found if any(one["namespace"] == "AWS/DynamoDB" for one in metrics(alarm))]
    assert len(of_table) == 5
    for alarm in of_table:
        expressions = [entry["Expression"] for entry in alarm["Metrics"] if "Expression" in entry]
        assert all("FILL(" in expression for expression in expressions)


def test_the_table_fails_in_whatever_operation_is_used_and_is_throttled_with_its_index(template: Template) -> None:
    known = alarms(template)
    assert watched([known["TableErrors"]], "SystemErrors") - set(template.of("DynamoDB::Table")) == READS | WRITES
    for kind in ("Read", "Write"):
        assert "gsi1" in watched([known[f"Table{kind}Throttles"]], f"{kind}ThrottleEvents")


def test_an_alarm_watches_no_metric_of_ours_that_does_not_exist(template: Template) -> None:
    services = {
        function["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]
        for function in template.of("Lambda::Function").values()
    }
    for name, alarm in alarms(template).items():
        for one in metrics(alarm) if "AlarmRule" not in alarm else ():
            if one["namespace"] == NAMESPACE:
                dimensions = {d["Name"]: d["Value"] for d in one["dimensions"]}
                assert set(dimensions) == set(METRICS[one["name"]].dimensions), name
                assert dimensions["service"] in services


def test_whoever_is_called_hears_of_the_end_too_and_parts_of_a_composite_tell_nobody(template: Template) -> None:
    (topic,) = template.of("SNS::Topic")
    for name, alarm in alarms(template).items():
        silent = name.endswith(("Long", "Short")) or name == "Health"
        told = [] if silent else [{"Ref": topic}]
        assert alarm.get("AlarmActions", []) == alarm.get("OKActions", []) == told, name
    statements = template.one("SNS::TopicPolicy")["PolicyDocument"]["Statement"]
    assert {"Service": "cloudwatch.amazonaws.com"} in [s["Principal"] for s in statements if s["Effect"] == "Allow"]


def test_alarms_go_by_mail_with_a_link_where_the_context_says_and_to_nobody_unasked(
    template: Template, tmp_path: Path
) -> None:
    assert template.of("SNS::Subscription") == {}
    context = {"alarm_email": "ops@shop.example", "stage": "test", "runbooks": READ_AT}
    asked = Template(build(tmp_path, validation=False, bundle=False, context=context))
    (topic,) = asked.of("SNS::Topic")
    subscription = asked.one("SNS::Subscription")
    assert subscription["TopicArn"] == {"Ref": topic}
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "ops@shop.example")
    named = [
        one["AlarmName"] for kind in ("Alarm", "CompositeAlarm") for one in asked.of(f"CloudWatch::{kind}").values()
    ]
    assert "test-backorders-Health" in named
    assert all(name.startswith("test-") for name in named), "two stages may share an account"
    here, linked = ({name: one["AlarmDescription"] for name, one in alarms(of).items()} for of in (template, asked))
    for name, text in here.items():
        there = linked[f"test-backorders-{name}"]
        path, link = (one.rpartition(" Runbook: ")[2] for one in (text, there))
        assert link == READ_AT + path, "who reads a mail can click"
        assert len(there) + 200 - len(READ_AT) <= 1024, "however long the address may be"


def test_the_health_of_the_stage_is_every_alarm_for_which_somebody_gets_up(template: Template) -> None:
    resolved = Resolved({"Resources": template.resources})
    by_arn = {
        resource.properties["AlarmName"]: f"arn:aws:cloudwatch:{resolved.region}:{resolved.account}:alarm:"
        for kind in ("Alarm", "CompositeAlarm")
        for resource in resolved.of_type(f"AWS::CloudWatch::{kind}")
    }
    (health,) = [
        resource.properties["AlarmRule"]
        for resource in resolved.of_type("AWS::CloudWatch::CompositeAlarm")
        if resource.name == "backorders-Health"
    ]
    pages = {
        name
        for name, alarm in alarms(template).items()
        if "Severity: page" in alarm["AlarmDescription"] and name != "Health"
    }
    named = {name for name in alarms(template) if f'{by_arn["backorders-" + name]}backorders-{name}"' in health}
    assert named == pages
    assert len(health) <= 10_240


def test_the_list_of_runbooks_names_every_alarm(template: Template) -> None:
    """docs/runbooks/alarms.json: by alarm the file that its description leads to."""
    found = {}
    for name, alarm in sorted(alarms(template).items()):
        match = _DESCRIPTION.fullmatch(alarm["AlarmDescription"])
        found[name] = f"{match[3]}.md" if match else ""
    assert json.loads(RUNBOOKS.read_text(encoding="utf-8")) == found
