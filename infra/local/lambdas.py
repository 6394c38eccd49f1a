"""Invokes the functions of the template in this process, one at a time, each in its own environment."""

from __future__ import annotations

import importlib
import json
import os
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.local.clock import Clock
from infra.local.engine import current_caller
from infra.local.output import Output, captured
from infra.local.template import Resource, Template, TemplateError

_MAX_PAYLOAD = 6 * 1024 * 1024  # bytes, request and response of a synchronous invocation
_PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Function:
    """A function of the template; `timeout` in seconds, `memory` in MB."""

    name: str
    arn: str
    handler: str
    timeout: int
    memory: int
    role: str
    environment: dict[str, str]
    dead_letter_target: str | None

    @classmethod
    def of(cls, resource: Resource, template: Template) -> Function:
        """The function that a resource describes."""
        properties = resource.properties
        return cls(
            name=resource.name,
            arn=f"arn:aws:lambda:{template.region}:{template.account}:function:{resource.name}",
            handler=properties["Handler"],
            timeout=int(properties.get("Timeout", 3)),
            memory=int(properties.get("MemorySize", 128)),
            role=properties["Role"],
            environment={k: str(v) for k, v in properties.get("Environment", {}).get("Variables", {}).items()},
            dead_letter_target=properties.get("DeadLetterConfig", {}).get("TargetArn"),
        )


@dataclass(frozen=True)
class FunctionError:
    """Why an invocation failed, as Lambda reports it."""

    type: str
    message: str
    trace: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The error payload of Lambda."""
        return {"errorMessage": self.message, "errorType": self.type, "stackTrace": list(self.trace)}


@dataclass(frozen=True)
class Outcome:
    """What an invocation came to: a JSON value or an error, and how long it took."""

    request_id: str
    seconds: float = 0.0
    value: Any = None
    error: FunctionError | None = None


@dataclass(frozen=True)
class LambdaContext:
    """The context object handlers get, with the members of the managed runtime."""

    function_name: str
    memory_limit_in_mb: str
    invoked_function_arn: str
    aws_request_id: str
    log_stream_name: str
    remaining: Callable[[], float] = field(repr=False)
    function_version: str = "$LATEST"
    identity: None = None
    client_context: None = None
    tenant_id: None = None

    @property
    def log_group_name(self) -> str:
        """Name of the log group."""
        return f"/aws/lambda/{self.function_name}"

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the timeout."""
        return max(0, round(self.remaining() * 1000))


class Lambdas:
    """The functions of one world.

    `timer` gives seconds and decides how long an invocation took. The virtual clock stands still, so there it is
    constant and nothing times out, however slow the machine; a running world measures real time. As one process
    cannot be cut off, a timeout is found when the handler returns.
    """

    def __init__(
        self, functions: list[Function], clock: Clock, output: Output, timer: Callable[[], float] | None = None
    ) -> None:
        self.functions = {function.name: function for function in functions}
        self._by_arn = {function.arn: function for function in functions}
        self._clock = clock
        self._output = output
        self.timer = timer or (time.monotonic if clock.runs else lambda: 0.0)
        self._lock = threading.RLock()
        self._count = 0
        self._managed = {name for function in functions for name in _environment(function, "")}

    def find(self, name_or_arn: str) -> Function:
        """The function behind a name or an ARN, with or without `:$LATEST`. Raises TemplateError."""
        key = name_or_arn.removesuffix(":$LATEST")
        function = self._by_arn.get(key) or self.functions.get(key)
        if function is None:
            raise TemplateError(f"{name_or_arn} is not a function of the template")
        return function

    def invoke(self, function: Function, event: Any) -> Outcome:
        """Run the handler on `event`. Never raises for what the handler does: that is a function error."""
        with self._lock, self._clock.held() as now:
            self._count += 1
            request_id = str(uuid.uuid5(uuid.NAMESPACE_OID, f"invocation {self._count}"))
            started = self.timer()
            with captured() as printed, self._environment_of(function):
                value, error = self._run(function, event, request_id, started)
            seconds = self.timer() - started
            if seconds > function.timeout:
                error = FunctionError("Sandbox.Timedout", f"Task timed out after {function.timeout:.2f} seconds")
            if error is not None:
                printed.write("\n" + _error_line(function, request_id, error) + "\n")
            self._output.take(printed.getvalue(), function.name, request_id, now)
            dimensions = {"FunctionName": function.name}
            self._output.metrics.record("AWS/Lambda", "Invocations", dimensions, 1, "Count", now)
            self._output.metrics.record("AWS/Lambda", "Errors", dimensions, int(error is not None), "Count", now)
            return Outcome(request_id, seconds, None if error else value, error)

    def _run(
        self, function: Function, event: Any, request_id: str, started: float
    ) -> tuple[Any, FunctionError | None]:
        context = LambdaContext(
            function_name=function.name,
            memory_limit_in_mb=str(function.memory),
            invoked_function_arn=function.arn,
            aws_request_id=request_id,
            log_stream_name=_log_stream(function),
            remaining=lambda: function.timeout - (self.timer() - started),
        )
        try:
            handler = _load(function.handler)
        except Exception as error:  # noqa: BLE001 - whatever stops the import is Lambda's init error
            return None, _function_error(error, kind="Runtime.ImportModuleError")
        try:
            result = handler(json.loads(_payload(event)), context)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - also SystemExit and injected crashes end only the invocation
            return None, _function_error(error)
        try:
            return json.loads(_payload(result)), None
        except (TypeError, ValueError) as error:
            return None, _function_error(error, kind="Runtime.MarshalError")

    @contextmanager
    def _environment_of(self, function: Function) -> Iterator[None]:
        """The function's variables in os.environ and none of the other functions'; AWS calls are its own."""
        given = _environment(function, f"Root=1-{self._count:08x}-{self._count:024x};Parent={self._count:016x};Sampled=0")
        before = {name: os.environ.get(name) for name in self._managed}
        _set_environment({name: given.get(name) for name in self._managed})
        token = current_caller.set(function.name)
        try:
            yield
        finally:
            current_caller.reset(token)
            _set_environment(before)


def _environment(function: Function, trace: str) -> dict[str, str]:
    """The variables that Lambda and the template give a function."""
    region = function.arn.split(":")[3]
    return {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_SESSION_TOKEN": "local",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": _log_stream(function),
        "LAMBDA_TASK_ROOT": str(_PROJECT),
        "_HANDLER": function.handler,
        "_X_AMZN_TRACE_ID": trace,
        **function.environment,
    }


def _set_environment(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is not None:
            os.environ[name] = value
        else:
            os.environ.pop(name, None)


def _log_stream(function: Function) -> str:
    return f"{function.name}[$LATEST]local"


def _load(handler: str) -> Callable[[Any, LambdaContext], Any]:
    module, _, attribute = handler.rpartition(".")
    loaded: Callable[[Any, LambdaContext], Any] = getattr(importlib.import_module(module.replace("/", ".")), attribute)
    return loaded


def _payload(value: Any) -> str:
    text = json.dumps(value, allow_nan=False)
    if len(text) > _MAX_PAYLOAD:
        raise ValueError(f"payload of {len(text)} bytes exceeds the maximum of {_MAX_PAYLOAD} bytes")
    return text


def _function_error(error: BaseException, kind: str | None = None) -> FunctionError:
    trace = tuple(traceback.format_exception(error))
    return FunctionError(kind or type(error).__name__, str(error), trace)


def _error_line(function: Function, request_id: str, error: FunctionError) -> str:
    """The line with which the runtime reports a failure, in Lambda's JSON log format."""
    fields = {"level": "ERROR", "function": function.name, "requestId": request_id, **error.as_json()}
    return json.dumps(fields)
