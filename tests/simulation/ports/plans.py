"""Schedules and asynchronous invocations of a world whose template was read before."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import replace

from infra.local.asynchronous import AsyncInvoker, RetryRules
from infra.local.clock import Clock
from infra.local.engine import Engine
from infra.local.lambdas import Lambdas
from infra.local.ledger import Ledger
from infra.local.rules import Rules
from infra.local.schedules import Due, Scheduler


class Invoker(AsyncInvoker):
    """With retry rules that are known already."""

    def __init__(
        self, rules: Mapping[str, RetryRules], engine: Engine, lambdas: Lambdas, clock: Clock, ledger: Ledger
    ) -> None:
        self._engine, self._lambdas, self._clock, self._ledger = engine, lambdas, clock, ledger
        self.rules = dict(rules)
        self._events = []
        self._count = 0


class Plans(Scheduler):
    """With schedules that are known already, counted from now on."""

    def __init__(
        self, known: list[Due], engine: Engine, lambdas: Lambdas, invoker: AsyncInvoker, clock: Clock, ledger: Ledger
    ) -> None:
        self._engine, self._lambdas, self._invoker = engine, lambdas, invoker
        self._clock, self._ledger = clock, ledger
        self._runs = 0
        self._due = []
        for due in known:
            at = due.schedule.next_after(clock.now())
            if at is not None:
                heapq.heappush(self._due, replace(due, at=at))


class Carrier(Rules):
    """Rules that are known already."""

    def __init__(self, known: Rules, engine: Engine, lambdas: Lambdas, invoker: AsyncInvoker) -> None:
        self._engine, self._lambdas, self._invoker = engine, lambdas, invoker
        self._seen = 0
        self._rules = known.rules
