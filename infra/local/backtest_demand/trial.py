"""The trial: from the cut on, forecasts are made again and again and compared with what came.

Split by time and by item. A forecast knows the days before its origin only. What it knows of other items, the shop's
rhythm and pool, is learned from the half of the items that it is not scored on; each half is scored once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from zlib import crc32

from infra.local.backtest_demand.baselines import BASELINES, SHARES, Quantiles, baselines
from infra.local.backtest_demand.series import Demand, Series
from shared.forecasting.forecast import forecast
from shared.forecasting.history import History, aged, observed
from shared.forecasting.pool import Pool, learn_pool
from shared.forecasting.rhythm import Rhythm, TradingDays, one_day
from shared.forecasting.scoring import pinball

MODEL = "model"
_ORIGINS = 28
_WEEK = 7


@dataclass(frozen=True)
class Plan:
    """When forecasts are made (at the beginning of each of these days) and for how many days."""

    origins: tuple[int, ...]
    horizon: int


@dataclass
class Score:
    """Sums over forecasts, a number per quantile. `scaled` is in units of the item's own mean demand of a horizon."""

    loss: list[float] = field(default_factory=lambda: [0.0] * len(SHARES))
    scaled: list[float] = field(default_factory=lambda: [0.0] * len(SHARES))
    covered: list[int] = field(default_factory=lambda: [0] * len(SHARES))

    def add(self, quantiles: Quantiles, actual: int, scale: float) -> None:
        for n, (quantile, share) in enumerate(zip(quantiles, SHARES, strict=True)):
            loss = pinball(quantile, actual, share)
            self.loss[n] += loss
            self.scaled[n] += loss / scale
            self.covered[n] += actual <= quantile


@dataclass
class Result:
    """What the trial found; `claimed` sums the probabilities the model itself gave to staying within its quantiles."""

    plan: Plan
    count: int = 0
    nothing: int = 0
    items: set[str] = field(default_factory=set)
    scores: dict[str, Score] = field(default_factory=lambda: {name: Score() for name in (MODEL, *BASELINES)})
    claimed: list[float] = field(default_factory=lambda: [0.0] * len(SHARES))


def plan_origins(first: int, last: int, horizon: int) -> Plan:
    """At most 28 origins from `first` to `last`, evenly; never a whole number of weeks apart, so that every weekday
    is forecast from."""
    step = -(-(last - first + 1) // _ORIGINS)
    if step % _WEEK == 0:
        step += 1
    return Plan(tuple(range(first, last + 1, step)), horizon)


def half_of(sku: str) -> int:
    """0 or 1: which half of the items a SKU belongs to, for ever the same."""
    return crc32(sku.encode()) % 2


def run(demand: Demand, plan: Plan, progress: Callable[[int, int], None]) -> Result:
    """All forecasts of the plan, scored. `progress` hears how many origins of how many are done."""
    result, shop = Result(plan), _Shop(demand)
    for done, origin in enumerate(plan.origins):
        progress(done, len(plan.origins))
        shop.live_until(origin)
        for half in (0, 1):
            pool, trading = shop.learned(1 - half)
            for series, history in shop.known(half):
                _judge(result, demand, origin, series, history, pool, trading)
    return result


def _judge(
    result: Result, demand: Demand, origin: int, series: Series, history: History, pool: Pool, trading: TradingDays
) -> None:
    days = result.plan.horizon
    actual = series.between(origin, origin + days)
    scale = series.between(demand.first, origin) * days / (origin - demand.first)
    ahead = forecast(history, days, pool=pool, trading=trading)
    quantiles = tuple(ahead.quantile(share) for share in SHARES)
    for name, found in {MODEL: quantiles, **baselines(series, origin, days, demand.first)}.items():
        result.scores[name].add(found, actual, scale)
    for n, quantile in enumerate(quantiles):
        result.claimed[n] += ahead.at_most(quantile)
    result.count += 1
    result.nothing += not actual
    result.items.add(series.sku)


class _Shop:
    """The past as it grows day by day, for each half of the items by itself."""

    def __init__(self, demand: Demand) -> None:
        self._series = {series.sku: series for series in demand.series}
        self._next = demand.first
        self._days = _by_day(demand)
        self._pasts: tuple[dict[str, History], ...] = ({}, {})
        self._rhythms = [Rhythm(), Rhythm()]

    def live_until(self, origin: int) -> None:
        """Take in every day before `origin`."""
        for day in range(self._next, origin):
            active = [0, 0]
            for sku, units in self._days.get(day, ()):
                past = self._pasts[half_of(sku)]
                past[sku] = observed(past.get(sku) or History(since=day, through=day), day, units)
                active[half_of(sku)] += 1
            self._rhythms = [r + one_day(day, n) for r, n in zip(self._rhythms, active, strict=True)]
        self._next = origin

    def learned(self, half: int) -> tuple[Pool, TradingDays]:
        """What a half of the items teaches about the shop."""
        through = self._next - 1
        trading = TradingDays(self._rhythms[half].weights, through)
        return learn_pool((aged(one, through) for one in self._pasts[half].values()), trading), trading

    def known(self, half: int) -> Iterator[tuple[Series, History]]:
        """The items of a half that have sold before."""
        return ((self._series[sku], history) for sku, history in self._pasts[half].items())


def _by_day(demand: Demand) -> dict[int, list[tuple[str, int]]]:
    sold = sorted(
        (day, series.sku, units)
        for series in demand.series
        for day, units in zip(series.days, series.units, strict=True)
    )
    return {day: [(sku, units) for _, sku, units in group] for day, group in groupby(sold, itemgetter(0))}
