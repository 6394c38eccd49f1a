"""From a SKU's past to its demand in the next days.

How often: the share of days with demand is a Beta posterior, so the number of such days ahead is beta-binomial (the
discounted counts make it the Bayesian twin of Teunter, Syntetos and Babai, 2011). How much: the logarithm of a day's
units is normal, with the SKU's mean drawn to the shop's while little is known (a normal prior), and the shop's spread.
The sum over the days has the moments of a compound distribution; its shape is taken as nothing or lognormal, which
has the heavy tail that lumpy demand has (Syntetos, Boylan and Croston, 2005: `lumpy` is nearly all of a wholesaler).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, expm1, lgamma, log, log1p, sqrt

from shared.forecasting.demand import Demand
from shared.forecasting.history import History, aged
from shared.forecasting.pool import Pool
from shared.forecasting.rhythm import TradingDays

RATE_DAYS = 4
"""Days of its own that outweigh what the shop says about how often a SKU sells."""
SIZE_DAYS = 1.5
"""Days with demand that outweigh what the shop says about how much of it is asked for."""
NARROWING = 0.75
"""The matched lognormal's variance is multiplied by this: matching moments overrates the middle of a heavy tail."""
_LONGEST = 700.0  # exponents beyond it leave the floats


@dataclass(frozen=True)
class _Days:
    """Days with demand among those ahead: the probability of none, mean, variance."""

    none: float
    mean: float
    variance: float


def forecast(history: History, days: int, *, pool: Pool, trading: TradingDays) -> Demand:
    """Demand of the `days` calendar days after `trading.through`. ValueError if the history reaches beyond it."""
    past = aged(history, trading.through)
    ahead = trading.ahead(days)
    if not ahead:
        return Demand(nothing=1.0)
    exposed = trading.since(past.since)
    busy = RATE_DAYS * pool.rate + past.busy
    quiet = RATE_DAYS + max(0.0, exposed - past.busy)
    return _compound(_busy_days(busy, quiet, ahead), *_size(past, pool))


def _busy_days(busy: float, quiet: float, ahead: float) -> _Days:
    """Beta-binomial with weights of days in the place of whole days."""
    total, share = busy + quiet, busy / (busy + quiet)
    none = exp(lgamma(quiet + ahead) - lgamma(quiet) + lgamma(total) - lgamma(total + ahead))
    spread = (total + ahead) / (total + 1)
    return _Days(none, ahead * share, ahead * share * (1 - share) * spread)


def _size(past: History, pool: Pool) -> tuple[float, float]:
    """Mean and variance of one day's units, given that there is demand."""
    known = SIZE_DAYS + past.sizes
    middle = (SIZE_DAYS * pool.size + past.logs) / known
    variance = pool.spread * (1 + 1 / known)
    mean = exp(min(middle + variance / 2, _LONGEST / 4))
    return mean, mean**2 * expm1(min(variance, _LONGEST / 4))


def _compound(days: _Days, mean: float, variance: float) -> Demand:
    """Nothing, or the lognormal that has the moments of a sum of so many days' units, narrowed."""
    any_at_all = 1 - days.none
    if not any_at_all:
        return Demand(nothing=1.0)
    total = days.mean * mean
    second = days.mean * variance + days.variance * mean**2 + total**2
    centre = total / any_at_all
    relative = max(0.0, second / any_at_all / centre**2 - 1)
    square = log1p(relative)
    return Demand(days.none, log(centre) - square / 2, sqrt(square * NARROWING))
