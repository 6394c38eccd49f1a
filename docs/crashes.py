"""The tables of docs/crashes.md, from what `make crashes` kept in docs/crashes.json."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

RESULT = Path(__file__).resolve().parent / "crashes.json"
KINDS = {
    "dies before": "crash before",
    "dies after": "crash after",
    "times out before": "timeout before",
    "times out after": "timeout after",
    "twice": "done, answer lost, repeated by the SDK",
    "refused": "throttled or in conflict",
}
_REDELIVERED = {"cut off": "C", "failed": "F", "went on": "G"}


def _stories() -> dict[str, Any]:
    return dict(json.loads(RESULT.read_text(encoding="utf-8"))) if RESULT.exists() else {}


def stories() -> str:
    """Which stories the tables are of."""
    names: dict[str, list[str]] = {}
    for story in _stories():
        scene, _, name = story.partition(": ")
        names.setdefault(scene, []).append(name)
    return "; ".join(f"{scene}: {', '.join(sorted(found))}" for scene, found in sorted(names.items())) + "."


def crashes() -> str:
    """Handler x AWS call x fault: how often it was taken how."""
    rows: dict[str, Counter[str]] = {}
    cells: dict[tuple[str, str], Counter[str]] = {}
    for story in _stories().values():
        for row, found in story["rows"].items():
            rows.setdefault(row, Counter())["calls"] += found["calls"]
            for kind in KINDS:
                cells.setdefault((row, kind), Counter()).update(_letters(found.get(kind, {})))
    lines = [f"| handler | call | calls | {' | '.join(KINDS.values())} |", f"|---|---|--:|{'---|' * len(KINDS)}"]
    for row in sorted(rows):
        handler, _, call = row.partition(": ")
        shown = " | ".join(_cell(cells[row, kind]) for kind in KINDS)
        lines.append(f"| `{handler}` | {call} | {rows[row]['calls']} | {shown} |")
    total = " | ".join(_cell(_sum(cells[row, kind] for row in rows)) for kind in KINDS)
    calls = sum(found["calls"] for found in rows.values())
    return "\n".join([*lines, f"| **all** | {len(rows)} rows | {calls} | {total} |"])


def _letters(found: dict[str, int]) -> Counter[str]:
    """`C` cut off, `F` failed, `A` answered with an error, `G` went on; `?` behind it: a mail's fate is unknown."""
    out: Counter[str] = Counter()
    for taken, n in found.items():
        how, _, unknown = taken.partition(", ")
        letter = _REDELIVERED.get(how) or ("A" if how.startswith("answered") else "wrong")
        out[letter + ("?" if unknown else "")] += n
    return out


def _sum(counts: Iterable[Counter[str]]) -> Counter[str]:
    out: Counter[str] = Counter()
    for count in counts:
        out.update(count)
    return out


def _cell(found: Counter[str]) -> str:
    return " ".join(f"{letter} {n:,}" for letter, n in sorted(found.items())) or "-"


def pairs() -> str:
    """Double faults by handler and story."""
    lines = ["| handler | story | pairs | runs that decide them | different ends |", "|---|---|--:|--:|--:|"]
    found = [(handler, name, x) for name, story in _stories().items() for handler, x in story["pairs"].items()]
    for handler, name, x in sorted(found, key=lambda each: each[:2]):
        lines.append(f"| `{handler}` | {name} | {x['pairs']:,} | {x['played']:,} | {x['ends']:,} |")
    sums = " | ".join(f"{sum(x[name] for _, _, x in found):,}" for name in ("pairs", "played", "ends"))
    return "\n".join([*lines, f"| **all** | {len(found)} | {sums} |"])


def totals() -> str:
    """The figures in a sentence."""
    stories = _stories().values()
    faults = sum(n for s in stories for r in s["rows"].values() for k in KINDS for n in r.get(k, {}).values())
    doubles = [x for story in stories for x in story["pairs"].values()]
    wrong = sum(story["wrong"] for story in stories)
    return (
        f"{len(stories)} stories, {sum(s['calls'] for s in stories):,} AWS calls of {_handlers()} handlers, "
        f"{faults:,} single faults (decided by {sum(s['runs'] for s in stories):,} runs) and "
        f"{sum(x['pairs'] for x in doubles):,} pairs of faults (decided by {sum(x['played'] for x in doubles):,} runs, "
        f"{sum(x['ends'] for x in doubles):,} different states); {wrong} ended wrong."
    )


def _handlers() -> int:
    return len({row.partition(":")[0] for story in _stories().values() for row in story["rows"]})
