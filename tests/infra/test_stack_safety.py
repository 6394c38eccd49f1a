from __future__ import annotations

from typing import Any

import pytest

from shared.runtime.metric_names import METRICS
from tests.infra.template import Template, target

pytestmark = pytest.mark.slow


def alarms_on(template: Template, metric: str) -> list[dict[str, Any]]:
    return [a for a in template.of("CloudWatch::Alarm").values() if a["MetricName"] == metric]


def dimension(alarm: dict[str, Any]) -> str:
    (only,) = alarm["Dimensions"]
    return target(only["Value"])


def test_the_table_survives_the_stack_and_can_be_restored(template: Template) -> None:
    (table,) = [r for r in template.resources.values() if r["Type"] == "AWS::DynamoDB::Table"]
    assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"
    properties = table["Properties"]
    assert properties["DeletionProtectionEnabled"] is True
    assert properties["PointInTimeRecoverySpecification"] == {
        "PointInTimeRecoveryEnabled": True,
        "RecoveryPeriodInDays": 35,
    }


def test_the_table_is_billed_by_use_and_streams_both_images(template: Template) -> None:
    properties = template.one("DynamoDB::Table")
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert properties["KeySchema"] == [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ]


def test_the_one_index_holds_keys_only(template: Template) -> None:
    (index,) = template.one("DynamoDB::Table")["GlobalSecondaryIndexes"]
    assert index["IndexName"] == "gsi1"
    assert [key["AttributeName"] for key in index["KeySchema"]] == ["gsi1pk", "gsi1sk"]
    assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}


@pytest.mark.parametrize("kind", ["Cognito::UserPool", "SecretsManager::Secret"])
def test_what_cannot_be_made_again_is_kept(template: Template, kind: str) -> None:
    (resource,) = [r for r in template.resources.values() if r["Type"] == f"AWS::{kind}"]
    assert resource["DeletionPolicy"] == "Retain"


def test_every_dead_letter_queue_raises_an_alarm_on_its_first_message(template: Template) -> None:
    dead = {key for key, queue in template.of("SQS::Queue").items() if "-dead" in queue["QueueName"]}
    alarms = alarms_on(template, "ApproximateNumberOfMessagesVisible")
    assert {dimension(alarm) for alarm in alarms} == dead
    assert all(a["Threshold"] == 0 and a["ComparisonOperator"] == "GreaterThanThreshold" for a in alarms)


def test_every_function_raises_an_alarm_when_it_fails(template: Template) -> None:
    assert {dimension(alarm) for alarm in alarms_on(template, "Errors")} == set(template.of("Lambda::Function"))


def test_every_stream_reader_raises_an_alarm_when_it_lags(template: Template) -> None:
    readers = {target(mapping["FunctionName"]) for mapping in template.mappings("StreamArn")}
    assert {dimension(alarm) for alarm in alarms_on(template, "IteratorAge")} == readers


def test_every_hourly_function_raises_an_alarm_when_it_stands_still(template: Template) -> None:
    hourly = {target(schedule["Target"]["Arn"]) for schedule in template.of("Scheduler::Schedule").values()}
    alarms = alarms_on(template, "Invocations")
    assert {dimension(alarm) for alarm in alarms} == hourly
    assert all(alarm["TreatMissingData"] == "breaching" for alarm in alarms)


def test_every_work_queue_raises_an_alarm_when_work_waits_too_long(template: Template) -> None:
    work = {target(mapping["EventSourceArn"]) for mapping in template.mappings("Arn")}
    assert {dimension(alarm) for alarm in alarms_on(template, "ApproximateAgeOfOldestMessage")} == work


def test_server_errors_of_the_api_raise_an_alarm(template: Template) -> None:
    (alarm,) = alarms_on(template, "5xx")
    assert alarm["Namespace"] == "AWS/ApiGateway"
    assert dimension(alarm) in template.of("ApiGatewayV2::Api")


def test_every_alarm_says_what_to_do_and_reaches_somebody(template: Template) -> None:
    (topic,) = template.of("SNS::Topic")
    for alarm in template.of("CloudWatch::Alarm").values():
        assert len(alarm["AlarmDescription"]) > 80
        assert alarm["TreatMissingData"] in {"notBreaching", "breaching"}
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": topic}]
    statements = template.one("SNS::TopicPolicy")["PolicyDocument"]["Statement"]
    assert {"Service": "cloudwatch.amazonaws.com"} in [s["Principal"] for s in statements if s["Effect"] == "Allow"]


def test_every_business_metric_is_on_the_dashboard(template: Template) -> None:
    boards = {b["DashboardName"]: str(b["DashboardBody"]) for b in template.of("CloudWatch::Dashboard").values()}
    assert sorted(boards) == ["Backorders-now", "Backorders-plumbing"]
    missing = [name for name in METRICS if f'MetricName=\\\\"{name}\\\\"' not in boards["Backorders-now"]]
    assert missing == []


def test_mail_outcomes_are_reported_and_bad_addresses_suppressed(template: Template) -> None:
    settings = template.one("SES::ConfigurationSet")
    assert settings["ReputationOptions"] == {"ReputationMetricsEnabled": True}
    assert sorted(settings["SuppressionOptions"]["SuppressedReasons"]) == ["BOUNCE", "COMPLAINT"]
    destination = template.one("SES::ConfigurationSetEventDestination")["EventDestination"]
    assert destination["Enabled"] is True
    assert destination["EventBridgeDestination"]["EventBusArn"]["Fn::Join"][1][-1] == ":event-bus/default"
    assert sorted(kind.lower() for kind in destination["MatchingEventTypes"]) == [
        "bounce",
        "complaint",
        "delivery",
        "deliverydelay",
        "reject",
        "renderingfailure",
        "send",
    ]


def test_events_can_be_replayed_for_a_month(template: Template) -> None:
    archive = template.one("Events::Archive")
    assert archive["RetentionDays"] == 30
    assert target(archive["SourceArn"]) in template.of("Events::EventBus")
