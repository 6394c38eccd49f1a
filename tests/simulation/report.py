"""What is printed: tables for people, one line of JSON for machines, and of a failure what is needed to repeat it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator

from tests.simulation.accidents import Script
from tests.simulation.coverage import Cell
from tests.simulation.figures import Figures, Took
from tests.simulation.run import Outcome

_WIDTH = 26


def coverage_table(figures: Figures, wanted: set[Cell]) -> Iterator[str]:
    """Kind by kind where it happened and how often; what was expected and did not happen stands as 0."""
    yield "fault kind x where it happened"
    places: dict[str, dict[str, int]] = defaultdict(dict)
    for kind, where in sorted(wanted | figures.cells.keys()):
        places[kind][where] = figures.cells[kind, where]
    for kind, counts in places.items():
        cells = ", ".join(f"{where.removeprefix('backorders-')} {n}" for where, n in counts.items())
        yield f"  {kind:{_WIDTH}}{cells}"


def states_table(figures: Figures, wanted: set[str]) -> Iterator[str]:
    """Moves and statuses that were reached, and what was seen to follow what."""
    yield "moves and statuses"
    for name in sorted(wanted | figures.reached.keys()):
        yield f"  {name:{_WIDTH + 10}}{figures.reached[name]:>8}"
    yield "status transitions seen"
    for (what, before, after), n in sorted(figures.transitions.items()):
        yield f"  {what:16}{before:20}-> {after:20}{n:>8}"


def summary(figures: Figures, took: Took, empty: int) -> Iterator[str]:
    """The tables at the end, and the line of JSON."""
    shown = figures.as_json(took, empty)
    yield "faults by kind"
    for kind, times in sorted(figures.faults.items()):
        yield f"  {kind:{_WIDTH - 2}}{times:>12,}"
    for name, value in shown.items():
        if name != "faults":
            yield f"{name:{_WIDTH}}{value:>12,}"
    yield f"{'faults':{_WIDTH}}{sum(figures.faults.values()):>12,}"
    yield f"SIMULATION {json.dumps(shown)}"


def failure(outcome: Outcome, mode: str = "") -> Iterator[str]:
    """What broke, and how to see it again."""
    yield f"seed {outcome.seed}: violated"
    for rule, where, detail in outcome.violations:
        yield f"  {rule} {where}: {detail}"
    yield f"  replay: make simulate {mode}SEEDS=1 FIRST_SEED={outcome.seed}"


def shrunk(outcome: Outcome, kept: list[int], script: Script, of_windows: int, of_accidents: int) -> Iterator[str]:
    """The smallest history that still breaks the rule."""
    yield f"  {len(kept)} of {of_windows} operations and {len(script)} of {of_accidents} faults are enough:"
    for line in outcome.history:
        yield f"    {line}"
    for accident in outcome.accidents:
        call = f" {accident.where}" if accident.where != accident.who else ""
        yield f"    fault in {accident.window}: {accident.kind} ({accident.who}{call})"
    for rule, where, detail in outcome.violations:
        yield f"    => {rule} {where}: {detail}"
