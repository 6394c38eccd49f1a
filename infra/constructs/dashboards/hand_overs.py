"""What Lambda takes from queues and the stream and hands to functions: a row of `Plumbing`."""

from __future__ import annotations

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_

from infra.constructs.dashboards.pieces import WIDTH, graph_of
from infra.constructs.queues import WorkQueue
from infra.constructs.streams import StreamReader

HAND_OVERS = (
    "## Hand-overs to functions\nWhat Lambda took from queues and stream. Many messages **in flight** while little is "
    "handed over are a slow function. Events **failed** when the function ended in an error and come again, one by "
    "one named failures are not among them; **dropped** ones are lost. **Turned away** is a full account: see *What "
    "AWS would stop*."
)
_PERIOD = cdk.Duration.minutes(5)
_AXIS = "per 5 min"
_QUARTER = WIDTH // 4


def hand_over_widgets(
    queues: Mapping[str, WorkQueue], readers: Mapping[str, StreamReader], functions: Mapping[str, lambda_.Function]
) -> list[cloudwatch.IWidget]:
    """All by name. Only readers of the stream can drop what they took: a queue keeps it."""
    taking = {name: queue.mapping.ref for name, queue in queues.items()}
    taking |= {name: reader.mapping.ref for name, reader in readers.items()}
    polled = [_of(uuid, "PolledEventCount", name) for name, uuid in taking.items()]
    failed = [_of(uuid, "FailedInvokeEventCount", f"{name}, failed") for name, uuid in taking.items()]
    dropped = [_of(taking[name], "DroppedEventCount", f"{name}, dropped") for name in readers]
    flying = [
        one.queue.metric_approximate_number_of_messages_not_visible(period=_PERIOD, statistic="Maximum", label=name)
        for name, one in queues.items()
    ]
    throttled = [one.metric_throttles(period=_PERIOD, statistic="Sum", label=name) for name, one in functions.items()]
    return [
        graph_of("Events handed over", polled, axis=_AXIS, width=_QUARTER, stacked=True),
        graph_of("Messages in flight", flying, axis="messages", width=_QUARTER, stacked=True),
        graph_of("Events that failed or were dropped", [*failed, *dropped], axis=_AXIS, width=_QUARTER),
        graph_of("Invocations turned away", throttled, axis=_AXIS, width=_QUARTER, zero=True),
    ]


def _of(uuid: str, name: str, label: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace="AWS/Lambda",
        metric_name=name,
        dimensions_map={"EventSourceMappingUUID": uuid},
        period=_PERIOD,
        statistic="Sum",
        label=label,
    )
