"""Invokes the functions of the template in this process, one at a time, each in its own environment."""

from __future__ import annotations

import importlib
import json
import os
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from infra.local.aliases import qualified
from infra.local.clock import Clock
from infra.local.engine import current_caller
from infra.local.function import Function, FunctionError, LambdaContext, Outcome, environment_of
from infra.local.output import Output, captured
from infra.local.payloads import encode
from infra.local.template import TemplateError


class Lambdas:
    """The functions of one world; `running` names the one whose handler is at work. `named` has them by name and
    qualifier (`front:live`).

    `metrics` is where what they and their sources tell is kept.

    `timer` gives seconds and decides how long an invocation took. The virtual clock stands still, so there it is
    constant and nothing times out, however slow the machine; a running world measures real time. As one process
    cannot be cut off, a timeout is found when the handler returns.
    """

    def __init__(
        self,
        functions: list[Function],
        clock: Clock,
        output: Output,
        timer: Callable[[], float] | None = None,
        aliases: Iterable[Function] = (),
    ) -> None:
        self.functions = {function.name: function for function in functions}
        self.named = {qualified(function.arn): function for function in (*functions, *aliases)}
        self._clock = clock
        self._output = output
        self.metrics = output.metrics
        self.timer = timer or (time.monotonic if clock.runs else lambda: 0.0)
        self._lock = threading.RLock()
        self._count = 0
        self.running: str | None = None
        self._managed = {name for function in functions for name in environment_of(function, "")}
        self._managed |= {name for name in os.environ if name.startswith("AWS_")}

    def find(self, name_or_arn: str) -> Function:
        """The function behind a name or an ARN, with or without alias. Raises TemplateError."""
        function = self.named.get(qualified(name_or_arn))
        if function is None:
            raise TemplateError(f"{name_or_arn} is not a function of the template")
        return function

    def replace_in_environments(self, value: str, other: str) -> None:
        """Give every function that has a variable with this value the other value instead."""
        for function in self.functions.values():
            for name in [name for name, given in function.environment.items() if given == value]:
                function.environment[name] = other

    def invoke(self, function: Function, event: Any, *, given_away: bool = False) -> Outcome:
        """Run the handler on `event`. Never raises for what the handler does: that is a function error.

        The handler gets what the event is as JSON. An event that is `given_away` is plain JSON data already, nobody
        else holds it and it is not too large: it is handed over as it is.
        """
        with self._lock, self._clock.held() as now:
            self._count += 1
            request_id = str(uuid.uuid5(uuid.NAMESPACE_OID, f"invocation {self._count}"))
            started = self.timer()
            with captured() as printed, self._environment_of(function):
                value, error = self._run(function, event, given_away, request_id, started)
            seconds = self.timer() - started
            if seconds > function.timeout:
                error = FunctionError("Sandbox.Timedout", f"Task timed out after {function.timeout:.2f} seconds")
            if error is not None:
                printed.write("\n" + _error_line(function, request_id, error) + "\n")
            logged = self._output.take(printed.getvalue(), function.name, request_id, now)
            self._tell(function, "Invocations", 1, "Count", now)
            self._tell(function, "Errors", int(error is not None), "Count", now)
            self._tell(function, "Duration", round(1000 * min(seconds, function.timeout), 2), "Milliseconds", now)
            return Outcome(request_id, seconds, None if error else value, error, logged)

    def _tell(self, function: Function, name: str, value: float, unit: str, at: datetime) -> None:
        self.metrics.record("AWS/Lambda", name, {"FunctionName": function.name}, value, unit, at)

    def _run(
        self, function: Function, event: Any, given_away: bool, request_id: str, started: float
    ) -> tuple[Any, FunctionError | None]:
        context = LambdaContext(
            function_name=function.name,
            memory_limit_in_mb=str(function.memory),
            invoked_function_arn=function.arn,
            aws_request_id=request_id,
            log_stream_name=function.log_stream,
            function_version=function.version,
            remaining=lambda: function.timeout - (self.timer() - started),
        )
        try:
            handler = load(function.handler)
        except Exception as error:  # noqa: BLE001 - whatever stops the import is Lambda's init error
            return None, _function_error(error, kind="Runtime.ImportModuleError")
        try:
            result = handler(event if given_away else json.loads(encode(event)), context)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - also SystemExit and injected crashes end only the invocation
            return None, _function_error(error)
        try:
            return json.loads(encode(result)), None
        except (TypeError, ValueError) as error:
            return None, _function_error(error, kind="Runtime.MarshalError")

    @contextmanager
    def _environment_of(self, function: Function) -> Iterator[None]:
        """The function's variables in os.environ and none of the other functions'; AWS calls are its own."""
        trace = f"Root=1-{self._count:08x}-{self._count:024x};Parent={self._count:016x};Sampled=0"
        given = environment_of(function, trace)
        there = {name: os.environ[name] for name in self._managed.intersection(os.environ)}
        before = {n: there.get(n) for n in there.keys() | given.keys() if there.get(n) != given.get(n)}
        _set_environment({name: given.get(name) for name in before})
        token, outer = current_caller.set(function.name), self.running
        self.running = function.name
        try:
            yield
        finally:
            self.running = outer
            current_caller.reset(token)
            _set_environment(before)


def _set_environment(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is not None:
            os.environ[name] = value
            continue
        try:  # `pop` looks it up first, and this is done dozens of times for every invocation
            del os.environ[name]
        except KeyError:  # the function itself has taken it away
            continue


def load(handler: str) -> Callable[[Any, LambdaContext], Any]:
    """The handler of this name (`module.function`). Raises whatever its import raises."""
    module, _, attribute = handler.rpartition(".")
    loaded: Callable[[Any, LambdaContext], Any] = getattr(importlib.import_module(module.replace("/", ".")), attribute)
    return loaded


def _function_error(error: BaseException, kind: str | None = None) -> FunctionError:
    trace = tuple(traceback.format_exception(error))
    return FunctionError(kind or type(error).__name__, str(error), trace)


def _error_line(function: Function, request_id: str, error: FunctionError) -> str:
    """The line with which the runtime reports a failure, in Lambda's JSON log format."""
    fields = {"level": "ERROR", "function": function.name, "requestId": request_id, **error.as_json()}
    return json.dumps(fields)
