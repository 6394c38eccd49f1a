"""What is printed: a line per bug while it runs, a table at the end, one line of JSON for machines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from tests.mutants.bug import Bug, StageName

_WIDTH = 78


@dataclass(frozen=True)
class Verdict:
    """What became of a bug. `stage` and `killer` are None if nothing noticed it; seconds without the unchanged runs."""

    bug: Bug
    stage: StageName | None
    killer: str | None
    seconds: float


def line(verdict: Verdict) -> str:
    by = f"{verdict.stage}: {verdict.killer}" if verdict.stage else "SURVIVED"
    name = verdict.bug.name if len(verdict.bug.name) <= _WIDTH else f"{verdict.bug.name[: _WIDTH - 1]}…"
    return f"{name:{_WIDTH}} {verdict.seconds:6.1f} s  {by[:140]}"


def table(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Stage by stage, survivors last."""
    for stage in ("named", "flow", "simulation", None):
        found = [verdict for verdict in verdicts if verdict.stage == stage]
        if found:
            yield f"killed by stage {stage}: {len(found)}" if stage else f"survived: {len(found)}"
            yield from (f"  {line(verdict)}" for verdict in found)


def summary(verdicts: Sequence[Verdict], left: int, seconds: float) -> str:
    """`left` were not tried because the time was over."""
    shown = {
        "bugs": len(verdicts) + left,
        "killed": sum(verdict.stage is not None for verdict in verdicts),
        "survived": [verdict.bug.name for verdict in verdicts if verdict.stage is None],
        "left": left,
        "seconds": round(seconds, 1),
    }
    return f"MUTANTS {json.dumps(shown)}"


def as_json(verdicts: Sequence[Verdict]) -> str:
    return json.dumps([asdict(verdict) for verdict in verdicts])
