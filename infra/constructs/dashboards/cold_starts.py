"""Cold starts: how often, and how long a function took to be ready. Lambda says it in its own log lines only.

A filter on each log group turns the line into a metric; no function has to measure, nor to write a line for it. The
metric has no dimensions, as those of a filter come from the line, and two names: what a client waits for, and the rest.
Two metrics are paid for, however many functions there are.
"""

from __future__ import annotations

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.constructs.dashboards.pieces import WIDTH, graph_of
from infra.constructs.naming import construct_id
from infra.options import Options

COLD_STARTS = (
    "## Cold starts\nA new execution environment loads the code before it works: a client waits for **api**, nobody "
    "for **workers**. Many starts of api without more requests are releases, or clients that come in bursts; starts "
    "that take **longer** than last week are a dependency or an import more. Which function: look for initDurationMs "
    "in the logs."
)
_TOOK = "$.record.metrics.initDurationMs"
_NAMES = {"api": "ApiInitDuration", "workers": "WorkersInitDuration"}
_PERIOD = cdk.Duration.hours(1)


class ColdStarts(Construct):
    """Filters on the log groups of all functions, by name; `widgets` show what they find."""

    def __init__(self, scope: Construct, options: Options, functions: Mapping[str, lambda_.Function]) -> None:
        super().__init__(scope, "ColdStarts")
        namespace = f"{options.stack_name}/Functions"
        for name, function in functions.items():
            logs.MetricFilter(
                self,
                construct_id(name),
                log_group=function.log_group,
                filter_pattern=logs.FilterPattern.exists(_TOOK),
                metric_namespace=namespace,
                metric_name=_NAMES.get(name, _NAMES["workers"]),
                metric_value=_TOOK,
                unit=cloudwatch.Unit.MILLISECONDS,
            )
        self.widgets = [_graph("Cold starts", namespace, "SampleCount", "per hour")]
        self.widgets.append(_graph("Longest cold start", namespace, "Maximum", "ms"))


def _graph(title: str, namespace: str, statistic: str, axis: str) -> cloudwatch.IWidget:
    lines = [
        cloudwatch.Metric(namespace=namespace, metric_name=name, statistic=statistic, period=_PERIOD, label=label)
        for label, name in _NAMES.items()
    ]
    return graph_of(title, lines, axis=axis, width=WIDTH // 2)
