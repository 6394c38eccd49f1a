"""What functions print: log lines, and metrics in CloudWatch's embedded metric format."""

from __future__ import annotations

import io
import json
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TextIO

_KEPT_LINES = 20_000


@dataclass
class Statistic:
    """What CloudWatch keeps of the values of one metric."""

    unit: str = "None"
    count: int = 0
    sum: float = 0.0
    minimum: float = float("inf")
    maximum: float = float("-inf")
    last: float = 0.0

    def add(self, value: float) -> None:
        """Take one value in."""
        self.count += 1
        self.sum += value
        self.minimum = min(self.minimum, value)
        self.maximum = max(self.maximum, value)
        self.last = value

    def as_json(self) -> dict[str, Any]:
        """The statistic by its CloudWatch names in snake case."""
        return {
            "unit": self.unit,
            "count": self.count,
            "sum": self.sum,
            "min": self.minimum,
            "max": self.maximum,
            "last": self.last,
        }


Series = tuple[str, str, tuple[tuple[str, str], ...]]
"""Namespace, name and sorted dimensions."""


class Metrics:
    """Values by series, in total and per hour of the world's clock."""

    def __init__(self) -> None:
        self.totals: dict[Series, Statistic] = {}
        self.hours: dict[Series, dict[datetime, Statistic]] = {}

    def record(
        self, namespace: str, name: str, dimensions: dict[str, str], value: float, unit: str, at: datetime
    ) -> None:
        """Take one value in."""
        series = (namespace, name, tuple(sorted(dimensions.items())))
        hour = at.replace(minute=0, second=0, microsecond=0)
        self.totals.setdefault(series, Statistic(unit)).add(value)
        self.hours.setdefault(series, {}).setdefault(hour, Statistic(unit)).add(value)

    def record_embedded(self, document: dict[str, Any], at: datetime) -> None:
        """Take in a document in the embedded metric format. Its own timestamp is real time, so `at` counts."""
        for directive in document["_aws"]["CloudWatchMetrics"]:
            for definition in directive["Metrics"]:
                values = document[definition["Name"]]
                for dimension_set in directive.get("Dimensions") or [[]]:
                    dimensions = {name: str(document[name]) for name in dimension_set}
                    for value in values if isinstance(values, list) else [values]:
                        unit = definition.get("Unit", "None")
                        self.record(directive["Namespace"], definition["Name"], dimensions, value, unit, at)

    def as_json(self) -> list[dict[str, Any]]:
        """All series with their statistics, sorted."""
        return [
            {"namespace": namespace, "name": name, "dimensions": dict(dimensions), **statistic.as_json()}
            for (namespace, name, dimensions), statistic in sorted(self.totals.items())
        ]


@dataclass(frozen=True)
class LogLine:
    """One printed line."""

    at: datetime
    function: str
    request_id: str
    line: str


@dataclass
class Output:
    """Everything the functions of one world printed: the last lines, and all metrics."""

    lines: deque[LogLine] = field(default_factory=lambda: deque(maxlen=_KEPT_LINES))
    metrics: Metrics = field(default_factory=Metrics)

    def take(self, text: str, function: str, request_id: str, at: datetime) -> tuple[str, ...]:
        """Sort the text of one invocation into metrics and log lines. Returns the lines that log an error."""
        errors = []
        for line in text.splitlines():
            if '"_aws"' in line and (document := _embedded(line)) is not None:
                self.metrics.record_embedded(document, at)
            elif line.strip():
                entry = LogLine(at, function, request_id, line)
                self.lines.append(entry)
                if '"ERROR"' in line:
                    errors.append(line)
        return tuple(errors)


def _embedded(line: str) -> dict[str, Any] | None:
    try:
        document = json.loads(line)
    except ValueError:
        return None
    return document if isinstance(document, dict) and "CloudWatchMetrics" in document.get("_aws", {}) else None


class _Router(io.TextIOBase):
    """Stands in for sys.stdout for good. Loggers keep the stream they were made with, so the stream has to stay the
    same while what is behind it changes from invocation to invocation."""

    def __init__(self) -> None:
        self.capture: io.StringIO | None = None

    def _target(self) -> TextIO:
        return self.capture or sys.__stdout__ or sys.stderr

    def write(self, text: str) -> int:
        return self._target().write(text)

    def flush(self) -> None:
        self._target().flush()

    def writable(self) -> bool:
        return True


_router = _Router()


@contextmanager
def captured() -> Iterator[io.StringIO]:
    """Everything printed inside goes to the yielded buffer, also by loggers made in an earlier capture."""
    outer_stdout, outer_capture = sys.stdout, _router.capture
    buffer = io.StringIO()
    sys.stdout, _router.capture = _router, buffer
    try:
        yield buffer
    finally:
        sys.stdout, _router.capture = outer_stdout, outer_capture
