"""What a cold start imports: CPU of a fresh interpreter that imports a door, beside one that does nothing."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

from tests.bench.figures import Figure
from tests.bench.shop import require

ROOT = Path(__file__).resolve().parents[2]
TIMES = 7
TARGET = 50.0


def _cpu(code: str) -> float:
    """Seconds of CPU of an interpreter that runs this code and says `ready`."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-I", "-c", code], check=True, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    require(done.stdout in {"", "ready"}, f"{code}: {done.stdout} {done.stderr}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _least(code: str) -> float:
    return min(_cpu(code) for _ in range(TIMES))


def benchmarks() -> list[Figure]:
    """Every door; the least of several runs, in turn with nothing."""
    nothing = _least("pass")
    figures = [Figure("python -I -c pass", nothing * 1000, "CPU-ms", None, f"least of {TIMES}")]
    for door in sorted((ROOT / "functions").glob("*/handler.py")):
        name = door.parent.name
        # The door of the API loads what the first request is for: here an order.
        load = "door.routes.load('POST /v1/backorders'); " if name == "api" else ""
        code = (
            f"import sys; sys.path.insert(0, {str(ROOT)!r}); import functions.{name}.handler as door; {load}"
            "sys.stdout.write('ready' if callable(door.handler) else 'no handler')"
        )
        seconds = _least(code)
        note = f"{seconds * 1000:.0f} CPU-ms"
        figures.append(Figure(f"import {name}", seconds / nothing, "times nothing", TARGET, note))
    return figures
