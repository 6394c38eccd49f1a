"""Widgets and their metric math, in the few shapes that the dashboards use."""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from infra.constructs.dashboards.rows import Figure, Graph, Read, Share
from shared.runtime.metric_names import METRICS, NAMESPACE, STAGE, search

WIDTH = 24
HEIGHT = 6
_NUMBERS_HEIGHT = 3
_HOUR = 3600
_DAY = 86_400
# Functions that count the same thing have each a series of their own: they are added up, or the highest is meant.
_READ: dict[Read, tuple[str, str]] = {
    "total": ("FILL(SUM({}),0)", "Sum"),  # an hour in which nothing was counted is an hour with 0
    "level": ("MAX({})", "Maximum"),
    "p10": ("MIN({})", "p10"),
    "p50": ("MAX({})", "p50"),
    "p90": ("MAX({})", "p90"),
    "p99": ("MAX({})", "p99"),
}

_EACH_PER_DAY: dict[Read, tuple[str, str]] = {
    "each average": ("{}", "Average"),
    "each thousandth": ("{}/1000", "Sum"),
}


def graph(of: Graph, stage: str, *, width: int) -> cloudwatch.IWidget:
    """A widget of business metrics."""
    lines = [line for figure in of.figures for line in _lines(figure, stage)]
    if of.view == "numbers":
        return cloudwatch.SingleValueWidget(
            title=of.title, width=width, height=_NUMBERS_HEIGHT, metrics=lines, set_period_to_time_range=False
        )
    return graph_of(of.title, lines, axis=of.axis, width=width, stacked=of.view == "stacked", zero=of.must_be_zero)


def graph_of(
    title: str,
    lines: Sequence[cloudwatch.IMetric],
    *,
    axis: str = "",
    width: int = WIDTH // 4,
    stacked: bool = False,
    zero: bool = False,
) -> cloudwatch.GraphWidget:
    """Lines over time; `zero` draws what no value may rise above."""
    limit = cloudwatch.HorizontalAnnotation(value=0, label="must be 0", color=cloudwatch.Color.RED)
    return cloudwatch.GraphWidget(
        title=title,
        width=width,
        height=HEIGHT,
        left=list(lines),
        left_y_axis=cloudwatch.YAxisProps(label=axis or None, show_units=False),
        left_annotations=[limit] if zero else None,
        stacked=stacked or None,
    )


def text(markdown: str, *, width: int = WIDTH, height: int = 2) -> cloudwatch.TextWidget:
    """Words in Markdown."""
    return cloudwatch.TextWidget(markdown=markdown, width=width, height=height)


def _lines(figure: Figure | Share, stage: str) -> list[cloudwatch.IMetric]:
    if isinstance(figure, Share):
        return [_share(figure, stage)]
    by = METRICS[figure.metric].by
    if figure.read in _EACH_PER_DAY:
        form, statistic = _EACH_PER_DAY[figure.read]
        label = f"${{PROP('Dim.{by}')}}: ${{PROP('Dim.service')}}"
        return [_math(form.format(search(figure.metric, stage, statistic, _DAY)), label, _DAY)]
    if figure.read == "each level":
        label = f"{figure.label}${{PROP('Dim.{by}')}}"
        every = METRICS[figure.metric].every
        return [_math(search(figure.metric, stage, "Maximum", every), label, every)]
    if figure.read == "each":
        label = f"{figure.label}${{PROP('Dim.{by}')}}" if by else figure.label or figure.metric
        return [_math(search(figure.metric, stage, "Sum", _HOUR), label, _HOUR)]
    form, statistic = _READ[figure.read]
    period = max(_DAY if figure.per_day else _HOUR, METRICS[figure.metric].every)
    return [_math(form.format(search(figure.metric, stage, statistic, period)), figure.label, period)]


def _share(share: Share, stage: str) -> cloudwatch.IMetric:
    # One search for the whole: what was never counted, such as a broken promise, must not blank the rest.
    names = " OR ".join(f'MetricName="{name}"' for name in share.of)
    schema = ",".join((NAMESPACE, *METRICS[share.of[0]].dimensions))
    whole = f"SEARCH('{{{schema}}} ({names}) {STAGE}=\"{stage}\"', 'Sum', {_DAY})"
    part = search(share.part, stage, "Sum", _DAY)
    return _math(f"100*FILL(SUM({part}),0)/SUM({whole})", share.label, _DAY)


def _math(expression: str, label: str, period: int) -> cloudwatch.MathExpression:
    return cloudwatch.MathExpression(
        expression=expression, label=label, period=cdk.Duration.seconds(period), using_metrics={}
    )
