"""What EventBridge hands on, by rules and by schedules, and what it could not: a row of `Plumbing`."""

from __future__ import annotations

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from infra.constructs.dashboards.pieces import WIDTH, graph_of

DELIVERIES = (
    "## Deliveries of EventBridge\nWhat a **rule** could not hand to its queue lies among that queue's dead letters, "
    "or is lost: look at the policies of both. A **schedule** that is given up lies in schedules-dead; an hourly run "
    "that was lost is made up for by the next one."
)
_AXIS = "per 5 min"
_THIRD = WIDTH // 3
_UNDELIVERED = {"FailedInvocations": "failed", "InvocationsFailedToBeSentToDlq": "lost"}
_SCHEDULED = {
    "InvocationAttemptCount": "attempts",
    "TargetErrorCount": "refused by the target",
    "InvocationDroppedCount": "given up",
    "InvocationsFailedToBeSentToDeadLetterCount": "lost",
}


def delivery_widgets(rules: Mapping[str, Mapping[str, str]], schedule_group: str) -> list[cloudwatch.IWidget]:
    """`rules` has the dimensions of each rule's metrics by what it carries."""
    undelivered = [
        _metric("Events", metric, of, f"{name}, {label}")
        for name, of in rules.items()
        for metric, label in _UNDELIVERED.items()
    ]
    scheduled = [
        _metric("Scheduler", metric, {"ScheduleGroup": schedule_group}, label) for metric, label in _SCHEDULED.items()
    ]
    handed_on = [_metric("Events", "Invocations", of, name) for name, of in rules.items()]
    return [
        graph_of("Events handed on by rules", handed_on, axis=_AXIS, width=_THIRD),
        graph_of("Events that a rule could not hand on", undelivered, axis=_AXIS, width=_THIRD, zero=True),
        graph_of("Runs of the scheduler", scheduled, axis=_AXIS, width=_THIRD),
    ]


def _metric(service: str, name: str, of: Mapping[str, str], label: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=f"AWS/{service}",
        metric_name=name,
        dimensions_map=dict(of),
        period=cdk.Duration.minutes(5),
        statistic="Sum",
        label=label,
    )
