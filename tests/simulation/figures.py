"""Sums of a run over its seeds, small enough to be carried from process to process."""

from __future__ import annotations

import resource
import statistics
import time
from collections import Counter
from dataclasses import dataclass, field

from tests.simulation import coverage
from tests.simulation.run import Outcome


@dataclass(frozen=True)
class Took:
    """Seconds of the clock, and of the processors: this process's and those of all that it forked."""

    clock: float
    cpu: float

    @classmethod
    def since(cls, began: float) -> Took:
        """What has passed since `began` (time.monotonic), and what was used in all."""
        used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return cls(time.monotonic() - began, sum(one.ru_utime + one.ru_stime for one in used))


@dataclass
class Figures:
    """What all seeds together came to."""

    seeds: int = 0
    calls: list[int] = field(default_factory=list)
    cells: Counter[coverage.Cell] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    reached: Counter[str] = field(default_factory=Counter)
    transitions: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    days: float = 0.0
    failed: dict[int, Outcome] = field(default_factory=dict)
    hashes: dict[int, str] = field(default_factory=dict)

    def add(self, outcome: Outcome) -> None:
        """Take one seed in."""
        self.seeds += 1
        self.calls.append(sum(outcome.calls.values()))
        self.cells.update(coverage.happened(outcome.accidents))
        self.faults.update(accident.kind for accident in outcome.accidents)
        self.reached.update(outcome.reached)
        self.transitions.update(outcome.transitions)
        self.days += outcome.days
        self.hashes[outcome.seed] = outcome.hash
        if outcome.violations:
            self.failed[outcome.seed] = outcome

    def as_json(self, took: Took, empty: int) -> dict[str, object]:
        """The members of the last line. `empty`: cells, moves and statuses of the tables that were never met."""
        return {
            "seeds": self.seeds,
            "aws_calls": sum(self.calls),
            "median_calls": round(statistics.median(self.calls)) if self.calls else 0,
            "faults": dict(sorted(self.faults.items())),
            "virtual_days": round(self.days),
            "violations": len(self.failed),
            "empty_cells": empty,
            "seconds": round(took.clock, 1),
            "cpu_seconds": round(took.cpu, 1),
            "cpu_ms_per_seed": round(1000 * took.cpu / self.seeds) if self.seeds else 0,
        }
