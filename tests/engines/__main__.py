"""`python -m tests.engines --traces n --first-seed k`: the same traces on all engines; exit 1 if they differ in a way
that is not known."""

from __future__ import annotations

import argparse
import math
import os
import sys
import time
from collections.abc import Iterable, Iterator
from functools import partial

from tests.engines import examples, report, vocabulary
from tests.engines.comparison import Difference
from tests.engines.generate import draw
from tests.engines.run import Figures, explore, made_small, others
from tests.engines.trace import Trace
from tests.engines.wires import Wire
from tests.simulation import pool
from tests.simulation.shrink import Budget

NORMAL = 5000
_SEEDS_RECORDED = range(1, 31)
_TOURS_RECORDED = 3
_SHRUNK_AT_MOST = 3


def main() -> int:
    """Do what the arguments name."""
    given = _arguments()
    if given.record:
        vocabulary.save(vocabulary.recorded(_SEEDS_RECORDED, _TOURS_RECORDED).values())
        return 0
    seeds = range(given.first_seed, given.first_seed + given.traces)
    if given.examples:
        with others() as engines:
            examples.collect(seeds, engines, {(gap.engine, gap.name) for gap in report.GAPS})
        return 0
    with others():
        draw(given.first_seed)  # what is loaded now is not loaded by every worker
    figures = Figures()
    shares = [seeds[n :: given.workers] for n in range(given.workers)]
    for share in pool.forked((partial(_play, share, given.seconds) for share in shares if share), given.workers):
        figures.add(share)
    if figures.failures:
        with others() as engines:
            _say(_failures(figures, engines, given.shrink_seconds))
    _say(report.summary(figures))
    if given.document:
        report.document(figures)
    return int(bool(figures.failures))


def _play(seeds: range, seconds: float) -> Figures:
    """A worker's share, with engines of its own."""
    with others() as engines:
        return explore(seeds, engines, _progress(len(seeds)), seconds=seconds)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.engines")
    parser.add_argument("--traces", type=int, default=NORMAL, help="how many")
    parser.add_argument("--first-seed", type=int, default=1, help="the seed of the first of them")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes at once")
    parser.add_argument("--seconds", type=float, default=math.inf, help="begin no trace after so long")
    parser.add_argument("--shrink-seconds", type=float, default=60.0, help="time to make a failing trace small")
    parser.add_argument("--document", action="store_true", help="write the figures into docs/engines.md")
    parser.add_argument("--examples", action="store_true", help="look for examples of gaps that have none")
    parser.add_argument("--record", action="store_true", help="record the forms of the service's requests anew")
    return parser.parse_args()


def _progress(traces: int) -> report.Tell:
    told = time.monotonic()

    def tell(figures: Figures) -> None:
        nonlocal told
        if time.monotonic() - told > 10:
            told = time.monotonic()
            print(report.progress(figures, traces), file=sys.stderr, flush=True)

    return tell


def _failures(figures: Figures, engines: list[Wire], seconds: float) -> Iterator[str]:
    """Every unknown difference, the first of them made small."""
    seen: set[str] = set()
    for trace, found in figures.failures:
        if found.kind in seen or len(seen) >= _SHRUNK_AT_MOST:
            yield f"seed {trace.seed}: {found.kind}, as above"
            continue
        seen.add(found.kind)
        yield from _shown(*made_small(trace, found, engines, Budget(seconds)))


def _shown(trace: Trace, found: Difference) -> Iterator[str]:
    yield f"seed {trace.seed}: {found.kind} (make engines TRACES=1 FIRST_SEED={trace.seed})"
    for number, step in enumerate(trace.steps):
        yield f"  {number} {step}"
    yield f"  ours:   {found.ours}"
    yield f"  {found.engine}: {found.theirs}"


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
