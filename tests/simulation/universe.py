"""One seed's world, with everything that can go wrong put in its place."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any, Protocol

from infra.local.stream_source import StreamSource
from infra.local.world import World
from tests.simulation import closings, stillness
from tests.simulation.accidents import Accident, Accidents, Script
from tests.simulation.alphabet import OPERATIONS, RACERS
from tests.simulation.client import Client
from tests.simulation.coverage import Progress
from tests.simulation.deliveries import Deliveries
from tests.simulation.expiries import Tardy
from tests.simulation.lag import Lag
from tests.simulation.mail_reports import Reports
from tests.simulation.memory import Memory
from tests.simulation.premises import furnish
from tests.simulation.scene import Scene
from tests.simulation.swarm import Plan
from tests.simulation.trace import Trace
from tests.simulation.wire import Wire

_DEPTH = 2  # a race within a race, not more
_ACTS = 3  # new requests in between per window: each makes work that can be raced again, and must not snowball


class Books(Protocol):
    """A table, as far as its items are looked at."""

    def items(self) -> Iterable[Any]:
        """All of them."""


class Calls(Protocol):
    """What stands before every call of a function."""

    calls: Counter[tuple[str, str]]
    denied: list[str]
    on_call: Callable[[str], object]


@dataclass
class Universe:
    """World, shop, client, and accidents of one seed."""

    plan: Plan
    script: Script | None = None
    keep_trace: bool = False
    memory: Memory = field(default_factory=Memory)

    def __post_init__(self) -> None:
        stillness.begin(self.plan.seed)
        self.trace = Trace(keep=self.keep_trace)
        self.accidents = Accidents(self.plan.seed, self.plan.rates, self.script)
        self.progress = Progress()
        self.build()
        self.client.on_answer = self.progress.look
        self.deliveries = Deliveries(self.world, self.accidents, self.trace)
        self.wire.on_call = self.deliveries.during
        self.reports = Reports(self.world.engine.ses, self.deliveries.put_off, self.accidents, self.trace)
        self.failed_before = 0
        self._busy: set[int] = set()
        self._depth = self._acts = 0
        for source in self.world.sources:
            source.poll = self._marked(source, source.poll)  # type: ignore[method-assign]
        self.accidents.stopped = True
        furnish(self.scene("setting up", self.plan.seed), self.plan.story)
        self.world.settle()
        self.accidents.stopped = False

    def build(self) -> None:
        """The world with its table, what stands before every call, and the client."""
        self.world = World.boot(start=self.plan.start, seed=self.plan.seed, wire=True)
        self.world.lambdas.timer = lambda: stillness.stopwatch.seconds
        (table,) = (
            self.world.engine.dynamodb.table(t.name) for t in self.world.template.of_type("AWS::DynamoDB::Table")
        )
        self.table: Books = table
        self.wire: Calls = Wire(self.world, self.accidents, self.trace, Lag(table), self.race)
        self.expiries = [Tardy(expiry, self.accidents) for expiry in self.world.timeline.expiries]
        self.client = Client(self.world, self.trace)

    def scene(self, name: str, seed: Any) -> Scene:
        return Scene(name, Random(f"scene {seed}"), self.world, self.client, self.memory)

    def close(self) -> None:
        self.world.close()

    def perform(self, window: int) -> None:
        """The operation of a window, and some of the work that follows from it."""
        self.accidents.enter(window)
        self._acts = 0
        name = self.plan.operations[window]
        self.trace.add("operation", str(window), name)
        self.progress.reached[f"operation {name}"] += 1
        self.client.history.append(f"{window:3} {self.world.clock.now():%m-%d %H:%M:%S} {name}")
        self.deliveries.enter(window)
        scene = self.scene(str(window), f"{self.plan.seed}/{window}")
        OPERATIONS[name][0](scene)
        for _ in range(scene.chance.choice((0, 0, 1, 2, 3))):
            self.world.step()
        closings.note(self)

    def _marked(self, source: Any, poll: Callable[[], bool]) -> Callable[[], bool]:
        """A stream has one reader at a time; queues have several, but here none waits for itself."""

        def marked() -> bool:
            if id(source) in self._busy:
                if isinstance(source, StreamSource):
                    return False
                return poll()
            self._busy.add(id(source))
            try:
                return poll()
            finally:
                self._busy.discard(id(source))

        return marked

    def race(self, accident: Accident) -> None:
        """Something else runs from beginning to end, in the middle of a call."""
        if self._depth >= _DEPTH:
            return
        chance = accident.chance()
        self._depth += 1
        self.client.nested += 1
        try:
            kind = chance.random()
            if kind < 0.5 and self._acts < _ACTS:
                self._act(chance, accident)
            elif kind < 0.85:
                any(source.poll() for source in chance.sample(self.world.sources, len(self.world.sources)))
            else:
                self._run_schedule(chance)
        finally:
            self._depth -= 1
            self.client.nested -= 1

    def _act(self, chance: Random, accident: Accident) -> None:
        self._acts += 1
        names = [name for name in self.plan.enabled if name in RACERS]
        (name,) = chance.choices(names, [OPERATIONS[name][1] for name in names])
        place = f"{accident.window}.{accident.number}"
        self.trace.add("race", place, name)
        self.client.history.append(f"    in between ({accident.who} {accident.where}): {name}")
        OPERATIONS[name][0](self.scene(place, f"{self.plan.seed}/{place}"))

    def _run_schedule(self, chance: Random) -> None:
        known = sorted(self.deliveries.scheduled.items())
        if known:
            name, payload = chance.choice(known)
            self.world.lambdas.invoke(self.world.lambdas.find(name), copy.deepcopy(payload))
