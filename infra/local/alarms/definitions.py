"""What an alarm of the template watches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from infra.local.metric_store import Series, series_of
from infra.local.template import Resource, Template, TemplateError

Missing = Literal["missing", "ignore", "breaching", "notBreaching"]


@dataclass(frozen=True)
class Query:
    """One metric of an alarm, by the id that formulas know it by."""

    id: str
    series: Series
    statistic: str


@dataclass(frozen=True)
class MetricAlarm:
    """An alarm on one metric, or on a formula over several; without a formula there is one query."""

    name: str
    description: str
    queries: tuple[Query, ...]
    formula: str | None
    period: timedelta
    evaluation_periods: int
    datapoints_to_alarm: int
    comparison: str
    threshold: float
    missing: Missing


@dataclass(frozen=True)
class CompositeAlarm:
    """An alarm made of others: `rule` with their names in place of their ARNs."""

    name: str
    description: str
    rule: str


Alarm = MetricAlarm | CompositeAlarm


def read_alarms(template: Template) -> list[Alarm]:
    """Every alarm of the template, in its order, composites last. Raises TemplateError for what is not known here."""
    alarms: list[Alarm] = [_metric_alarm(one) for one in template.of_type("AWS::CloudWatch::Alarm")]
    prefix = f"arn:aws:cloudwatch:{template.region}:{template.account}:alarm:"
    for one in template.of_type("AWS::CloudWatch::CompositeAlarm"):
        rule = one.properties["AlarmRule"].replace(prefix, "")
        alarms.append(CompositeAlarm(one.name, one.properties.get("AlarmDescription", ""), rule))
    return alarms


def _metric_alarm(resource: Resource) -> MetricAlarm:
    given = resource.properties
    queries, formula, periods = _watched(resource)
    if len(periods) != 1:
        raise TemplateError(f"{resource.logical_id}: metrics of several periods are not known here")
    return MetricAlarm(
        name=resource.name,
        description=given.get("AlarmDescription", ""),
        queries=queries,
        formula=formula,
        period=timedelta(seconds=periods.pop()),
        evaluation_periods=int(given["EvaluationPeriods"]),
        datapoints_to_alarm=int(given.get("DatapointsToAlarm", given["EvaluationPeriods"])),
        comparison=given["ComparisonOperator"],
        threshold=float(given["Threshold"]),
        missing=_missing(given, queries, formula),
    )


def _missing(given: Mapping[str, Any], queries: tuple[Query, ...], formula: str | None) -> Missing:
    """Alarms on metrics of AWS/DynamoDB ignore missing data whatever they say (PutMetricAlarm, TreatMissingData)."""
    if formula is None and queries[0].series[0] == "AWS/DynamoDB":
        return "ignore"
    stated: Missing = given.get("TreatMissingData", "missing")
    return stated


def _watched(resource: Resource) -> tuple[tuple[Query, ...], str | None, set[int]]:
    given = resource.properties
    if "Metrics" not in given:
        statistic = given.get("Statistic") or given["ExtendedStatistic"]
        return (Query("m", _series(given), statistic),), None, {int(given["Period"])}
    stats = [one for one in given["Metrics"] if "MetricStat" in one]
    formulas = [one for one in given["Metrics"] if "Expression" in one]
    if len(formulas) != 1 or not formulas[0].get("ReturnData", True):
        raise TemplateError(f"{resource.logical_id}: exactly one formula is known here")
    queries = tuple(Query(one["Id"], _series(one["MetricStat"]["Metric"]), one["MetricStat"]["Stat"]) for one in stats)
    return queries, formulas[0]["Expression"], {int(one["MetricStat"]["Period"]) for one in stats}


def _series(metric: Mapping[str, Any]) -> Series:
    dimensions = {one["Name"]: str(one["Value"]) for one in metric.get("Dimensions", ())}
    return series_of(metric["Namespace"], metric["MetricName"], dimensions)
