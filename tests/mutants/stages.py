"""The stages of the suite as commands in a workspace: the first that fails has killed the bug."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.mutants.bug import Bug, StageName

_LEAST_SECONDS = 120
_TIMES_SLOWER = 6
"""A run that takes so much longer than on the unchanged tree hangs: that is noticed too."""
_FAILED_TEST = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)
_BROKEN_RULE = re.compile(r"^seed (\d+): violated\n  (.+)$", re.MULTILINE)
_FIRST_SEEDS = (6, 30)
Command = tuple[str, ...]


class NotGreen(Exception):
    """The unchanged tree fails: what fails then says nothing about a bug."""


@dataclass
class Suite:
    """Runs stages; each command has to be green on the unchanged tree before a failure of it counts."""

    folder: Path
    seeds: int
    took: dict[Command, float] = field(default_factory=dict)

    def attempts(self, bug: Bug) -> Iterator[tuple[StageName, Command]]:
        """What is tried on a bug until something fails."""
        for stage in bug.stages:
            if stage == "named":
                yield stage, _pytest(bug.tests)
            elif stage == "flow":
                yield stage, _pytest(["tests/flow"])
            else:
                yield from ((stage, command) for command in _simulations(self.seeds))

    def prove_named(self, bugs: Sequence[Bug]) -> None:
        """All named tests at once, and with them every part of them."""
        paths = sorted({path for bug in bugs for path in bug.tests})
        if not paths:
            return
        self.prove(whole := _pytest(paths, whole=True))
        self.took |= {_pytest(bug.tests): self.took[whole] for bug in bugs}

    def prove(self, command: Command) -> None:
        """Green on the unchanged tree, or NotGreen; asked once. No bug may be applied."""
        if command in self.took:
            return
        began = time.monotonic()
        killer = _failure(command, self.folder, None)
        if killer is not None:
            raise NotGreen(f"{' '.join(command)}: {killer}")
        self.took[command] = time.monotonic() - began

    def killer(self, command: Command) -> str | None:
        """The test or rule that fails with the bug applied; None if all is green all the same."""
        return _failure(command, self.folder, max(_LEAST_SECONDS, _TIMES_SLOWER * self.took[command]))


def _pytest(paths: Sequence[str], *, whole: bool = False) -> Command:
    """What `make test` would run of them."""
    usual = ("-m", "not long and not cloud")
    return ("-m", "pytest", "-q", "-p", "no:cacheprovider", *usual, *([] if whole else ["-x"]), *paths)


def _simulations(seeds: int) -> Iterator[Command]:
    """A few seeds first: most bugs need no more."""
    first = 1
    for last in (*(n for n in _FIRST_SEEDS if n < seeds), seeds):
        share = ("--first-seed", str(first), "--seeds", str(last - first + 1))
        yield ("-m", "tests.simulation", "--json", "--shrink-seconds", "0", *share)
        first = last + 1


def _failure(command: Command, folder: Path, limit: float | None) -> str | None:
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return "did not end"
    return _named(output) if process.returncode else None


def _named(output: str) -> str:
    """What failed first, in its own words."""
    if broken := _BROKEN_RULE.search(output):
        return f"seed {broken[1]}: {broken[2]}"
    if failed := _FAILED_TEST.search(output):
        return failed[1]
    return (output.strip().splitlines() or ["no output"])[-1]
