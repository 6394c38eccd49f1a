"""What a supplier's card says of goods that are still out: two figures, and how long they have been out already.

Until a supplier has delivered anything, his lead time is taken as lognormal, which is how lead times are usually found
to be (skewed, never negative), through the card's median and nine-in-ten figure. Given that the goods have not come in
`elapsed` days, what remains of the distribution is scaled up to one (conditioning, as for censored observations). It is
cut off where a forecast ends: nobody is said to need longer once more than he has needed, or than his card allows.
"""

from __future__ import annotations

from math import erfc, exp, log, sqrt
from statistics import NormalDist

_NORMAL = NormalDist()
_CAUTIOUS = 0.9
_LEAST_DAYS = 0.5
_LEAST_SPREAD = 1.05  # of `by` over `likely`: a card that names one day for both is not believed to the hour
_FAR = 6


def still_out(likely: float, by: float, elapsed: float) -> tuple[float, float]:
    """Days from sending (median, nine in ten) of goods that have not come in `elapsed` days, by the card's two."""
    median = max(likely, _LEAST_DAYS)
    spread = max(by / median, _LEAST_SPREAD)
    sigma = log(spread) / _NORMAL.inv_cdf(_CAUTIOUS)
    late = log(max(elapsed, _LEAST_DAYS) / median) / sigma

    def quantile(share: float) -> float:
        foreseen = median * exp(sigma * _beyond(late, 1 - share))
        return min(max(elapsed, foreseen), elapsed + max(elapsed, spread * median))

    return quantile(0.5), quantile(_CAUTIOUS)


def _beyond(z: float, share: float) -> float:
    """Where only that share of what a normal distribution has beyond `z` is left. Far out, where the tail itself is too
    small a number, by its leading term exp(-z * z / 2)."""
    if z > _FAR:
        return sqrt(z * z - 2 * log(share))
    return -_NORMAL.inv_cdf(erfc(z / sqrt(2)) / 2 * share)
