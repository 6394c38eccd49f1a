"""How much of each service level's error budget is left: the second row of `Backorders now`."""

from __future__ import annotations

import re
from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from infra.constructs.business_alarms import Objective
from infra.constructs.dashboards.pieces import HEIGHT, WIDTH

DAYS = 30
_HOUR = cdk.Duration.hours(1)
_NUMBERS = 10
WORDS = (
    "## Service levels\nHow much of the error budget of the last 30 days is left, in per cent: 100 is no bad event, 0 "
    "is the service level just kept, below 0 it is broken (docs/operating.md says what is bad of what). A line that "
    "**falls steeply** is trouble now, and its alarm (*...Burn*) rings; with **little left**, release nothing risky."
)


def budget_widgets(objectives: Sequence[Objective]) -> list[cloudwatch.IWidget]:
    """What is left now, and how it went; both over 30 days, whatever time the rest of the dashboard shows."""
    start = f"-P{DAYS}D"
    spent = cloudwatch.HorizontalAnnotation(value=0, label="spent", color=cloudwatch.Color.RED)
    return [
        cloudwatch.SingleValueWidget(
            title="Error budget left, %",
            metrics=_left(objectives),
            width=_NUMBERS,
            height=HEIGHT,
            set_period_to_time_range=False,
            start=start,
        ),
        cloudwatch.GraphWidget(
            title="Error budget left, 30 days",
            left=_left(objectives),
            left_y_axis=cloudwatch.YAxisProps(label="%", show_units=False),
            left_annotations=[spent],
            width=WIDTH - _NUMBERS,
            height=HEIGHT,
            start=start,
        ),
    ]


def _left(objectives: Sequence[Objective]) -> list[cloudwatch.IMetric]:
    return [_of(one, f"o{n}") for n, one in enumerate(objectives)]


def _of(one: Objective, prefix: str) -> cloudwatch.IMetric:
    """What bad events have used up so far of what all events of the time allow. Ids are unique in a widget: they get a
    prefix."""
    share, events, metrics = one.bad(_HOUR)
    named = {f"{prefix}{name}": metric for name, metric in metrics.items()}
    bad = f"RUNNING_SUM(FILL(({share}) * ({events}), 0))"
    left = f"100 - 100 * {bad} / ({one.budget:g} * SUM({events}))"
    whole = re.sub(rf"\b({'|'.join(metrics)})\b", rf"{prefix}\1", left)
    return cloudwatch.MathExpression(expression=whole, using_metrics=named, label=one.label, period=_HOUR)
