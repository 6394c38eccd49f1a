"""Plays many traces, and makes a failing one small."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from tests.engines.comparison import Difference, Match
from tests.engines.gaps import explain
from tests.engines.generate import draw
from tests.engines.trace import Step, Trace
from tests.engines.wires import Ours, Wire, ministack, moto
from tests.simulation.shrink import Budget, without

Tell = Callable[["Figures"], None]


@dataclass
class Figures:
    """What a run came to. `gaps` counts known differences by (engine, gap), `failures` holds the unknown ones."""

    traces: int = 0
    operations: Counter[str] = field(default_factory=Counter)
    gaps: Counter[tuple[str, str]] = field(default_factory=Counter)
    failures: list[tuple[Trace, Difference]] = field(default_factory=list)
    seconds: float = 0.0
    processor_seconds: float = 0.0

    def add(self, other: Figures) -> None:
        """Count what another worker found, who worked at the same time."""
        self.traces += other.traces
        self.operations += other.operations
        self.gaps += other.gaps
        self.failures += other.failures
        self.seconds = max(self.seconds, other.seconds)
        self.processor_seconds += other.processor_seconds


@contextmanager
def others() -> Iterator[list[Wire]]:
    """ministack and moto, ready."""
    with ministack() as one, moto() as other:
        yield [one, other]


def explore(
    seeds: Iterable[int],
    engines: list[Wire],
    tell: Tell | None = None,
    *,
    stop_after: int = 100,
    seconds: float = math.inf,
) -> Figures:
    """Play the traces of these seeds; after so many unknown differences, or seconds, it is enough."""
    figures, began, used = Figures(), time.monotonic(), time.process_time()
    match = Match(Ours(), engines, explain)
    for seed in seeds:
        trace = draw(seed)
        figures.traces += 1
        figures.operations.update(step.operation for step in trace.steps)
        for found in match.play(trace):
            if found.gap is None:
                figures.failures.append((trace, found))
            else:
                figures.gaps[found.engine, found.gap] += 1
        figures.seconds = time.monotonic() - began
        figures.processor_seconds = time.process_time() - used
        if tell is not None:
            tell(figures)
        if len(figures.failures) >= stop_after or figures.seconds > seconds:
            break
    return figures


def made_small(trace: Trace, found: Difference, engines: list[Wire], budget: Budget) -> tuple[Trace, Difference]:
    """The fewest steps, and the fewest elements in the last of them, that still show the same kind of difference."""
    engine = [engine for engine in engines if engine.name == found.engine]
    match = Match(Ours(), engine, explain)

    def shown(some: Trace) -> Difference | None:
        return next((d for d in match.play(some) if d.kind == found.kind and d.gap == found.gap), None)

    kept = without(list(range(len(trace.steps))), lambda some: shown(trace.only(some)) is not None, budget)
    small = _fewer_elements(trace.only(kept), lambda some: shown(some) is not None, budget)
    return small, shown(small) or found


def _fewer_elements(trace: Trace, fails: Callable[[Trace], bool], budget: Budget) -> Trace:
    """With fewer actions in its transactions."""
    for number, step in enumerate(trace.steps):
        actions = range(len(step.params.get("TransactItems") or ()))
        fewer = partial(_with_actions, trace, number)
        trace = (
            fewer(without(list(actions), lambda some, fewer=fewer: fails(fewer(some)), budget)) if actions else trace
        )
    return trace


def _with_actions(trace: Trace, number: int, some: list[int]) -> Trace:
    step = trace.steps[number]
    kept = {"TransactItems": [step.params["TransactItems"][n] for n in some]}
    changed = Step(step.operation, step.params | kept)
    return Trace(trace.seed, (*trace.steps[:number], changed, *trace.steps[number + 1 :]))
