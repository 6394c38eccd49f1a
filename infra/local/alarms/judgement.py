"""The state that follows from the datapoints in an alarm's evaluation range.

"Configuring how CloudWatch alarms treat missing data": the latest real datapoints are enough if there are as many as
evaluation periods, wherever in the range they lie; only what is lacking then is filled, as the alarm says.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Literal

from infra.local.alarms.definitions import MetricAlarm

State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
BEYOND = 2
"""Periods before the evaluation periods that are looked at too."""

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


def judged(alarm: MetricAlarm, points: Sequence[float | None], before: State) -> State:
    """`points` are those of the evaluation range, oldest first; `before` is the state until now."""
    breaches = _COMPARISONS[alarm.comparison]
    verdicts = [None if point is None else breaches(point, alarm.threshold) for point in points]
    recent = verdicts[-alarm.evaluation_periods :]
    real = [verdict for verdict in verdicts if verdict is not None]
    if None not in recent or len(real) >= alarm.evaluation_periods:
        told = recent if None not in recent else real[-alarm.evaluation_periods :]
        return "ALARM" if sum(map(bool, told)) >= alarm.datapoints_to_alarm else "OK"
    if alarm.missing in ("breaching", "notBreaching"):
        filled = (alarm.evaluation_periods - len(real)) * (alarm.missing == "breaching")
        return "ALARM" if sum(real) + filled >= alarm.datapoints_to_alarm else "OK"
    if not real:
        return before if alarm.missing == "ignore" else "INSUFFICIENT_DATA"
    if sum(real) >= alarm.datapoints_to_alarm or (all(real) and _old_enough(alarm, recent)):
        return before if alarm.missing == "ignore" else "ALARM"
    return "OK"


def _old_enough(alarm: MetricAlarm, recent: Sequence[bool | None]) -> bool:
    """Whether the oldest breach is as old as the datapoints to alarm: nothing said otherwise since."""
    return True in recent and len(recent) - recent.index(True) >= alarm.datapoints_to_alarm
