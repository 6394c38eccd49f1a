"""Distributions of working days until the first receipt, estimated from received and from still open orders.

The estimate is Kaplan-Meier's (JASA 1958) with a prior guess in it: Susarla and Van Ryzin, "Nonparametric Bayesian
estimation of survival curves from incomplete observations", JASA 71 (1976). The guess counts like so many orders.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field

_FINEST = 0.25
_GROWTH = 1.03
_LONGEST = 1_500.0
_NOTHING = 1e-9
_BEYOND = 0.01


def _edges() -> tuple[float, ...]:
    edges = [0.0]
    while edges[-1] < _LONGEST:
        edges.append(edges[-1] + max(_FINEST, edges[-1] * (_GROWTH - 1)))
    return tuple(edges)


EDGES = _edges()
"""Borders of the bins in working days: a quarter of a day, from about eight days on three per cent each."""
BINS = len(EDGES) - 1


def bin_of(days: float) -> int:
    """The bin in which a duration in working days ends; what is longer than all ends in the last."""
    return min(max(bisect_right(EDGES, days) - 1, 0), BINS - 1)


@dataclass
class Counts:
    """Weighted numbers of lines per bin: received in it, and last seen open in it."""

    received: list[float] = field(default_factory=lambda: [0.0] * BINS)
    open: list[float] = field(default_factory=lambda: [0.0] * BINS)

    def add(self, days: float, weight: float, *, received: bool) -> None:
        """One line, after so many working days."""
        (self.received if received else self.open)[bin_of(days)] += weight


@dataclass(frozen=True)
class Distribution:
    """`survival[k]` is the probability to be open still at `EDGES[k]`; from 1 to 0, never rising."""

    survival: tuple[float, ...]

    def cdf(self, days: float) -> float:
        """The probability to be received within so many working days; linear within a bin."""
        if days >= EDGES[-1]:
            return 1.0
        k = bin_of(max(days, 0.0))
        share = (max(days, 0.0) - EDGES[k]) / (EDGES[k + 1] - EDGES[k])
        return 1.0 - self.survival[k] - share * (self.survival[k + 1] - self.survival[k])

    def quantile(self, probability: float, elapsed: float = 0.0) -> float:
        """Working days from the start within which it comes with this probability, given it has not come in `elapsed`.

        Never less than `elapsed`, never falling in `probability`. After everything ever seen the hazard stays what it
        was over the last tenth. Raises ValueError outside (0, 1).
        """
        if not 0.0 < probability < 1.0:
            raise ValueError("a probability lies between 0 and 1")
        left = 1.0 - self.cdf(elapsed) if elapsed > 0 else 1.0
        if left < _BEYOND:
            mean = (self._at(_BEYOND) - self._at(0.1)) / math.log(0.1 / _BEYOND)
            return elapsed - max(mean, _FINEST) * math.log(1.0 - probability)
        return max(elapsed, self._at(left * (1.0 - probability)))

    def _at(self, survival: float) -> float:
        """The days at which the curve has fallen to a value."""
        k = bisect_left(self.survival, -survival, key=lambda value: -value)
        if k == 0:
            return 0.0
        if k > BINS:
            return EDGES[-1]
        high, low = self.survival[k - 1], self.survival[k]
        return EDGES[k - 1] + (EDGES[k] - EDGES[k - 1]) * (high - survival) / (high - low)


def estimate(counts: Counts, prior: Distribution | None = None, strength: float = 0.0) -> Distribution | None:
    """The distribution after these lines; `prior` counts like `strength` of them. None if there is nothing to tell.

    Of what would never come by the estimate nothing is promised: the curve is that of what comes (a cure model). Some
    orders are forgotten by everybody, and nobody deletes them.
    """
    risk = sum(counts.received) + sum(counts.open)
    guess = [value * strength for value in prior.survival] if prior and strength > 0 else [0.0] * (BINS + 1)
    survival = [left := 1.0]
    for received, still_open, before, after in zip(counts.received, counts.open, guess, guess[1:], strict=False):
        if (at_risk := risk + before) > _NOTHING:
            share = 1.0 - (received + before - after) / at_risk
            left = left * share if share > 0.0 else 0.0
        survival.append(left)
        risk = risk - received - still_open
        if risk < 0.0:
            risk = 0.0
    if 1.0 - left < _NOTHING:
        return None
    return Distribution(tuple((value - left) / (1.0 - left) for value in survival))


def stated(likely: float, by: float) -> Distribution:
    """The distribution that somebody means who says "likely" (median) and "by" (nine in ten), in working days.

    Log-logistic: half and nine tenths lie exactly there, with a tail that gives latecomers a chance.
    """
    median = max(likely, _FINEST)
    shape = math.log(9.0) / math.log(max(by, median * 1.05) / median)
    at = ((0.0 if edge == 0 else (edge / median) ** shape) for edge in EDGES)
    survival = [1.0 / (1.0 + odds) for odds in at]
    survival[-1] = 0.0
    return Distribution(tuple(survival))


def mixed(parts: Iterable[tuple[float, Distribution]]) -> Distribution:
    """One of these, each with its share; shares sum to 1."""
    weighted = [(share, part.survival) for share, part in parts]
    return Distribution(tuple(sum(share * s[n] for share, s in weighted) for n in range(BINS + 1)))
