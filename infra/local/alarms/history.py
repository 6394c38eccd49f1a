"""Alarms through time: every change of state between two instants."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from infra.local.alarms.definitions import Alarm, CompositeAlarm, MetricAlarm
from infra.local.alarms.judgement import BEYOND, State, judged
from infra.local.metric_math import Line, MetricMath
from infra.local.metric_store import MetricStore, aligned

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_NEVER = datetime.max.replace(tzinfo=UTC)
_ALARM = re.compile(r'(ALARM|OK|INSUFFICIENT_DATA)\("([^"]+)"\)')
_OTHERS = re.compile(r"\b(AND|OR|NOT|TRUE|FALSE)\b|[()\s]")


@dataclass(frozen=True)
class Change:
    """From `at` on the alarm is in this state. `points` are the datapoints it was judged by, oldest first."""

    at: datetime
    state: State
    points: tuple[float | None, ...] = ()


History = list[Change]


def histories(alarms: Sequence[Alarm], store: MetricStore, start: datetime, end: datetime) -> dict[str, History]:
    """By alarm every change of state, the first at `start`.

    Metrics before `start` count; an alarm begins as INSUFFICIENT_DATA, as a new one does. Windows slide: they are
    evaluated every minute, or every hour where they are over a day, as CloudWatch does.
    """
    found = {one.name: list(_metric_history(one, store, start, end)) for one in alarms if isinstance(one, MetricAlarm)}
    _add_composites(alarms, found, start)
    return found


def _add_composites(alarms: Sequence[Alarm], found: dict[str, History], start: datetime) -> None:
    """Those first whose parts are known. Raises ValueError for parts that nobody knows."""
    left = [one for one in alarms if isinstance(one, CompositeAlarm)]
    while left:
        ready = [one for one in left if all(name in found for _, name in _ALARM.findall(one.rule))]
        if not ready:
            raise ValueError(f"composite alarms of unknown alarms: {[one.name for one in left]}")
        for one in ready:
            found[one.name] = list(_composite_history(one, found, start))
        left = [one for one in left if one not in ready]


def states(alarms: Sequence[Alarm], store: MetricStore, at: datetime) -> dict[str, State]:
    """The state of each alarm at an instant, by a look at its evaluation range alone: what a glance at a dashboard
    shows. An alarm that ignores missing data counts as never having had any other state."""
    found: dict[str, list[Change]] = {}
    for one in alarms:
        if isinstance(one, MetricAlarm):
            found[one.name] = [Change(at, judged(one, _points(one, store, _whole(at)), "INSUFFICIENT_DATA"))]
    _add_composites(alarms, found, at)
    return {name: changes[-1].state for name, changes in found.items()}


def _whole(at: datetime) -> datetime:
    return aligned(at, _MINUTE)


def fired(history: History) -> list[datetime]:
    """When an alarm began to ring."""
    return [change.at for change in history if change.state == "ALARM"]


def _metric_history(alarm: MetricAlarm, store: MetricStore, start: datetime, end: datetime) -> Iterator[Change]:
    state: State = "INSUFFICIENT_DATA"
    at, first = aligned(start, _step(alarm)), True
    while at <= end:
        points = _points(alarm, store, at)
        following = judged(alarm, points, state)
        if following != state or first:
            yield Change(max(at, start), following, tuple(points))
        state, first = following, False
        at = _next_look(alarm, store, at)


def _step(alarm: MetricAlarm) -> timedelta:
    return _HOUR if alarm.evaluation_periods * alarm.period > _DAY else _MINUTE


def _next_look(alarm: MetricAlarm, store: MetricStore, at: datetime) -> datetime:
    """The next evaluation at which a datapoint may differ: something crosses the edge of a period of the range. In
    between nothing can change, so that months in which nothing happens cost nothing."""
    step, crossing = _step(alarm), []
    for query in alarm.queries:
        for back in (n * alarm.period for n in range(alarm.evaluation_periods + BEYOND + 1)):
            when = store.next_change(query.series, at - back)
            if when is not None:
                crossing.append(when + back + _MINUTE)
    if not crossing:
        return _NEVER
    following = aligned(min(crossing), step)
    return max(at + step, following if following >= min(crossing) else following + step)


@dataclass(frozen=True)
class _Range:
    """The evaluation range of an alarm: so many of its periods up to now, told by their ends."""

    period: timedelta
    count: int
    end: datetime

    def periods(self, _period: timedelta) -> Iterator[datetime]:
        return (self.end - n * self.period for n in reversed(range(self.count)))


def _points(alarm: MetricAlarm, store: MetricStore, at: datetime) -> list[float | None]:
    """The datapoints of the evaluation range that ends now; None where there is none."""
    looked_at = _Range(alarm.period, alarm.evaluation_periods + BEYOND, at)
    ends = list(looked_at.periods(alarm.period))
    named = {}
    for query in alarm.queries:
        values = {end: store.statistic(query.series, end - alarm.period, end) for end in ends}
        told = {end: value.value(query.statistic) for end, value in values.items() if value is not None}
        named[query.id] = Line(told, period=alarm.period)
    line = named[alarm.queries[0].id]
    if alarm.formula is not None:
        (line,) = MetricMath(None, looked_at, alarm.period, named).evaluate(alarm.formula)
    return [line.points.get(end) for end in ends]


def _composite_history(alarm: CompositeAlarm, known: Mapping[str, History], start: datetime) -> Iterator[Change]:
    names = {name for _, name in _ALARM.findall(alarm.rule)}
    instants = sorted({start, *(change.at for name in names for change in known[name])})
    state: State | None = None
    for at in instants:
        following: State = "ALARM" if _holds(alarm.rule, {name: _state_at(known[name], at) for name in names}) else "OK"
        if following != state:
            yield Change(at, following)
        state = following


def _state_at(history: History, at: datetime) -> State:
    state: State = "INSUFFICIENT_DATA"
    for change in history:
        if change.at > at:
            break
        state = change.state
    return state


def _holds(rule: str, by_name: Mapping[str, State]) -> bool:
    """A rule of AND, OR, NOT and parentheses over states. Raises ValueError for anything else."""
    told = _ALARM.sub(lambda match: str(by_name[match[2]] == match[1]).upper(), rule)
    if _OTHERS.sub("", told):
        raise ValueError(f"not a rule that is known here: {rule}")
    tokens = re.findall(r"\(|\)|AND|OR|NOT|TRUE|FALSE", told)
    value, rest = _either(tokens)
    if rest:
        raise ValueError(f"not a rule that is known here: {rule}")
    return value


def _either(tokens: list[str]) -> tuple[bool, list[str]]:
    value, rest = _both(tokens)
    while rest and rest[0] == "OR":
        other, rest = _both(rest[1:])
        value = value or other
    return value, rest


def _both(tokens: list[str]) -> tuple[bool, list[str]]:
    value, rest = _one(tokens)
    while rest and rest[0] == "AND":
        other, rest = _one(rest[1:])
        value = value and other
    return value, rest


def _one(tokens: list[str]) -> tuple[bool, list[str]]:
    head, rest = tokens[0], tokens[1:]
    if head == "NOT":
        value, rest = _one(rest)
        return not value, rest
    if head == "(":
        value, rest = _either(rest)
        return value, rest[1:]
    return head == "TRUE", rest
