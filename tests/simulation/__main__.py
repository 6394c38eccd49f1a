"""`python -m tests.simulation --seeds n --first-seed k`: explore seeds, print what was found; exit 1 if anything was."""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Iterable
from functools import partial
from itertools import takewhile

from tests.simulation import coverage, modes, pool, reactions, report
from tests.simulation.coverage import Cell
from tests.simulation.figures import Figures, Took
from tests.simulation.modes import Mode
from tests.simulation.run import Outcome
from tests.simulation.shrink import Budget, shrink
from tests.simulation.stories import STORIES

NORMAL = 1000
_TOURS = 3
_SHRUNK_AT_MOST = 3


def main() -> int:
    """Run what the arguments name."""
    given = _arguments()
    began = time.monotonic()
    mode = modes.ports(given.story) if given.ports else modes.wire(given.story)
    if given.trace:
        return _show(mode, given.first_seed)
    seeds = range(given.first_seed, given.first_seed + given.seeds)
    wanted = set() if given.json else _expected(mode)
    figures = _explore(mode, seeds, given.workers, began + given.stop_after)
    _say(_failures(mode, figures, given.shrink_seconds))
    empty: list[str] = []
    if given.json:
        print(json.dumps({"hashes": figures.hashes}))
    else:
        states = coverage.states_expected() | reactions.STATES | {f"operation {name}" for name in mode.operations}
        _say(report.coverage_table(figures, wanted))
        _say(report.states_table(figures, states))
        empty = [*coverage.missing(figures.cells, wanted), *sorted(s for s in states if not figures.reached[s])]
    too_little = figures.seeds >= NORMAL and bool(empty)
    if too_little:
        _say(f"never happened: {name}" for name in empty)
    _say(report.summary(figures, Took.since(began), len(empty)))
    return int(bool(figures.failed) or too_little)


def _failures(mode: Mode, figures: Figures, shrink_seconds: float) -> Iterable[str]:
    """Every failure, the first of them made small."""
    for n, outcome in enumerate(figures.failed.values()):
        yield from report.failure(outcome, mode.replay)
        if n < _SHRUNK_AT_MOST:
            yield from _made_small(mode, outcome, shrink_seconds)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--seeds", type=int, default=NORMAL, help="how many")
    parser.add_argument("--first-seed", type=int, default=1, help="the first of them")
    parser.add_argument("--workers", type=int, default=None, help="processes at once; one per core if left out")
    parser.add_argument("--shrink-seconds", type=float, default=60.0, help="time to make a failure small, 0 for none")
    parser.add_argument("--json", action="store_true", help="the traces' hashes as JSON instead of the tables")
    parser.add_argument("--stop-after", type=float, default=math.inf, help="seconds after which no seed is begun")
    parser.add_argument("--ports", action="store_true", help="without the wire: less true, and many times as fast")
    parser.add_argument("--story", choices=sorted(STORIES), help="how every seed begins; drawn if left out")
    parser.add_argument("--trace", action="store_true", help="print everything that happens in the first seed")
    return parser.parse_args()


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        print(line, flush=True)


def _explore(mode: Mode, seeds: range, workers: int | None, until: float) -> Figures:
    figures, began, told = Figures(), time.monotonic(), time.monotonic()
    shares = (seeds[at : at + mode.together] for at in range(0, len(seeds), mode.together))
    tasks = (partial(mode.several, share) for share in takewhile(lambda _: time.monotonic() < until, shares))
    for outcomes in pool.forked(tasks, workers):
        for outcome in outcomes:
            figures.add(outcome)
            if outcome.violations:
                print(f"seed {outcome.seed}: {outcome.violations[0]}", file=sys.stderr, flush=True)
        if time.monotonic() - told > 10:
            told = time.monotonic()
            about = f"{sum(figures.calls):,} calls, {sum(figures.faults.values()):,} faults"
            done = f"{figures.seeds} of {len(seeds)} seeds, {about}, {len(figures.failed)} violated"
            print(f"{told - began:5.0f} s  {done}", file=sys.stderr, flush=True)
    return figures


def _expected(mode: Mode) -> set[Cell]:
    """What can go wrong, by what the handlers call and what starts them when nothing does."""
    calls: set[tuple[str, str]] = set()
    invoked: set[tuple[str, str]] = set()
    for outcome in pool.forked(partial(mode.tour, n) for n in range(_TOURS)):
        if outcome.violations:
            raise SystemExit(f"something is wrong although nothing goes wrong: {outcome.violations}")
        calls |= outcome.calls.keys()
        invoked |= outcome.invoked.keys()
    return {cell for cell in coverage.expected(calls, invoked) if not mode.elsewhere(cell)}


def _made_small(mode: Mode, outcome: Outcome, seconds: float) -> Iterable[str]:
    """The same violation with less around it."""
    if not seconds:
        return []
    windows = range(len(mode.plan(outcome.seed).operations))
    script = {accident.place: accident.kind for accident in outcome.accidents}

    def fails(kept: Iterable[int], some: dict[tuple[int, int], str]) -> bool:
        return mode.again(outcome.seed, set(kept), some).rule == outcome.rule

    if not fails(windows, script):
        return ["  it could not be replayed by its list of faults"]
    kept, left = shrink(windows, script, fails, Budget(seconds))
    small = mode.again(outcome.seed, set(kept), left)
    return report.shrunk(small, kept, left, len(windows), len(script))


def _show(mode: Mode, seed: int) -> int:
    outcome = mode.again(seed, None, None, trace=True)
    _say(outcome.trace)
    _say(outcome.history)
    found = report.failure(outcome, mode.replay) if outcome.violations else [f"seed {seed}: all well, {outcome.hash}"]
    _say(found)
    return int(bool(outcome.violations))


if __name__ == "__main__":
    sys.exit(main())
