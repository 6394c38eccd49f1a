"""The stack's topology, read once from the template: a world of its own boots from it in well under a millisecond."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from infra.local.asynchronous import AsyncInvoker, RetryRules
from infra.local.function import Function, environment_of
from infra.local.mappings import Mapping
from infra.local.queue_source import QueueSource
from infra.local.rules import Rules
from infra.local.schedules import Due
from infra.local.stream_source import StreamSource
from infra.local.template import Resource
from infra.local.world import World
from shared.runtime import environment, telemetry
from shared.runtime.metric_names import METRICS
from tests.simulation.ports import api
from tests.simulation.ports.runtime import Handler

_API = "functions.api.handler.handler"
_MADE = (
    "AWS::SQS::Queue",
    "AWS::Events::EventBus",
    "AWS::SES::ConfigurationSet",
    "AWS::SES::EmailIdentity",
    "AWS::SecretsManager::Secret",
)


@dataclass(frozen=True)
class Topology:
    """What the template says; `schedules` are those of a world that was never run."""

    prototype: World
    functions: list[Function]
    handlers: dict[str, Handler]
    streams: list[Mapping]
    queues: list[Mapping]
    retries: dict[str, RetryRules]
    rules: Rules
    schedules: list[Due]
    resources: dict[str, list[Resource]]

    @property
    def api(self) -> Function:
        """The function behind the routes."""
        (found,) = (function for function in self.functions if function.handler == _API)
        return found


@cache
def topology() -> Topology:
    """Once per process. From then on the process is one environment with the variables of all functions."""
    prototype = World.boot()
    prototype.close()
    functions = list(prototype.lambdas.functions.values())
    for function in functions:
        os.environ.update(environment_of(function, ""))
    _silence()
    _read_once(environment.read())
    (invoker,) = (source for source in prototype.sources if isinstance(source, AsyncInvoker))
    (rules,) = (source for source in prototype.sources if isinstance(source, Rules))
    return Topology(
        prototype,
        functions,
        {function.name: _handler(function) for function in functions},
        [source.mapping for source in prototype.sources if isinstance(source, StreamSource)],
        [source.mapping for source in prototype.sources if isinstance(source, QueueSource)],
        invoker.rules,
        rules,
        prototype.timeline.scheduler.planned(),
        {kind: prototype.template.of_type(kind) for kind in _MADE},
    )


def _handler(function: Function) -> Handler:
    """The handler without what Powertools does around it."""
    if function.handler == _API:
        return api.serve
    module, _, name = function.handler.rpartition(".")
    inner: Handler = getattr(importlib.import_module(module.replace("/", ".")), name).__wrapped__
    return inner


def _read_once(known: environment.Environment) -> None:
    environment.read = lambda: known


def _silence() -> None:
    """No log lines and no metrics; errors are noted by whoever runs the handlers."""
    telemetry.log = telemetry.warn = lambda event, **fields: None
    telemetry.count = telemetry.level = _counted


def _counted(name: str, *_values: float, **_by: str) -> None:
    METRICS[name]


def on_failure(hear: Callable[[BaseException], object]) -> None:
    """Who hears of errors that a handler caught."""
    telemetry.failure = lambda event, error, **fields: hear(error)
