"""Goes wrong between a source and its function: batches again, late, torn, refused, or in the middle of themselves."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import Any

from infra.local.asynchronous import AsyncInvoker
from infra.local.function import Function, FunctionError, Outcome
from infra.local.world import World
from shared.runtime.container import start_cold
from tests.simulation.accidents import Accidents
from tests.simulation.catalogue import kinds_at_delivery
from tests.simulation.pieces import in_pieces
from tests.simulation.trace import Trace, mark
from tests.simulation.wrong_clocks import MOST_SKEWED, right_but_for

_THROTTLED = Outcome("throttled", error=FunctionError("TooManyRequestsException", "Rate Exceeded."))
_TIMED_OUT = FunctionError("Sandbox.Timedout", "Task timed out")
_PATIENCE = 3
_OVERLAPS_WITHIN = 6  # calls: few functions make many more
_LONGEST = 5  # windows until something is delivered again
_SKEWS = (1, 20, 100, MOST_SKEWED)  # seconds, ahead or behind

Event = dict[str, Any]


@dataclass
class _Overlap:
    """A batch that becomes visible again while its first run is still at work."""

    function: Function
    event: Event
    calls: int


class Deliveries:
    """Stands before every invocation. `invoked` counts them by function and source."""

    def __init__(self, world: World, accidents: Accidents, trace: Trace) -> None:
        self._world, self._accidents, self._trace = world, accidents, trace
        self._run = world.lambdas.invoke
        self._failures: Counter[str] = Counter()
        self._overlap: _Overlap | None = None
        self._later: list[tuple[int, Callable[[], object]]] = []
        self._window = 0
        self.invoked: Counter[tuple[str, str]] = Counter()
        self.scheduled: dict[str, Any] = {}  # the last event of each function that a schedule starts
        world.lambdas.invoke = self.invoke  # type: ignore[method-assign]
        (self._invoker,) = (source for source in world.sources if isinstance(source, AsyncInvoker))
        self._accept = self._invoker.accept
        self._invoker.accept = self.accept  # type: ignore[method-assign]

    def invoke(self, function: Function, event: Any, *, given_away: bool = False) -> Outcome:
        source = source_of(event)
        self.invoked[function.name, source] += 1
        self._trace.add("invoke", function.name, source)
        if self._failures[function.name] >= _PATIENCE and source != "http":
            self._accidents.spare(function.name)
        accident = self._accidents.draw(kinds_at_delivery(source), function.name, function.name)
        if accident is None:
            outcome = self._invoke(function, event, given_away=given_away)
        else:
            self._trace.add("accident", accident.kind, function.name)
            outcome = _HOW[accident.kind](self, function, event, accident.chance())
        self._trace.add("outcome", function.name, _marked(source, outcome), outcome.error.type if outcome.error else "")
        self._count(function, outcome)
        return outcome

    def accept(self, function: Function, payload: Any) -> None:
        """An asynchronous event of a schedule."""
        accident = self._accidents.draw(kinds_at_delivery("schedule"), function.name, function.name)
        kind = accident.kind if accident else ""
        self.scheduled[function.name] = payload
        self._trace.add("schedule", function.name, kind)
        if accident and kind == "schedule late":
            self.put_off(lambda: self._accept(function, payload), accident.chance())
        elif kind != "schedule never":
            self._accept(function, payload)
        if kind == "schedule twice":
            self._accept(function, copy.deepcopy(payload))

    def enter(self, window: int) -> None:
        """The next operation of the client begins: what was put off until now comes."""
        self._window = window
        due = [action for at, action in self._later if at <= window]
        self._later = [(at, action) for at, action in self._later if at > window]
        for action in due:
            action()

    def finish(self) -> None:
        """Whatever was put off comes now."""
        self.enter(1_000_000)

    def during(self, who: str) -> None:
        """A call of a function begins: its batch may have come back meanwhile."""
        overlap = self._overlap
        if overlap is None or overlap.function.name != who:
            return
        overlap.calls -= 1
        if overlap.calls < 0:
            self._overlap = None
            self._invoke(overlap.function, overlap.event)

    def _invoke(
        self, function: Function, event: Event, *, given_away: bool = False, skew: timedelta = timedelta(0)
    ) -> Outcome:
        """Every environment has a clock of its own, also one that runs in the middle of another."""
        with right_but_for(self._world.clock, skew):
            return self._run(function, event, given_away=given_away)

    def _count(self, function: Function, outcome: Outcome) -> None:
        failed = outcome.error is not None or bool((outcome.value or {}).get("batchItemFailures"))
        self._failures[function.name] = self._failures[function.name] + 1 if failed else 0
        if not failed:
            self._accidents.spare(function.name, spared=False)

    def put_off(self, action: Callable[[], object], chance: Random) -> None:
        """It comes some operations later."""
        self._later.append((self._window + chance.randint(1, _LONGEST), action))

    # what happens

    def _throttled(self, *_: Any) -> Outcome:
        return _THROTTLED

    def _times_out(self, function: Function, event: Event, _: Random) -> Outcome:
        return replace(self._invoke(function, event), value=None, error=_TIMED_OUT)

    def _twice(self, function: Function, event: Event, _: Random) -> Outcome:
        self._invoke(function, _once_more(event))
        return self._invoke(function, event)

    def _again_later(self, function: Function, event: Event, chance: Random) -> Outcome:
        kept = copy.deepcopy(event)
        self.put_off(lambda: self._invoke(function, kept), chance)
        return self._invoke(function, event)

    def _while_it_runs(self, function: Function, event: Event, chance: Random) -> Outcome:
        self._overlap = _Overlap(function, _once_more(event), chance.randrange(_OVERLAPS_WITHIN))
        outcome = self._invoke(function, event)
        self._overlap = None
        return outcome

    def _reordered(self, function: Function, event: Event, chance: Random) -> Outcome:
        records = list(event["Records"])
        chance.shuffle(records)
        return self._invoke(function, {"Records": records})

    def _in_pieces(self, function: Function, event: Event, chance: Random) -> Outcome:
        at = chance.randint(1, len(event["Records"]))
        return in_pieces(event, at, lambda piece: self._invoke(function, piece), in_order=source_of(event) == "stream")

    def _skewed(self, function: Function, event: Event, chance: Random) -> Outcome:
        skew = timedelta(seconds=chance.choice(_SKEWS) * chance.choice((-1, 1)))
        return self._invoke(function, event, skew=skew)

    def _cold(self, function: Function, event: Event, _: Random) -> Outcome:
        start_cold()
        return self._invoke(function, event)

    def _unheard(self, function: Function, event: Event, _: Random) -> Outcome:
        return replace(self._invoke(function, event, given_away=True), value=None, error=_TIMED_OUT)


def _once_more(event: Event) -> Event:
    """The same, shared with nobody. A client that asks again makes a request of its own of it."""
    again = copy.deepcopy(event)
    if "requestId" in again.get("requestContext", {}):
        again["requestContext"]["requestId"] += "-again"
    return again


def _marked(source: str, outcome: Outcome) -> str:
    """What an invocation answered; whoever asked over HTTP notes it himself."""
    return "" if source == "http" else mark(outcome.value)


def source_of(event: Any) -> str:
    """What an event comes from: http, queue, fifo, stream or async."""
    if "requestContext" in event:
        return "http"
    records = event.get("Records")
    if not records:
        return "async"
    if "dynamodb" in records[0]:
        return "stream"
    return "fifo" if records[0]["eventSourceARN"].endswith(".fifo") else "queue"


_HOW: dict[str, Callable[..., Outcome]] = {
    "function throttled": Deliveries._throttled,
    "times out at its end": Deliveries._times_out,
    "delivered twice": Deliveries._twice,
    "delivered again later": Deliveries._again_later,
    "delivered while it runs": Deliveries._while_it_runs,
    "batch reordered": Deliveries._reordered,
    "batch in pieces": Deliveries._in_pieces,
    "clock skewed": Deliveries._skewed,
    "cold start": Deliveries._cold,
    "client hears nothing": Deliveries._unheard,
}
