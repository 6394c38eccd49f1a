"""The table's items by their kind, in plain values."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.simulation.universe import Universe
from tests.simulation.wrong_clocks import MOST_SKEWED

Kept = dict[str, list[dict[str, Any]]]
Violation = tuple[str, str, str]


def unsure(universe: Universe) -> timedelta:
    """How far a time that a function wrote may be from the world's."""
    return timedelta(seconds=MOST_SKEWED if "clock skewed" in universe.plan.rates else 0)
