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

from infra.local.metric_store import MetricStore

_KEPT_LINES = 20_000


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
    metrics: MetricStore = field(default_factory=MetricStore)

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
