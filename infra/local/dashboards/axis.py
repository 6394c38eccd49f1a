"""Round numbers for axes, and numbers as people read them."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

_STEPS = (1, 2, 2.5, 5, 10)
_HOURS = (1, 3, 6, 12, 24, 48, 168)


def ticks(low: float, high: float, about: int = 4) -> list[float]:
    """Round values from below `low` to above `high`; 0 to 1 where there is nothing between them."""
    if high <= low:
        high = low + 1
    rough = (high - low) / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in _STEPS if factor * power >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [float(f"{n * step:.12g}") for n in range(first, last + 1)]


def number(value: float) -> str:
    """`1,234`, `12.5`, `0.03`, `1.2 M`."""
    size = abs(value)
    if size >= 10_000_000:
        return f"{value / 1_000_000:,.1f} M"
    if size >= 1_000 or value == round(value):
        return f"{value:,.0f}"
    if size >= 10:
        return f"{value:,.1f}"
    return f"{value:.2f}".rstrip("0").rstrip(".") if size >= 0.01 else f"{value:.2g}"


def instants(start: datetime, end: datetime, most: int = 8) -> list[tuple[datetime, str]]:
    """Full hours or days between two instants with their names, at most so many."""
    hours = (end - start) / timedelta(hours=1)
    step = next((one for one in _HOURS if hours / one <= most), math.ceil(hours / most / 24) * 24)
    at = start.replace(hour=0, minute=0, second=0, microsecond=0)
    found = []
    while at < end:
        if at >= start:
            found.append((at, f"{at.day} {at:%b}" if step >= 24 or at.hour == 0 else f"{at:%H:%M}"))
        at += timedelta(hours=step)
    return found
