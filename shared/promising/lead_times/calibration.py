"""What became of the promises made corrects the next ones.

Each promise says with which probability the goods are there by any time; the probability at which they really came
should then be spread evenly. Where it is not, probabilities are read through the curve that it followed: distributional
conformal prediction (Chernozhukov, Wuethrich, Zhu, PNAS 118, 2021), weighted to the recent as in Barber, Candes, Ramdas
and Tibshirani, "Conformal prediction beyond exchangeability", Annals of Statistics 51 (2023). Promises still open count
with what has passed of them, so that a supplier who slows down is seen before his late goods are.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

_STEPS = 200


@dataclass(frozen=True)
class Outcome:
    """The probability that a promise gave to what has passed of it; `received` tells whether it has come."""

    probability: float
    weight: float
    received: bool


@dataclass(frozen=True)
class Calibration:
    """`share[n]` of the promises had come when they said n/200; `()` is no correction."""

    share: tuple[float, ...] = ()

    def level(self, probability: float) -> float:
        """The probability to ask the model for, so that the goods come with this one. In (0, 1), never falling."""
        if not self.share:
            return probability
        n = bisect_left(self.share, probability)
        if n > _STEPS:
            return 1.0 - 0.5 / _STEPS
        low, high = self.share[n - 1], self.share[n]
        level = (n - 1 + (probability - low) / (high - low)) / _STEPS
        return min(max(level, 0.5 / _STEPS), 1.0 - 0.5 / _STEPS)


def calibrated(outcomes: Iterable[Outcome], doubt: float) -> Calibration:
    """The correction after these outcomes; `doubt` counts like so many promises that were exactly right."""
    received, still_open = [doubt / _STEPS] * _STEPS, [0.0] * _STEPS
    for outcome in outcomes:
        n = min(int(outcome.probability * _STEPS), _STEPS - 1)
        (received if outcome.received else still_open)[n] += outcome.weight
    risk = sum(received) + sum(still_open)
    share, left = [0.0], 1.0
    for ended, unknown in zip(received, still_open, strict=True):
        left *= max(0.0, 1.0 - ended / risk) if risk > 0 else 1.0
        share.append(1.0 - left)
        risk -= ended + unknown
    return Calibration(tuple(share))
