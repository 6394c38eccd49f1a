"""What an invocation consumed, in dollars, and the lines that it is shared out over.

Counted are the calls to AWS, the invocation itself (request, time, memory), how it was started (a request to the
gateway; a batch that was received from a queue and deleted) and what it printed. An invocation that handled no line
owes what it consumed: the next one of the same step in this process pays for both, so that idle runs and repeats are
not free. What is still owed when the process ends is lost, and an API request that belongs to no step is nobody's.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TextIO

from shared.aws import counting
from shared.costs.prices import prices
from shared.costs.steps import step_of

_LINES = 1000
_DIGITS = 8  # of a price of a thousand lines: a request to a queue for one of them is half a thousandth of a dollar
_PER_EVENT = 26  # bytes that CloudWatch Logs bills beside the text of each
_SAMPLES = 100  # values of a metric in a document
_AT_ONCE = 10  # messages a request to a queue


class Share(NamedTuple):
    """Dollars per 1,000 lines, for so many lines of a step; at most as many as a metric document has room for."""

    step: str
    dollars: float
    lines: int


@dataclass
class Invocation:
    """What one consumes while it runs, by the names of the price table. `began` is what the context said first
    (milliseconds that remain)."""

    service: str = ""
    region: str = ""
    step: str | None = None
    context: Any = None
    began: int = 0
    lines: int = 0
    consumed: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    def add(self, amounts: Mapping[str, float]) -> None:
        for resource, amount in amounts.items():
            self.consumed[resource] += amount


_current = Invocation()
_owed: dict[tuple[str, str], float] = {}
"""Dollars by service and step."""


def begin(service: str, region: str, event: Any, context: Any) -> None:
    """An invocation starts. What was called before it in this process is not its own."""
    global _current
    counting.take()
    route = str(event.get("routeKey")) if isinstance(event, dict) and "requestContext" in event else None
    _current = Invocation(service, region, step_of(service, route), context, _remaining(context))
    _current.add({"invocations": 1, "api_requests": int(route is not None)} | _received(event))


def _received(event: Any) -> dict[str, int]:
    """A batch of a queue is fetched and deleted, ten messages a request."""
    records = event.get("Records") if isinstance(event, dict) else None
    if not records or records[0].get("eventSource") != "aws:sqs":
        return {}
    return {counting.queue_resource(str(records[0].get("eventSourceARN"))): 2 * -(-len(records) // _AT_ONCE)}


def handled(lines: int) -> None:
    """The invocation has brought so many more lines through its step."""
    _current.lines += lines


def printed(text: str) -> None:
    """Something went to the log."""
    _current.consumed["log_bytes"] += len(text) + text.count("\n") * _PER_EVENT


def settle() -> list[Share]:
    """What each line of this invocation costs; nothing without lines, when it is owed, or if it is nobody's."""
    invocation, step = _current, _current.step
    finished(invocation)
    if step is None:
        return []
    spent = _owe(invocation)
    if not invocation.lines:
        return []
    del _owed[invocation.service, step]
    dollars, lines = round(_LINES * spent / invocation.lines, _DIGITS), invocation.lines
    return [Share(step, dollars, min(_SAMPLES, lines - told)) for told in range(0, lines, _SAMPLES)]


def finished(invocation: Invocation) -> Mapping[str, float]:
    """All that it consumed. Not to be asked twice."""
    invocation.add(counting.take())
    invocation.add({"gb_seconds": _gb_seconds(invocation)})
    return invocation.consumed


def end() -> None:
    """What was consumed after the account was settled, such as printing it, is owed."""
    if _current.step is not None:
        _owe(_current)


def _owe(invocation: Invocation) -> float:
    """Put what was consumed on the account of the step; returns what is owed then."""
    account = invocation.service, str(invocation.step)
    spent = prices(invocation.region).dollars(invocation.consumed)
    invocation.consumed.clear()
    _owed[account] = _owed.get(account, 0) + spent
    return _owed[account]


def _remaining(context: Any) -> int:
    asked = getattr(context, "get_remaining_time_in_millis", None)
    return asked() if asked else 0


def _gb_seconds(invocation: Invocation) -> float:
    """Billed are started milliseconds. Loading the code, which is billed too, comes before the first invocation."""
    took = max(1, invocation.began - _remaining(invocation.context))
    return took / 1000 * int(getattr(invocation.context, "memory_limit_in_mb", 0)) / 1024


def start_cold() -> None:
    """Owe nothing, as a new process (local runner)."""
    _owed.clear()
    counting.take()


class Printer(io.TextIOBase):
    """Standard output, with what goes to it counted."""

    def __init__(self, under: TextIO) -> None:
        self._under = under

    def write(self, text: str) -> int:
        printed(text)
        return self._under.write(text)

    def flush(self) -> None:
        self._under.flush()
