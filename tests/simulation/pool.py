"""Spreads seeds over the cores. Every seed runs in a fork of one prepared process, so that none leaves anything behind:
no client with its retry quota spent, no setting read, no chance used up."""

from __future__ import annotations

import gc
import importlib
import os
import pickle
import selectors
import traceback
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from infra.local.function import environment_of
from infra.local.world import World
from shared.aws import clients
from tests.simulation import stillness

Task = Callable[[], Any]

_SELDOM = (50_000, 20, 20)
"""When a child looks for cycles: it lives for seconds and makes few."""


class TaskFailedError(Exception):
    """The child died or raised; the message is its traceback."""


def prepare() -> None:
    """Make time virtual, then load everything a seed needs."""
    stillness.prepare()
    with World.boot() as world:
        functions = list(world.lambdas.functions.values())
    for function in functions:
        importlib.import_module(function.handler.rpartition(".")[0].replace("/", "."))
    _make_clients(environment_of(functions[0], ""))


def prepare_ports() -> None:
    """The same for the mode without the wire."""
    stillness.prepare()
    topology = importlib.import_module("tests.simulation.ports.topology")
    topology.topology()
    gc.freeze()


def _make_clients(environment: dict[str, str]) -> None:
    """The clients that handlers will ask for, new and never used: a fork has them without the cost of making them."""
    before = dict(os.environ)
    os.environ.update(environment)
    for service in ("dynamodb", "sqs", "events", "secretsmanager"):
        clients.client(service)
    clients.client("sesv2", attempts=1)
    os.environ.clear()
    os.environ.update(before)


def forked(tasks: Iterable[Task], workers: int | None = None) -> Iterator[Any]:
    """What the tasks return, as they end. At most so many run at once, by default one per core."""
    most = workers or os.cpu_count() or 1
    waiting, running = iter(tasks), selectors.DefaultSelector()
    children: dict[int, tuple[int, bytearray]] = {}
    more = True
    while more or children:
        while more and len(children) < most:
            task = next(waiting, None)
            if task is None:
                more = False
            else:
                child, pipe = _start(task)
                children[pipe] = child, bytearray()
                running.register(pipe, selectors.EVENT_READ)
        for key, _ in running.select() if children else ():
            chunk = os.read(key.fd, 1 << 20)
            children[key.fd][1].extend(chunk)
            if not chunk:
                running.unregister(key.fd)
                yield _ended(key.fd, *children.pop(key.fd))


def one(task: Task) -> Any:
    """What a single task returns, run in a fork."""
    (result,) = forked([task])
    return result


def _start(task: Task) -> tuple[int, int]:
    read, write = os.pipe()
    child = os.fork()
    if child:
        os.close(write)
        return child, read
    os.close(read)
    gc.freeze()  # what the parent made stays: looking through it again and again costs, and copies its pages
    gc.set_threshold(*_SELDOM)
    try:
        answer = pickle.dumps((True, task()))
    except BaseException:  # noqa: BLE001 - the parent raises it again
        answer = pickle.dumps((False, traceback.format_exc()))
    with os.fdopen(write, "wb") as pipe:
        pipe.write(answer)
    os._exit(0)


def _ended(pipe: int, child: int, answer: bytearray) -> Any:
    os.close(pipe)
    os.waitpid(child, 0)
    good, value = pickle.loads(bytes(answer)) if answer else (False, "the child died")  # noqa: S301 - our own bytes
    if not good:
        raise TaskFailedError(value)
    return value
