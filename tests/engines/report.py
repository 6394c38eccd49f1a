"""What is printed, and the generated parts of docs/engines.md."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

from tests.engines.gaps import Gap
from tests.engines.gaps_ministack import MINISTACK
from tests.engines.gaps_moto import MOTO
from tests.engines.run import Figures

Tell = Callable[[Figures], None]

PAGE = Path(__file__).resolve().parents[2] / "docs" / "engines.md"
GAPS: tuple[Gap, ...] = (*MINISTACK, *MOTO)


def progress(figures: Figures, traces: int) -> str:
    """One line while it runs."""
    return (
        f"{figures.seconds:5.0f} s  {figures.traces} of {traces} traces, {sum(figures.operations.values()):,} operations, "
        f"{sum(figures.gaps.values()):,} known differences, {len(figures.failures)} unknown"
    )


def summary(figures: Figures) -> Iterator[str]:
    """The end of a run: tables for people, one line of JSON."""
    yield "known differences"
    for (engine, gap), count in figures.gaps.most_common():
        yield f"  {count:>8,}  {engine}: {gap}"
    yield "operations"
    for operation, count in figures.operations.most_common():
        yield f"  {count:>8,}  {operation}"
    shown = {
        "traces": figures.traces,
        "operations": sum(figures.operations.values()),
        "known": sum(figures.gaps.values()),
        "unknown": len(figures.failures),
        "seconds": round(figures.seconds),
        "processor_seconds": round(figures.processor_seconds),
    }
    yield f"ENGINES {json.dumps(shown)}"


def gap_table() -> str:
    """All rows of the gaps, engine by engine."""
    rows = [f"| {gap.engine} | {gap.name} | {gap.aws} | {gap.instead} |" for gap in GAPS]
    return "\n".join(["| engine | gap | AWS | instead |", "|---|---|---|---|", *rows])


def run_table(figures: Figures) -> str:
    """The figures of a run."""
    of_engine = {
        name: sum(n for (engine, _), n in figures.gaps.items() if engine == name) for name in ("ministack", "moto")
    }
    rows = [
        ("traces", figures.traces),
        ("operations", sum(figures.operations.values())),
        *((f"of them {operation}", count) for operation, count in figures.operations.most_common()),
        *((f"known differences of {name} {version(name)}", count) for name, count in of_engine.items()),
        ("unknown differences", len(figures.failures)),
        ("seconds", round(figures.seconds)),
        ("processor seconds", round(figures.processor_seconds)),
    ]
    lines = [f"| {name} | {count:,} |" for name, count in rows]
    most = [f"| {engine} | {gap} | {count:,} |" for (engine, gap), count in figures.gaps.most_common()]
    table = ["| what | |", "|---|--:|", *lines, "", "| engine | gap | seen |", "|---|---|--:|", *most]
    return "\n".join(table)


def document(figures: Figures) -> None:
    """Write both tables into the page."""
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(replaced(replaced(text, "gaps", gap_table()), "run", run_table(figures)), encoding="utf-8")


def replaced(text: str, name: str, body: str) -> str:
    """The text with another body in one of its generated parts."""
    marked = re.compile(rf"(<!-- generated: {name} -->\n)(.*?)(<!-- end -->)", re.DOTALL)
    if not marked.search(text):
        raise ValueError(f"the page has no part {name}")
    return marked.sub(lambda match: f"{match[1]}{body}\n{match[3]}", text)
