"""`python -m tests.mutants`: put every bug of the catalogue in, one at a time; exit 1 if the suite misses one.

The stages must be green on the unchanged tree first. `--only` takes part of a bug's name and may be repeated.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import time
from collections.abc import Sequence
from functools import partial

from tests.mutants import report
from tests.mutants.bug import STAGES, Bug
from tests.mutants.catalogue import BUGS
from tests.mutants.report import Verdict
from tests.mutants.stages import Command, NotGreen, Suite
from tests.mutants.workspace import applied, workspace
from tests.simulation import pool

SEEDS = 150


def main() -> int:
    """Run what the arguments name."""
    given = _arguments()
    began = time.monotonic()
    bugs = [bug for bug in BUGS if not given.only or any(part in bug.name for part in given.only)]
    bugs.sort(key=lambda bug: STAGES.index(bug.killer))
    if not bugs:
        raise SystemExit("there is no such bug")
    until = began + (given.stop_after or math.inf)
    try:
        with workspace() as folder:
            suite = Suite(folder, given.seeds)
            _say(f"{len(bugs)} bugs; first the named tests on the unchanged tree")
            suite.prove_named(bugs)
        shares = (bugs[n :: given.workers] for n in range(given.workers))
        tasks = (partial(_judged, share, given.seeds, suite.took, until) for share in shares if share)
        verdicts = [verdict for share in pool.forked(tasks, given.workers) for verdict in share]
    except (NotGreen, pool.TaskFailedError) as error:
        raise SystemExit(f"the unchanged tree fails, so nothing can be said: {error}") from None
    _end(verdicts, len(bugs) - len(verdicts), time.monotonic() - began, as_json=given.json)
    return int(any(verdict.stage is None for verdict in verdicts))


def _judged(share: list[Bug], seeds: int, took: dict[Command, float], until: float) -> list[Verdict]:
    """A worker's share, in a workspace of its own. Raises NotGreen."""
    verdicts: list[Verdict] = []
    with workspace() as folder:
        suite = Suite(folder, seeds, dict(took))
        for bug in share:
            if time.monotonic() > until:
                break
            verdicts.append(_judge(bug, suite))
            _say(report.line(verdicts[-1]))
    return verdicts


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants")
    parser.add_argument("--only", action="append", metavar="NAME", help="only bugs whose name has this in it")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="of the simulation, for what gets that far")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="bugs at once")
    parser.add_argument("--stop-after", type=float, metavar="SECONDS", help="begin no further bug after this time")
    parser.add_argument("--json", action="store_true", help="every verdict as JSON instead of the table")
    return parser.parse_args()


def _judge(bug: Bug, suite: Suite) -> Verdict:
    """One command after the other until one fails; what is needed for the first time runs on the unchanged tree before."""
    seconds = 0.0
    for stage, command in suite.attempts(bug):
        suite.prove(command)
        began = time.monotonic()
        with applied(bug, suite.folder):
            killer = suite.killer(command)
        seconds += time.monotonic() - began
        if killer is not None:
            return Verdict(bug, stage, killer, seconds)
    return Verdict(bug, None, None, seconds)


def _end(verdicts: Sequence[Verdict], left: int, seconds: float, *, as_json: bool) -> None:
    if as_json:
        print(report.as_json(verdicts))
    else:
        for text in report.table(verdicts):
            print(text)
    print(report.summary(verdicts, left, seconds), flush=True)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
