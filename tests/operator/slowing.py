"""Past orders of our own making: suppliers who differ, and one of them slows down by half, for good, from one day on."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

START = datetime(2024, 1, 1, tzinfo=UTC)
SLOW_FROM = START + timedelta(days=540)
END = START + timedelta(days=730)
_SUPPLIERS = 8
_ORDERS = 250


def slowing_supplier(path: Path, seed: int) -> None:
    """Two years of orders as CSV: `created,first_gr,vendor,po`. Lead times are log-normal with a spread of 0.4; no
    goods come on weekends; what comes after the end is not in the file."""
    chance = random.Random(seed)
    rows = []
    for supplier in range(_SUPPLIERS):
        median = chance.uniform(5, 30)
        for n in range(_ORDERS):
            created = START + timedelta(days=chance.uniform(0, 730))
            slower = 1.5 if supplier == 0 and created >= SLOW_FROM else 1.0
            came = _weekday(created + timedelta(days=median * slower * chance.lognormvariate(0, 0.4)))
            first = came.isoformat() if came <= END else ""
            rows.append((created.isoformat(), first, f"s{supplier}", f"p{supplier}.{n}"))
    lines = ["created,first_gr,vendor,po", *(",".join(row) for row in sorted(rows))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _weekday(at: datetime) -> datetime:
    return at + timedelta(days=max(0, 7 - at.weekday()) if at.weekday() >= 5 else 0)
