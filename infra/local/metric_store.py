"""The metrics of one world, minute by minute of its clock: what CloudWatch would hold.

There are two kinds. *Values* come with events (what handlers print in the embedded metric format, an invocation, a
request) and stand in the minute they came in. *Levels* hold until they change (messages on a queue, the age of the
oldest): CloudWatch gets one sample of them a minute, and here the sample of a minute is what held at its end. A level
is kept by its changes alone, so that months of an idle queue cost nothing.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.local.statistic import Statistic

MINUTE = 60

Series = tuple[str, str, tuple[tuple[str, str], ...]]
"""Namespace, name and sorted dimensions."""


def series_of(namespace: str, name: str, dimensions: Mapping[str, str]) -> Series:
    """The series of these dimensions, in whatever order they are given."""
    return namespace, name, tuple(sorted(dimensions.items()))


@dataclass
class _Values:
    """Statistics by minute (minutes since 1970), and the minutes in order."""

    unit: str
    minutes: list[int] = field(default_factory=list)
    by_minute: dict[int, Statistic] = field(default_factory=dict)

    def add(self, minute: int, value: float) -> None:
        found = self.by_minute.get(minute)
        if found is None:
            found = self.by_minute[minute] = Statistic(self.unit)
            if self.minutes and minute < self.minutes[-1]:
                insort(self.minutes, minute)
            else:
                self.minutes.append(minute)
        found.add(value)

    def within(self, first: int, end: int) -> Statistic | None:
        minutes = self.minutes[bisect_left(self.minutes, first) : bisect_left(self.minutes, end)]
        if not minutes:
            return None
        merged = Statistic(self.unit)
        for minute in minutes:
            merged.merge(self.by_minute[minute])
        return merged

    def changed(self, first: int, end: int) -> bool:
        return bisect_left(self.minutes, first) < bisect_left(self.minutes, end)

    def next_change(self, minute: int) -> int | None:
        n = bisect_left(self.minutes, minute)
        return self.minutes[n] if n < len(self.minutes) else None

    def ends(self) -> tuple[int, int]:
        return self.minutes[0], self.minutes[-1] + 1


@dataclass
class _Levels:
    """Since when (seconds since 1970) which level held: a constant, or the seconds since some instant."""

    unit: str
    times: list[float] = field(default_factory=list)
    levels: list[tuple[float, bool]] = field(default_factory=list)

    def set(self, at: float, level: float, *, grows: bool) -> None:
        if self.levels and self.levels[-1] == (level, grows):
            return
        if self.times and self.times[-1] >= at:
            self.levels[-1] = (level, grows)
            return
        self.times.append(at)
        self.levels.append((level, grows))

    def within(self, first: int, end: int) -> Statistic | None:
        found = Statistic(self.unit)
        for minute in range(max(first, int(self.times[0]) // MINUTE), end):
            at = (minute + 1) * MINUTE
            level, grows = self.levels[bisect_right(self.times, at - 0.000_001) - 1]
            found.add(round(at - level, 3) if grows else level)
        return found if found.count else None

    def changed(self, first: int, end: int) -> bool:
        """Whether some sample in there may differ from the one before."""
        start = bisect_left(self.times, first * MINUTE)
        moves = start < bisect_left(self.times, end * MINUTE)
        return moves or (start > 0 and self.levels[start - 1][1])

    def next_change(self, minute: int) -> int | None:
        n = bisect_left(self.times, minute * MINUTE)
        if n > 0 and self.levels[n - 1][1]:
            return minute
        return int(self.times[n]) // MINUTE if n < len(self.times) else None

    def ends(self) -> tuple[int, int]:
        return int(self.times[0]) // MINUTE, int(self.times[-1]) // MINUTE + 1


class MetricStore:
    """All metrics by series. Instants are aware UTC; ranges include their start and not their end."""

    def __init__(self) -> None:
        self.totals: dict[Series, Statistic] = {}
        self._kept: dict[Series, _Values | _Levels] = {}

    # -- taking in ----------------------------------------------------------------------------------------------

    def record(
        self, namespace: str, name: str, dimensions: Mapping[str, str], value: float, unit: str, at: datetime
    ) -> None:
        """Take in one value."""
        series = series_of(namespace, name, dimensions)
        kept = self._kept.get(series)
        if not isinstance(kept, _Values):
            kept = self._kept[series] = _Values(unit)
            self.totals[series] = Statistic(unit)
        kept.add(int(at.timestamp()) // MINUTE, value)
        self.totals[series].add(value)

    def record_embedded(self, document: Mapping[str, Any], at: datetime) -> None:
        """Take in a document in the embedded metric format. Its own timestamp is real time, so `at` counts."""
        for directive in document["_aws"]["CloudWatchMetrics"]:
            for definition in directive["Metrics"]:
                values = document[definition["Name"]]
                for dimension_set in directive.get("Dimensions") or [[]]:
                    dimensions = {name: str(document[name]) for name in dimension_set}
                    for value in values if isinstance(values, list) else [values]:
                        unit = definition.get("Unit", "None")
                        self.record(directive["Namespace"], definition["Name"], dimensions, value, unit, at)

    def hold(
        self, namespace: str, name: str, dimensions: Mapping[str, str], level: float, unit: str, at: datetime
    ) -> None:
        """From `at` on the level is this."""
        series = series_of(namespace, name, dimensions)
        self._level(series, unit).set(at.timestamp(), level, grows=False)
        self.totals[series].add(level)

    def hold_age(
        self, namespace: str, name: str, dimensions: Mapping[str, str], since: datetime | None, at: datetime
    ) -> None:
        """From `at` on the level is the seconds since `since`; zero for None."""
        series = series_of(namespace, name, dimensions)
        levels = self._level(series, "Seconds")
        levels.set(at.timestamp(), since.timestamp() if since else 0.0, grows=since is not None)
        self.totals[series].add((at - since).total_seconds() if since else 0.0)

    def _level(self, series: Series, unit: str) -> _Levels:
        kept = self._kept.get(series)
        if not isinstance(kept, _Levels):
            kept = self._kept[series] = _Levels(unit)
            self.totals[series] = Statistic(unit)
        return kept

    # -- reading ------------------------------------------------------------------------------------------------

    def all_series(self) -> list[Series]:
        """Every series there is, sorted."""
        return sorted(self._kept)

    def find(self, namespace: str, name: str, dimension_names: frozenset[str]) -> list[Series]:
        """The series of a metric that have exactly these dimensions, sorted: what a SEARCH looks through."""
        return sorted(
            series
            for series in self._kept
            if series[:2] == (namespace, name) and {key for key, _ in series[2]} == dimension_names
        )

    def statistic(self, series: Series, start: datetime, end: datetime) -> Statistic | None:
        """All values from `start` to `end` together (whole minutes); None if there are none."""
        kept = self._kept.get(series)
        return kept.within(_minute(start), _minute(end)) if kept is not None else None

    def changed(self, series: Series, start: datetime, end: datetime) -> bool:
        """Whether anything came in, or a level moved, from `start` to `end`."""
        kept = self._kept.get(series)
        return kept is not None and kept.changed(_minute(start), _minute(end))

    def next_change(self, series: Series, at: datetime) -> datetime | None:
        """The minute, from `at` on, in which something comes in or a level moves next; None if that never happens."""
        kept = self._kept.get(series)
        minute = kept.next_change(_minute(at)) if kept is not None else None
        return None if minute is None else datetime.fromtimestamp(minute * MINUTE, UTC)

    def points(
        self, series: Series, statistic: str, period: timedelta, start: datetime, end: datetime
    ) -> dict[datetime, float]:
        """The statistic of each period from `start` on, by the start of the period; those without values are left
        out. Align `start` yourself: CloudWatch's graphs begin their periods at whole multiples of them."""
        return dict(self._points(series, statistic, period, start, end))

    def _points(
        self, series: Series, statistic: str, period: timedelta, start: datetime, end: datetime
    ) -> Iterator[tuple[datetime, float]]:
        kept = self._kept.get(series)
        if kept is None:
            return
        first = kept.ends()[0]
        last = kept.ends()[1] if isinstance(kept, _Values) else _minute(end)
        at = start
        while at < end:
            following = at + period
            if _minute(following) > first and _minute(at) < last:
                found = kept.within(_minute(at), _minute(following))
                if found is not None:
                    yield at, found.value(statistic)
            at = following

    def as_json(self) -> list[dict[str, Any]]:
        """All series with their statistics in total, sorted."""
        return [
            {"namespace": namespace, "name": name, "dimensions": dict(dimensions), **statistic.as_json()}
            for (namespace, name, dimensions), statistic in sorted(self.totals.items(), key=lambda item: item[0])
        ]


def aligned(at: datetime, period: timedelta) -> datetime:
    """The last whole multiple of `period` since 1970 that is not after `at`."""
    seconds = int(period.total_seconds())
    return datetime.fromtimestamp(int(at.timestamp()) // seconds * seconds, UTC)


def _minute(at: datetime) -> int:
    return int(at.timestamp()) // MINUTE
