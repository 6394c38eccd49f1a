"""One seed from beginning to end, and what was found wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from shared.audit import check_table
from tests.simulation import drained, fairness, oddities, reactions, truth
from tests.simulation.accidents import Accident, Script
from tests.simulation.swarm import Plan
from tests.simulation.universe import Universe

Violation = tuple[str, str, str]
_CHECK_EVERY = 3
_MOST_SHOWN = 5


@dataclass
class Outcome:
    """What one seed came to."""

    seed: int
    hash: str = ""
    violations: list[Violation] = field(default_factory=list)
    accidents: list[Accident] = field(default_factory=list)
    history: list[str] = field(default_factory=list)
    calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    invoked: Counter[tuple[str, str]] = field(default_factory=Counter)
    reached: Counter[str] = field(default_factory=Counter)
    transitions: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    days: float = 0.0
    trace: list[str] = field(default_factory=list)

    @property
    def rule(self) -> str | None:
        """The first rule that was broken."""
        return self.violations[0][0] if self.violations else None


def run(
    plan: Plan,
    *,
    keep: Collection[int] | None = None,
    script: Script | None = None,
    trace: bool = False,
    kind: type[Universe] = Universe,
) -> Outcome:
    """Play a seed in a universe of this kind: only the operations of `keep`, only the accidents of `script`, if given."""
    universe = kind(plan, script, trace)
    began = universe.world.clock.now()
    try:
        violations = _first_of(
            lambda: _explore(universe, keep),
            lambda: drained.come_to_rest(universe),
            lambda: _books(universe, settled=True),
            lambda: truth.contradictions(universe),
            lambda: fairness.overtakings(universe),
            lambda: reactions.broken(universe),
            lambda: drained.still_alive(universe) if plan.probed else (),
            lambda: _books(universe, settled=True),
            lambda: oddities.mistakes(universe),
        )
        universe.progress.moves(universe.table.items())
        universe.progress.reached.update(reactions.reached(universe))
    finally:
        universe.close()
    days = (universe.world.clock.now() - began).total_seconds() / 86_400
    return _outcome(universe, violations, days)


def _outcome(universe: Universe, violations: list[Violation], days: float) -> Outcome:
    return Outcome(
        seed=universe.plan.seed,
        hash=universe.trace.hash,
        violations=violations,
        accidents=universe.accidents.happened,
        history=universe.client.history,
        calls=universe.wire.calls,
        invoked=universe.deliveries.invoked,
        reached=universe.progress.reached,
        transitions=universe.progress.transitions,
        days=days,
        trace=universe.trace.lines,
    )


def _explore(universe: Universe, keep: Collection[int] | None) -> Iterator[Violation]:
    """The operations of the plan, with the books checked on the way: what holds always must hold now."""
    for window in range(len(universe.plan.operations)):
        if keep is not None and window not in keep:
            continue
        universe.perform(window)
        if window % _CHECK_EVERY == 0:
            yield from _books(universe, settled=False)


def _books(universe: Universe, *, settled: bool) -> Iterator[Violation]:
    for found in check_table(universe.table.items(), settled=settled):
        yield found["rule"], found["where"], found["detail"]


def _first_of(*stages: Callable[[], Iterable[Violation]]) -> list[Violation]:
    """The violations of the first stage that has any: what follows is only their consequence."""
    for stage in stages:
        found = list(islice(stage(), _MOST_SHOWN))
        if found:
            return found
    return []
