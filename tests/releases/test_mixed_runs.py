"""The fault simulation in shops that earlier releases left, in a process of its own, where time is virtual."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.releases.revived import releases, shops, usual

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


def test_seeds_that_begin_amid_the_work_of_an_earlier_release_break_nothing() -> None:
    command = [sys.executable, "-m", "tests.releases.simulate", "--seeds", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    *_, last = done.stdout.splitlines() or [done.stderr]
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(last.removeprefix("RELEASES "))
    assert told["violations"] == 0
    assert told["runs"] == sum(usual(shop) for release in releases() for _, shop in shops(release))
    assert told["accidents"] > 10 * told["runs"]
