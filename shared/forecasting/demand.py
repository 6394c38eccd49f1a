"""The demand of some days as a distribution: nothing at all with some probability, else a lognormal number of units."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf, log
from statistics import NormalDist

_STANDARD = NormalDist()


@dataclass(frozen=True)
class Demand:
    """`nothing` is the probability of no demand; if there is any, the logarithm of the units is normal with `middle`
    and `width`. Units are whole: the distribution is rounded to the nearest."""

    nothing: float
    middle: float = 0.0
    width: float = 0.0

    def quantile(self, share: float) -> int:
        """The units not exceeded with probability `share` (0 < share < 1)."""
        if share <= self.nothing:
            return 0
        above = (share - self.nothing) / (1 - self.nothing)
        return round(exp(self.middle + self.width * _STANDARD.inv_cdf(above)))

    def at_most(self, units: int) -> float:
        """The probability that no more than `units` are asked for."""
        if units < 0:
            return 0.0
        return self.nothing + (1 - self.nothing) * _STANDARD.cdf(self._standing(units + 0.5))

    @property
    def mean(self) -> float:
        """Units expected."""
        return (1 - self.nothing) * exp(self.middle + self.width**2 / 2)

    def beyond(self, units: int) -> float:
        """Units expected above `units`, the mean of max(0, demand - units): what such a stock leaves unmet."""
        if units <= 0:
            return self.mean - units
        at = self._standing(units)
        above, still = _STANDARD.cdf(self.width - at), _STANDARD.cdf(-at)
        return max(0.0, self.mean * above - (1 - self.nothing) * units * still)

    def _standing(self, units: float) -> float:
        """Widths by which the units lie above the middle."""
        from_middle = log(units) - self.middle
        if self.width:
            return from_middle / self.width
        return inf if from_middle >= 0 else -inf
