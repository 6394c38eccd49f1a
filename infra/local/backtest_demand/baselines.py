"""The forecasts to beat, each as a pair of quantiles."""

from __future__ import annotations

from math import exp, sqrt
from statistics import NormalDist

from infra.local.backtest_demand.series import Series

SHARES = (0.5, 0.9)
MOVING_DAYS = 28
_EXACT_BELOW = 400  # units; beyond, the normal approximation of a Poisson quantile is exact to a unit or two

Quantiles = tuple[float, ...]

BASELINES = {
    "naive": "the last period's demand, as it was, for every quantile",
    "naive_poisson": "a Poisson distribution around the last period's demand",
    "ma28": "the mean of the last 28 days (of all days, while there are fewer), for every quantile",
    "ma28_poisson": "a Poisson distribution around that mean",
    "own_past": "the quantiles of all past periods of the item, counted back from the cut",
}


def baselines(series: Series, origin: int, days: int, began: int) -> dict[str, Quantiles]:
    """P50 and P90 of the `days` days from `origin` on, by every baseline; the file begins on the day `began`."""
    last = float(series.between(origin - days, origin))
    window = min(MOVING_DAYS, origin - began)
    moving = series.between(origin - window, origin) * days / window
    return {
        "naive": (last,) * len(SHARES),
        "naive_poisson": tuple(poisson_quantile(last, share) for share in SHARES),
        "ma28": (moving,) * len(SHARES),
        "ma28_poisson": tuple(poisson_quantile(moving, share) for share in SHARES),
        "own_past": _own_past(series, origin, days, began),
    }


def _own_past(series: Series, origin: int, days: int, began: int) -> Quantiles:
    starts = range(origin - days, began - 1, -days)
    sums = sorted(series.between(start, start + days) for start in starts)
    return tuple(float(sums[min(len(sums) - 1, int(share * len(sums)))]) for share in SHARES)


def poisson_quantile(mean: float, share: float) -> float:
    """The smallest whole number not exceeded with probability `share`."""
    if mean >= _EXACT_BELOW:
        return float(round(mean + sqrt(mean) * NormalDist().inv_cdf(share)))
    count, probability = 0, exp(-mean)
    below = probability
    while below < share:
        count += 1
        probability *= mean / count
        below += probability
    return float(count)
