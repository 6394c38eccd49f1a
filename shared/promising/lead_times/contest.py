"""Which of several forecasters to believe, and how much.

Each has a share by how well it would have promised so far, what is long past counting less: the exponentially weighted
average forecaster (Cesa-Bianchi, Lugosi, Prediction, Learning, and Games, 2006, chapter 2) with discounted losses.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

HALF_LIFE = 180.0
"""Days after which a loss counts half."""
_SHARPNESS = 30.0
"""A forecaster whose losses are a thirtieth above the smallest has e times less of a share than the best."""
_FEW = 4
_DAY = 86_400_000_000


class Contest:
    """What each of `size` forecasters has lost, in the order in which it became known."""

    def __init__(self, size: int) -> None:
        self._losses = [0.0] * size
        self._at = 0

    def lost(self, losses: Sequence[float], at: int) -> None:
        """What each lost over something that became known `at` (microseconds, never falling)."""
        kept = 0.5 ** ((at - self._at) / (HALF_LIFE * _DAY))
        self._losses = [before * kept + loss for before, loss in zip(self._losses, losses, strict=True)]
        self._at = at

    @property
    def best(self) -> int:
        """The one that lost least; the first of equals."""
        return min(range(len(self._losses)), key=self._losses.__getitem__)

    def shares(self) -> list[tuple[float, int]]:
        """(share, forecaster) of the best few; shares sum to 1. The first alone before anything is known."""
        least = self._losses[self.best]
        if least <= 0.0:
            return [(1.0, self.best)]
        ranked = sorted(range(len(self._losses)), key=lambda n: (self._losses[n], n))[:_FEW]
        weights = [math.exp(-_SHARPNESS * (self._losses[n] / least - 1.0)) for n in ranked]
        return [(weight / sum(weights), n) for weight, n in zip(weights, ranked, strict=True)]
