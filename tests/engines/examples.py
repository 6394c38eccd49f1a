"""The shortest trace known for every gap, as a file. `python -m tests.engines --examples` looks for them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tests.engines.comparison import Match
from tests.engines.gaps import explain
from tests.engines.generate import draw
from tests.engines.run import made_small
from tests.engines.trace import Step, Trace
from tests.engines.wires import Ours, Wire
from tests.simulation.shrink import Budget

FILE = Path(__file__).with_name("examples.json")
_SECONDS = 30.0
_REPEATED = re.compile(r"(.)\1{99,}")
_TIMES = re.compile(r"(.) times (\d+)")


def load() -> dict[tuple[str, str], Trace]:
    """Examples by engine and gap."""
    found = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else []
    return {
        (one["engine"], one["gap"]): Trace(one["seed"], tuple(Step(*_spelt(step, _long)) for step in one["steps"]))
        for one in found
    }


def save(examples: dict[tuple[str, str], Trace]) -> None:
    """Write them, one a line."""
    lines = [
        json.dumps(
            {
                "engine": engine,
                "gap": gap,
                "seed": trace.seed,
                "steps": _spelt([[step.operation, step.params] for step in trace.steps], _short),
            },
            ensure_ascii=False,
        )
        for (engine, gap), trace in sorted(examples.items())
    ]
    FILE.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


def collect(seeds: Iterable[int], engines: list[Wire], wanted: set[tuple[str, str]]) -> None:
    """Look in the traces of these seeds for what is wanted and has no example yet, and keep what is found."""
    examples = load()
    match = Match(Ours(), engines, explain)
    for seed in seeds:
        if wanted <= examples.keys():
            return
        trace = draw(seed)
        for found in match.play(trace):
            key = (found.engine, found.gap or "")
            if key in wanted and key not in examples:
                examples[key], _ = made_small(trace, found, engines, Budget(_SECONDS))
                save(examples)


def _spelt(value: Any, spell: Callable[[str], str]) -> Any:
    """The same with its texts spelt otherwise: half a megabyte of x is no reading."""
    if isinstance(value, dict):
        return {name: _spelt(inner, spell) for name, inner in value.items()}
    if isinstance(value, list):
        return [_spelt(inner, spell) for inner in value]
    return spell(value) if isinstance(value, str) else value


def _short(text: str) -> str:
    return f"{text[0]} times {len(text)}" if _REPEATED.fullmatch(text) else text


def _long(text: str) -> str:
    found = _TIMES.fullmatch(text)
    return text if found is None else found[1] * int(found[2])
