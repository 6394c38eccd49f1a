"""Two dashboards: what the business does now, and how the machinery runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.options import Options
from shared.runtime.metric_names import METRICS, search

_PERIOD = cdk.Duration.minutes(5)
_WIDTH = 24
_TABLE_METRICS = ("ReadThrottleEvents", "WriteThrottleEvents", "TransactionConflict", "ConditionalCheckFailedRequests")

_BUSINESS_ROWS: Mapping[str, tuple[str, ...]] = {
    "Orders": ("BackordersRecorded", "BackordersRefused"),
    "Units that wait, and what becomes of them": ("UnitsBackordered", "UnitsAllocated", "UnitsCancelled"),
    "To the customer": ("UnitsReleased", "UnitsShipped"),
    "From the supplier": ("PurchaseOrdersSent", "UnitsPurchased", "UnitsReceived"),
    "What will run out": ("SkusLow", "SkusAtRisk"),
    "Whether promises are kept": ("PromisesKept", "PromisesBroken", "PromiseRevisions"),
    "How far promises are off": ("PromiseErrorHours", "PromiseLossHours"),
    "Whether suppliers keep our dates": ("DatesKept", "DatesBroken", "DatesWidened"),
    "What customers hear": ("MailsSent", "MailUnknownOutcome", "PromisesRevised"),
    "Mails that do not arrive": ("MailsBounced", "MailComplaints", "MailsSuppressed"),
    "What shops outside AWS hear": ("WebhooksDelivered", "WebhooksFailed"),
    "Who has to agree to a delay": ("ConsentCancelled", "ConsentDeadlineMissed", "ConsentUntold", "LegalNoticesResent"),
    "What went wrong": ("RequestsFailed", "RecordsFailed"),
    "Whether the counts are right": ("InvariantViolations", "ReconcileDrift"),
}


def _business_rows() -> dict[str, tuple[str, ...]]:
    """The rows of the first dashboard; a metric that no row names yet stands in a last one."""
    placed = {name for row in _BUSINESS_ROWS.values() for name in row}
    others = tuple(name for name in METRICS if name not in placed)
    return {**_BUSINESS_ROWS, "Also counted": others} if others else dict(_BUSINESS_ROWS)


_TABLES = {
    "Who has waited longest": "oldest-lines",
    "Late purchase orders, and how suppliers keep their dates": "late-suppliers",
    "What will run out": "risks",
    "Dead letters": "dead-letters",
}


def business_dashboard(scope: Construct, options: Options, tables: lambda_.IFunction) -> cloudwatch.Dashboard:
    """`Backorders now`: per hour, added up over the functions that count the same thing."""
    board = cloudwatch.Dashboard(
        scope,
        "BackordersNow",
        dashboard_name=options.name("Backorders-now"),
        default_interval=cdk.Duration.days(7),
    )
    board.add_widgets(
        cloudwatch.SingleValueWidget(
            title="Last 24 hours",
            width=_WIDTH,
            height=6,
            metrics=[_counted(name, cdk.Duration.days(1), options) for name in METRICS],
        )
    )
    for title, row in _business_rows().items():
        meanings = "; ".join(f"**{name}**: {METRICS[name].meaning}" for name in row)
        board.add_widgets(
            cloudwatch.GraphWidget(
                title=title, width=18, left=[_counted(name, cdk.Duration.hours(1), options) for name in row]
            ),
            cloudwatch.TextWidget(markdown=meanings, width=6, height=6),
        )
    board.add_widgets(
        *(
            cloudwatch.CustomWidget(
                function_arn=tables.function_arn, title=title, params={"widget": widget}, width=_WIDTH // 2, height=7
            )
            for title, widget in _TABLES.items()
        )
    )
    return board


def _counted(name: str, period: cdk.Duration, options: Options) -> cloudwatch.MathExpression:
    # A search, because several functions count the same thing, each under its own `service`.
    found = search(name, options.stage, period=int(period.to_seconds()))
    return cloudwatch.MathExpression(expression=f"SUM({found})", label=name, period=period, using_metrics={})


@dataclass(frozen=True)
class Plumbing:
    """What the second dashboard shows; `readers` are the functions on the table's stream."""

    api: apigateway.HttpApi
    functions: Sequence[lambda_.Function]
    readers: Sequence[lambda_.Function]
    queues: Mapping[str, sqs.IQueue]
    dead: Mapping[str, sqs.IQueue]
    table: dynamodb.Table


def plumbing_dashboard(scope: Construct, options: Options, of: Plumbing) -> cloudwatch.Dashboard:
    """`Plumbing`: a row each for the API, the queues, the functions, and the table with its stream."""
    board = cloudwatch.Dashboard(
        scope,
        "Plumbing",
        dashboard_name=options.name("Backorders-plumbing"),
        default_interval=cdk.Duration.hours(12),
    )
    board.add_widgets(
        _graph("API requests", [of.api.metric_count(period=_PERIOD), of.api.metric_client_error(period=_PERIOD)]),
        _graph("API failures", [of.api.metric_server_error(period=_PERIOD)]),
        _graph("API latency", [of.api.metric_latency(period=_PERIOD, statistic=s) for s in ("p50", "p90", "p99")]),
    )
    board.add_widgets(
        _graph("Waiting in queues", _messages(of.queues)),
        _graph(
            "Oldest message",
            [q.metric_approximate_age_of_oldest_message(period=_PERIOD, label=n) for n, q in of.queues.items()],
        ),
        _graph("Dead letters", _messages(of.dead)),
    )
    board.add_widgets(
        _graph("Function errors", [f.metric_errors(period=_PERIOD) for f in of.functions]),
        _graph("Function throttles", [f.metric_throttles(period=_PERIOD) for f in of.functions]),
        _graph("Function duration p99", [f.metric_duration(period=_PERIOD, statistic="p99") for f in of.functions]),
    )
    board.add_widgets(
        _graph("Stream lag", [f.metric("IteratorAge", period=_PERIOD, statistic="Maximum") for f in of.readers]),
        _graph(
            "Table throttles and conflicts",
            [of.table.metric(name, period=_PERIOD, statistic="Sum") for name in _TABLE_METRICS],
        ),
    )
    return board


def _messages(queues: Mapping[str, sqs.IQueue]) -> list[cloudwatch.Metric]:
    return [q.metric_approximate_number_of_messages_visible(period=_PERIOD, label=n) for n, q in queues.items()]


def _graph(title: str, metrics: Sequence[cloudwatch.IMetric]) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, width=_WIDTH // 3, left=list(metrics))
