"""What was found, story by story, as docs/crashes.json keeps it: whoever changes one story plays that one again."""

from __future__ import annotations

import fcntl
import json
from collections import Counter
from pathlib import Path
from typing import Any

from tests.crashes.record import handler_of, rows_of

Json = dict[str, Any]
RESULT = Path(__file__).resolve().parents[2] / "docs" / "crashes.json"
_OF_PAIRS = ("pairs", "played", "ends", "unknown")


def result(done: list[Json]) -> Json:
    """Story -> its calls, row by row how each fault was taken, and its pairs by handler."""
    out: Json = {}
    for task in done:
        story = out.setdefault(f"{task['scene']}: {task['story']}", {"wrong": 0, "pairs": {}})
        story["wrong"] += len(task["wrong"])
        if task["function"] is None:
            calls = Counter(rows_of(task["calls"]))
            story |= {"calls": len(task["calls"]), "runs": task["faults"], "ends": task["ends"]}
            story["rows"] = {row: {"calls": n, **_filled(task["cells"].get(row, {}))} for row, n in calls.items()}
        elif task["pairs"]:
            story["pairs"][handler_of(task["function"])] = {name: task[name] for name in _OF_PAIRS}
    return out


def _filled(cells: dict[str, Counter[str]]) -> Json:
    return {kind: dict(sorted(found.items())) for kind, found in cells.items() if found}


def kept() -> Json:
    """What the documents have now."""
    text = RESULT.read_text(encoding="utf-8") if RESULT.exists() else ""
    return dict(json.loads(text or "{}"))


def keep(found: Json, names: list[str]) -> None:
    """Put what was found in the place of what was kept; stories that there are no more are dropped. Several runs may
    keep their results at once."""
    with RESULT.open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        merged = {name: story for name, story in (kept() | found).items() if name in names}
        file.truncate(0)
        file.write(json.dumps(merged, indent=1, sort_keys=True) + "\n")


def failures(found: Json) -> int:
    """How many runs ended wrong."""
    return sum(story["wrong"] for story in found.values())
