"""The state of an alarm at one instant, by CloudWatch's rules as far as a look at the latest periods can tell."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from infra.local.dashboards.figures import lines_of
from infra.local.dashboards.model import Window
from infra.local.metric_store import MetricStore, aligned

State = Literal["ALARM", "OK", "INSUFFICIENT_DATA"]

_BREACHES: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


def state(alarm: Mapping[str, Any], store: MetricStore, now: datetime) -> State:
    """Whether enough of the latest whole periods breach the threshold; a missing one counts as the alarm says."""
    period = timedelta(seconds=_period(alarm))
    wanted, of = alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"]), alarm["EvaluationPeriods"]
    end = aligned(now, period)
    window = Window(end - of * period, end)
    (line,) = lines_of({"metrics": _rows(alarm)}, store, window)
    breaches = _BREACHES[alarm["ComparisonOperator"]]
    missing = {"breaching": True, "notBreaching": False}.get(alarm.get("TreatMissingData", "missing"))
    verdicts = [
        breaches(line.points[at], alarm["Threshold"]) if at in line.points else missing for at in window.periods(period)
    ]
    told = [verdict for verdict in verdicts if verdict is not None]
    if not told:
        return "INSUFFICIENT_DATA"
    return "ALARM" if sum(told) >= wanted else "OK"


def _period(alarm: Mapping[str, Any]) -> int:
    if "Metrics" not in alarm:
        return int(alarm["Period"])
    stats = [one["MetricStat"]["Period"] for one in alarm["Metrics"] if "MetricStat" in one]
    return int(max([*stats, *(one["Period"] for one in alarm["Metrics"] if "Period" in one)]))


def _rows(alarm: Mapping[str, Any]) -> list[list[Any]]:
    """The alarm's metric as the rows of a widget."""
    if "Metrics" not in alarm:
        statistic = alarm.get("Statistic") or alarm["ExtendedStatistic"]
        return [_row(alarm, {"stat": statistic, "period": alarm["Period"]})]
    rows = []
    for one in alarm["Metrics"]:
        options = {"id": one["Id"], "visible": one.get("ReturnData", True)}
        if "Expression" in one:
            rows.append([options | {"expression": one["Expression"], "period": _period(alarm)}])
        else:
            stat = one["MetricStat"]
            rows.append(_row(stat["Metric"], options | {"stat": stat["Stat"], "period": stat["Period"]}))
    return sorted(rows, key=lambda row: len(row) == 1)  # expressions need the metrics they name


def _row(metric: Mapping[str, Any], options: Mapping[str, Any]) -> list[Any]:
    dimensions = [part for one in metric.get("Dimensions", []) for part in (one["Name"], str(one["Value"]))]
    return [metric["Namespace"], metric["MetricName"], *dimensions, dict(options)]
