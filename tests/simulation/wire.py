"""Goes wrong below botocore: every attempt of every AWS call of a function passes here."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable

from infra.local.engine import current_caller
from infra.local.engine.errors import ServiceError
from infra.local.engine.service import Answer, Params
from infra.local.world import World
from tests.simulation.accidents import Accident, Accidents
from tests.simulation.catalogue import BURSTS, kinds_at_call
from tests.simulation.lag import Lag
from tests.simulation.mishaps import Call, Died, Race, happen
from tests.simulation.stillness import stopwatch
from tests.simulation.trace import Trace, mark, short

_LATENCY = 0.01
_BURST_LENGTHS = (1, 1, 2, 5, 8)


class Wire:
    """Stands in the engine's door. `calls` counts attempts by function and operation."""

    def __init__(self, world: World, accidents: Accidents, trace: Trace, lag: Lag, race: Race) -> None:
        self._world, self._accidents, self._trace, self._lag, self._race = world, accidents, trace, lag, race
        self._through = world.engine.request
        self._dead: set[str] = set()
        self._began: dict[str, float] = {}
        self._bursts: dict[tuple[str, str], tuple[Accident, int]] = {}
        self.calls: Counter[tuple[str, str]] = Counter()
        self.denied: list[str] = []
        self.on_call: Callable[[str], object] = lambda who: None
        world.engine.request = self.request  # type: ignore[method-assign]

    def request(self, service: str, operation: str, params: Params) -> Answer:
        who = current_caller.get() or self._world.lambdas.running
        if who is None:
            return self._through(service, operation, params)
        invocation = os.environ["_X_AMZN_TRACE_ID"]
        self._still_alive(who, invocation)
        name = f"{service}.{operation}"
        if operation == "BatchGetItem":
            _sort_keys(params)
        call = Call(who, service, operation, params, self._through, self._lag)
        self.calls[who, call.site] += 1
        self.on_call(who)
        self._trace.add("call", who, name, mark(params))
        answer = self._answered(call, invocation)
        self._trace.add("answer", who, name, mark(answer))
        return answer

    def _still_alive(self, who: str, invocation: str) -> None:
        """Nothing more is heard of a function that was cut off or ran too long."""
        began = self._began.setdefault(invocation, stopwatch.seconds)
        if stopwatch.seconds - began > self._world.lambdas.functions[who].timeout:
            self._dead.add(invocation)
        if invocation in self._dead:
            raise Died
        stopwatch.pass_by(_LATENCY)

    def _answered(self, call: Call, invocation: str) -> Answer:
        accident = self._accident(call, invocation)
        try:
            return happen(accident, call, self._race) if accident else call.done()
        except ServiceError as error:
            self._trace.add("refused", call.who, call.name, str(error))
            if "AccessDenied" in error.code:
                self.denied.append(f"{call.who} {call.name}: {error.message}")
            raise
        except BaseException as error:
            self._trace.add("broke", call.who, call.name, type(error).__name__)
            if isinstance(error, Died):
                self._dead.add(invocation)
            raise

    def _accident(self, call: Call, invocation: str) -> Accident | None:
        going_on = self._bursts.pop((invocation, call.name), None)
        if going_on is not None:
            accident, left = going_on
        else:
            drawn = self._accidents.draw(kinds_at_call(call.site), call.site, call.who)
            if drawn is None:
                return None
            self._trace.add("accident", drawn.kind, call.name)
            accident = drawn
            left = accident.chance().choice(_BURST_LENGTHS) if accident.kind in BURSTS else 1
        if left > 1:
            self._bursts[invocation, call.name] = accident, left - 1
        return accident


def _sort_keys(params: Params) -> None:
    """A batch of reads has no order, neither in the request nor in the answer."""
    for request in params["RequestItems"].values():
        request["Keys"].sort(key=short)
