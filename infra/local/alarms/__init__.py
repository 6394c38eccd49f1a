"""The alarms of the synthesized template, evaluated over the local metrics.

    alarms = read_alarms(template)
    history = histories(alarms, store, start, end)     # by name: every change of state
    now = states(alarms, store, end)                   # by name: the state at one instant

An approximation of CloudWatch, by what AWS documents: "Using Amazon CloudWatch alarms", there "Configuring how
CloudWatch alarms treat missing data" (evaluation range, premature alarms), "Alarm evaluation window" (sliding windows),
"Create a composite alarm", "Using math expressions with CloudWatch metrics", and the API reference of PutMetricAlarm.
Not imitated: that metrics arrive late, anomaly bands, suppression, and Metrics Insights. How many periods beyond the
evaluation periods are looked at is not published ("the exact number depends on the period"); it is two here, as in
AWS's examples.
"""

from infra.local.alarms.definitions import Alarm, CompositeAlarm, MetricAlarm, read_alarms
from infra.local.alarms.history import Change, histories, states
from infra.local.alarms.judgement import State

__all__ = ["Alarm", "Change", "CompositeAlarm", "MetricAlarm", "State", "histories", "read_alarms", "states"]
