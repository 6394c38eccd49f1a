"""Numbers, what they should be, and how they are shown."""

from __future__ import annotations

import math
import platform
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One number. `target` is the most it should be."""

    name: str
    value: float
    unit: str
    target: float | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        return None if self.target is None else self.value <= self.target

    @property
    def row(self) -> tuple[str, str, str, str, str]:
        verdict = {None: "", True: "met", False: "MISSED"}[self.met]
        target = "" if self.target is None else f"<= {shown(self.target)}"
        return self.name, shown(self.value), self.unit, target, " ".join(filter(None, (verdict, self.note)))


def shown(value: float) -> str:
    """Three significant digits, whole numbers whole."""
    if value == int(value) and abs(value) < 1e9:
        return f"{int(value):,}"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{digits}f}"


def table(figures: Sequence[Figure]) -> str:
    """The figures as aligned text."""
    rows = [("benchmark", "value", "unit", "target", ""), *(figure.row for figure in figures)]
    widths = [max(len(row[n]) for row in rows) for n in range(5)]
    lines = []
    for name, value, unit, target, note in rows:
        cells = (name.ljust(widths[0]), value.rjust(widths[1]), unit.ljust(widths[2]), target.ljust(widths[3]), note)
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def as_json(figures: Sequence[Figure]) -> dict[str, Any]:
    """The figures for machines."""
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "figures": [{**asdict(figure), "met": figure.met} for figure in figures],
    }


def middle(seconds: Sequence[float]) -> float:
    """The median in milliseconds."""
    return statistics.median(seconds) * 1000


def spread(seconds: Sequence[float]) -> str:
    """Least and most, in milliseconds."""
    return f"{shown(min(seconds) * 1000)} to {shown(max(seconds) * 1000)} of {len(seconds)}"


def exponent(small: tuple[int, float], large: tuple[int, float]) -> float:
    """How cost grows with size: 1 is in proportion, 2 quadratic."""
    return math.log(large[1] / small[1]) / math.log(large[0] / small[0])
