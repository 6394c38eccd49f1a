"""Makes a failure small: leaves out operations and accidents, as many at once as possible, while the same rule breaks.

What is left is what is needed, as far as the time allows to find out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from tests.simulation.accidents import Script

T = TypeVar("T")

Fails = Callable[[Sequence[int], Script], bool]


class Budget:
    """Wall seconds and tries that shrinking may take."""

    def __init__(self, seconds: float, tries: int = 500, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._ends, self._tries = clock, clock() + seconds, tries

    def spend(self) -> bool:
        """Whether one more try is affordable."""
        self._tries -= 1
        return self._tries >= 0 and self._clock() < self._ends


def shrink(windows: Sequence[int], script: Script, fails: Fails, budget: Budget) -> tuple[list[int], Script]:
    """The windows and accidents that are left. `fails` plays only those it is given."""
    kept, accidents = list(windows), dict(script)
    while True:
        before = len(kept), len(accidents)
        kept = _fewer_windows(kept, accidents, fails, budget)
        accidents = _fewer_accidents(kept, _within(accidents, kept), fails, budget)
        if (len(kept), len(accidents)) == before:
            return kept, accidents


def _fewer_windows(kept: list[int], script: Script, fails: Fails, budget: Budget) -> list[int]:
    return without(kept, lambda some: fails(some, _within(script, some)), budget)


def _fewer_accidents(kept: list[int], script: Script, fails: Fails, budget: Budget) -> Script:
    places = without(list(script), lambda some: fails(kept, {place: script[place] for place in some}), budget)
    return {place: script[place] for place in places}


def without(those: list[T], fails: Callable[[list[T]], bool], budget: Budget) -> list[T]:
    """Fewer of those, with which it still fails: halves are tried first, then smaller and smaller pieces."""
    size = len(those)
    while size >= 1:
        start = 0
        while start < len(those):
            fewer = those[:start] + those[start + size :]
            if not budget.spend():
                return those
            if fails(fewer):
                those = fewer
            else:
                start += size
        size //= 2
    return those


def _within(script: Script, windows: Sequence[int]) -> Script:
    kept = set(windows)
    return {place: kind for place, kind in script.items() if place[0] in kept or place[0] < 0}
