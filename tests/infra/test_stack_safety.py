from __future__ import annotations

import pytest

from shared.runtime.metric_names import COST, METRICS
from tests.infra.template import Template, target

pytestmark = pytest.mark.slow


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


def test_every_business_metric_is_on_the_dashboard_and_what_it_costs_on_the_other(template: Template) -> None:
    boards = {b["DashboardName"]: str(b["DashboardBody"]) for b in template.of("CloudWatch::Dashboard").values()}
    assert sorted(boards) == ["Backorders-now", "Backorders-plumbing"]

    def placed(board: str) -> list[str]:
        return [name for name in METRICS if f'MetricName=\\\\"{name}\\\\"' in boards[board]]

    assert placed("Backorders-now") == [name for name in METRICS if name != COST]
    assert placed("Backorders-plumbing") == [COST]


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
