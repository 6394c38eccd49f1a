"""A small share of the simulation, as the command itself runs it: in a process of its own, where time is virtual."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.simulation import coverage
from tests.simulation.alphabet import OPERATIONS
from tests.simulation.catalogue import CALLS, DELIVERIES
from tests.simulation.stories import STORIES
from tests.simulation.swarm import plan_of

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
SHARE, PORTS_SHARE = 12, 60  # `make simulate` plays as many as wanted


def simulate(*arguments: str, hash_seed: str = "0") -> tuple[int, dict[str, Any], dict[str, Any]]:
    """Exit code, the JSON of `--json`, and the last line."""
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    command = [sys.executable, "-m", "tests.simulation", "--json", "--shrink-seconds", "0", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    *_, last = done.stdout.splitlines() or [done.stderr]
    assert last.startswith("SIMULATION "), done.stdout + done.stderr
    found = re.search(r"^\{.*\}$", done.stdout, re.MULTILINE)
    assert found is not None
    return done.returncode, json.loads(found[0]), json.loads(last.removeprefix("SIMULATION "))


@cache
def share(seeds: int, *arguments: str) -> tuple[int, dict[str, Any], dict[str, Any]]:
    """The first seeds, as `simulate`."""
    return simulate(*arguments, "--seeds", str(seeds), "--first-seed", "1", hash_seed="1")


def test_a_share_of_the_seeds_breaks_nothing() -> None:
    code, _, figures = share(SHARE)
    assert (code, figures["seeds"], figures["violations"]) == (0, SHARE, 0)
    assert figures["median_calls"] >= 300
    assert len(figures["faults"]) > (len(CALLS) + len(DELIVERIES)) // 2


def test_one_seed_is_one_trace_whatever_the_process() -> None:
    once = share(SHARE)[1]["hashes"]
    again = simulate("--seeds", "2", "--first-seed", "11", hash_seed="77")[1]["hashes"]
    assert again == {seed: once[seed] for seed in ("11", "12")}
    assert len(set(once.values())) == SHARE


def test_what_is_expected_to_go_wrong_follows_from_what_the_handlers_call() -> None:
    cells = coverage.expected([("mailer", "sesv2.SendEmail")], [("mailer", "queue")])
    assert ("mail refused", "sesv2.SendEmail") in cells
    assert ("dies after", "mailer") in cells
    assert ("batch reordered", "mailer") in cells
    assert not {kind for kind, where in cells if kind in {"page cut", "transaction conflict", "schedule never"}}


def test_without_the_wire_a_share_of_the_seeds_breaks_nothing_either() -> None:
    code, _, figures = share(PORTS_SHARE, "--ports")
    assert (code, figures["seeds"], figures["violations"]) == (0, PORTS_SHARE, 0)
    assert figures["median_calls"] >= 200
    assert len(figures["faults"]) > (len(CALLS) + len(DELIVERIES)) // 2


def test_without_the_wire_a_seed_is_the_same_alone_and_behind_others() -> None:
    together = share(PORTS_SHARE, "--ports")[1]["hashes"]
    alone = simulate("--ports", "--seeds", "1", "--first-seed", "25", hash_seed="77")[1]["hashes"]
    assert together["25"] == alone["25"]
    assert len(set(together.values())) == PORTS_SHARE


@pytest.mark.parametrize("story", sorted(STORIES))
def test_what_follows_for_others_from_what_has_happened_before_breaks_nothing(story: str) -> None:
    code, _, figures = simulate("--ports", "--story", story, "--seeds", "40", "--first-seed", "1")
    assert (code, figures["seeds"], figures["violations"]) == (0, 40, 0)


def test_every_story_is_told_for_operations_that_there_are() -> None:
    assert {name for _, names in STORIES.values() for name in names} <= OPERATIONS.keys()
    assert {plan_of(seed).story for seed in range(60)} == {"", *STORIES}
