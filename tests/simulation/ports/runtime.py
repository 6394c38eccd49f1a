"""Runs handlers without Lambda: no process, no environment, no log; only the clock and what a crash leaves undone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from infra.local.clock import Clock
from infra.local.function import Function, FunctionError, Outcome
from infra.local.lambdas import Lambdas
from infra.local.metric_store import MetricStore
from shared.runtime import invocation
from tests.simulation.stillness import stopwatch

Handler = Callable[[Any, Any], Any]


@dataclass
class Run:
    """One invocation. `dead`: it was cut off, and nothing more is heard of it. `began` in seconds of the stopwatch."""

    who: str
    timeout: int
    began: float
    aws_request_id: str
    dead: bool = False

    def get_remaining_time_in_millis(self) -> int:
        """What handlers ask their context for."""
        return max(0, round((self.timeout - (stopwatch.seconds - self.began)) * 1000))


class Runtime(Lambdas):
    """`current` is the invocation at work; `errors` are those that left a handler, by function."""

    def __init__(self, known: Lambdas, handlers: dict[str, Handler], clock: Clock) -> None:
        self.functions, self.named = known.functions, known.named
        self._handlers = handlers
        self._virtual = clock
        self.metrics = MetricStore()
        self._runs = 0
        self.current: Run | None = None
        self.errors: list[tuple[str, BaseException]] = []

    def invoke(self, function: Function, event: Any, *, given_away: bool = False) -> Outcome:  # noqa: ARG002
        self._runs += 1
        run, outer = Run(function.name, function.timeout, stopwatch.seconds, f"run {self._runs}"), self.current
        value, error = None, None
        self.current = run
        with self._virtual.held():
            invocation.begin()
            try:
                value = self._handlers[function.name](event, run)
            except KeyboardInterrupt:
                raise
            except BaseException as failed:  # noqa: BLE001 - also an injected crash ends only the invocation
                error = FunctionError(type(failed).__name__, str(failed))
                self.errors.append((function.name, failed))
            finally:
                invocation.end()
                self.current = outer
        if run.dead or stopwatch.seconds - run.began > run.timeout:
            error = error or FunctionError("Sandbox.Timedout", "Task timed out")
        return Outcome(f"invocation {self._runs}", 0.0, None if error else value, error)
