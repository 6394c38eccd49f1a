"""The one table: two strings for a key, one sparse index, a stream that is the outbox."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

INDEX = "gsi1"
TIME_TO_LIVE = "ttl"
"""Seconds since 1970. Only on what may vanish (answers to repeated requests, claims), never on business records."""

_STRING = dynamodb.AttributeType.STRING


def table(scope: Construct) -> dynamodb.Table:
    """Kept when the stack is deleted; restorable to any second of the last 35 days.

    The index holds keys only: it finds, the table answers. The throughput cap bounds what a runaway loop can cost; it
    equals what a new table serves at once and is raised when the business grows into it.
    """
    made = dynamodb.Table(
        scope,
        "Table",
        partition_key=dynamodb.Attribute(name="pk", type=_STRING),
        sort_key=dynamodb.Attribute(name="sk", type=_STRING),
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        max_read_request_units=12_000,
        max_write_request_units=4_000,
        stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
        time_to_live_attribute=TIME_TO_LIVE,
        point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=True, recovery_period_in_days=35
        ),
        contributor_insights_specification=dynamodb.ContributorInsightsSpecification(
            enabled=True, mode=dynamodb.ContributorInsightsMode.THROTTLED_KEYS
        ),
        deletion_protection=True,
        removal_policy=cdk.RemovalPolicy.RETAIN,
    )
    made.add_global_secondary_index(
        index_name=INDEX,
        partition_key=dynamodb.Attribute(name="gsi1pk", type=_STRING),
        sort_key=dynamodb.Attribute(name="gsi1sk", type=_STRING),
        projection_type=dynamodb.ProjectionType.KEYS_ONLY,
        max_read_request_units=12_000,
        max_write_request_units=4_000,
    )
    return made
