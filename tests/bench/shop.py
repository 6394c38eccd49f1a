"""A shop on the local runner, driven over HTTP, with everything it uses counted."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from infra.local import control
from infra.local.world import World
from shared.audit import check_table
from tests.bench.spent import Spent, watched
from tests.bench.stopwatch import Stopwatch

Json = dict[str, Any]


class WrongResultError(Exception):
    """A benchmark's result is not what it should be: there is no number for it."""


def require(holds: bool, what: str) -> None:
    """Raise WrongResultError unless it holds."""
    if not holds:
        raise WrongResultError(what)


@dataclass
class Used:
    """DynamoDB units, and AWS calls of any service."""

    write_units: float = 0
    read_units: float = 0
    calls: int = 0

    def __add__(self, other: Used) -> Used:
        return Used(self.write_units + other.write_units, self.read_units + other.read_units, self.calls + other.calls)

    def as_json(self) -> Json:
        return {"write_units": self.write_units, "read_units": self.read_units, "calls": self.calls}


@dataclass
class Measured:
    """What happened between two points: per function (without the stack's prefix), and in total."""

    by_function: dict[str, Used] = field(default_factory=dict)
    cpu_by_function: dict[str, float] = field(default_factory=dict)
    spent: Spent = field(default_factory=dict)
    invocations: int = 0

    def used(self, *, without: tuple[str, ...] = ()) -> Used:
        """The sum over all functions but some."""
        return sum((used for name, used in self.by_function.items() if name not in without), Used())

    def cpu(self, *, without: tuple[str, ...] = ()) -> float:
        """Seconds of CPU of all functions but some."""
        return sum(seconds for name, seconds in self.cpu_by_function.items() if name not in without)


class Shop:
    """The service with a token for each side. Use `opened()`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.stopwatch = Stopwatch(world)
        self.tokens = {who: world.token(who) for who in ("storefront", "operations")}
        self._asked = 0

    @property
    def table_name(self) -> str:
        (table,) = self.world.template.of_type("AWS::DynamoDB::Table")
        return table.name

    def ask(self, who: str, method: str, path: str, body: Any = None, *, key: str | None = None) -> Any:
        """The JSON of a successful answer; WrongResultError for any other."""
        self._asked += 1
        headers = {"idempotency-key": key or f"key-{self._asked}"} if method == "POST" else {}
        answer = self.world.http(method, path, json=body, token=self.tokens[who], headers=headers)
        require(answer.status < 300, f"{method} {path}: {answer.status} {answer.body!r}")
        return json.loads(answer.body)

    def invoke(self, function: str, *bodies: Json, queue: str) -> None:
        """Run a queue's function on one batch, past the queue. WrongResultError if anything of it failed."""
        records = [
            {
                "messageId": f"m{n}",
                "receiptHandle": f"r{n}",
                "body": json.dumps(body),
                "attributes": {"ApproximateReceiveCount": "1", "MessageGroupId": "g"},
                "messageAttributes": {},
                "md5OfBody": "",
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:eu-west-1:111122223333:{queue}",
                "awsRegion": "eu-west-1",
            }
            for n, body in enumerate(bodies)
        ]
        outcome = self.run(function, {"Records": records})
        require(not outcome["batchItemFailures"], f"{function}: {outcome}")

    def run(self, function: str, event: Json | None = None) -> Any:
        """What a function answers to an event (a schedule's says nothing). WrongResultError if it fails."""
        found = next(f for name, f in self.world.lambdas.functions.items() if name.endswith(function))
        outcome = self.world.lambdas.invoke(found, event or {})
        require(outcome.error is None, f"{function}: {outcome}")
        return outcome.value

    def items(self) -> Iterator[Json]:
        """Everything in the table, in wire form."""
        yield from self.world.engine.dynamodb.table(self.table_name).items()

    def require_sound_books(self, *, settled: bool) -> None:
        """WrongResultError for a violated invariant or, once settled, a dead letter."""
        violations = check_table(self.items(), settled=settled)
        require(not violations, f"violations: {violations[:3]}")
        dead = list(control.dead_letters(self.world)) if settled else []
        require(not dead, f"dead letters: {dead[:3]}")

    @contextmanager
    def measured(self) -> Iterator[Measured]:
        """Counts what is done inside. The garbage collector rests meanwhile: it would search the tables and streams of
        the emulator, which lie in the same process here, and bill the handler for it."""
        engine = self.world.engine
        gc.collect()
        gc.disable()
        engine.meter.reset()
        engine.dynamodb.meter.reset()
        self.stopwatch.reset()
        measured = Measured()
        try:
            with watched() as measured.spent:
                yield measured
        finally:
            gc.enable()
        measured.invocations = self.stopwatch.invocations
        measured.cpu_by_function = {_plain(n): s for n, s in self.stopwatch.seconds.items()}
        calls = engine.meter.by_caller()
        units = engine.dynamodb.meter.by_caller()
        for name in calls:
            if name is not None:
                spent = units.get(name)
                write, read = (spent.write_units, spent.read_units) if spent else (0.0, 0.0)
                measured.by_function[_plain(name)] = Used(write, read, calls[name].calls)


def _plain(function: str) -> str:
    return function.removeprefix("backorders-")


@contextmanager
def opened(start: datetime | None = None, *, wire: bool = True) -> Iterator[Shop]:
    """A new shop on an empty table. With `wire` its functions go through all of botocore, down to the socket: for CPU;
    units and calls are the same without it."""
    with World.boot(start=start, wire=wire) as world:
        shop = Shop(world)
        shop.stopwatch.start()
        try:
            yield shop
        finally:
            shop.stopwatch.stop()
