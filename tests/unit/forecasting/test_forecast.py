"""Forecasts, checked against scipy where it knows the answer."""

from __future__ import annotations

from math import exp, log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.forecasting.demand import Demand
from shared.forecasting.forecast import NARROWING, RATE_DAYS, SIZE_DAYS, forecast
from shared.forecasting.history import History, aged, observed
from shared.forecasting.pool import Pool, learn_pool
from shared.forecasting.rhythm import TradingDays
from shared.forecasting.scoring import pinball

TODAY = 738_000
ALIKE = TradingDays((1.0,) * 7, TODAY)
POOL = Pool(rate=0.2, size=log(6), spread=0.8)


def past(*days_ago: int, units: int = 6, watched: int = 60) -> History:
    history = History(TODAY - watched, TODAY - watched)
    for ago in sorted(days_ago, reverse=True):
        history = observed(history, TODAY - ago, units)
    return history


def ahead(history: History, days: int = 7, trading: TradingDays = ALIKE) -> Demand:
    return forecast(history, days, pool=POOL, trading=trading)


@pytest.mark.slow
@settings(deadline=None)  # the first example loads scipy
@given(nothing=st.floats(0, 0.95), middle=st.floats(-1, 6), width=st.floats(0.05, 2.5), share=st.floats(0.01, 0.99))
def test_quantiles_are_those_of_the_lognormal_behind_the_probability_of_nothing(
    nothing: float, middle: float, width: float, share: float
) -> None:
    from scipy import stats  # slow to load

    units = Demand(nothing, middle, width).quantile(share)

    if share <= nothing:
        assert units == 0
    else:
        exact = stats.lognorm(s=width, scale=exp(middle)).ppf((share - nothing) / (1 - nothing))
        assert units == pytest.approx(exact, rel=1e-6, abs=0.5 + 1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("units", [1, 5, 40, 1000])
def test_what_a_stock_leaves_unmet_is_the_integral_above_it(units: int) -> None:
    from scipy import integrate, stats  # slow to load

    demand = Demand(0.3, log(20), 0.9)
    above = stats.lognorm(s=0.9, scale=20).sf

    exact, _ = integrate.quad(lambda x: 0.7 * above(x), units, 20 * exp(9), limit=500)

    assert demand.beyond(units) == pytest.approx(exact, rel=1e-4)


def test_without_stock_all_demand_is_unmet_and_a_debt_comes_on_top() -> None:
    demand = Demand(0.3, log(20), 0.9)

    assert demand.beyond(0) == demand.mean
    assert demand.beyond(-5) == demand.mean + 5
    assert demand.beyond(10**9) == pytest.approx(0, abs=1e-6)


def test_no_demand_at_all_is_certain_on_days_on_which_the_shop_is_closed() -> None:
    closed = TradingDays((1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 1.0), 7 * 105_000 + 5)  # a Friday

    assert ahead(past(1, 2, 3), 1, TradingDays(closed.weights, closed.through + 3000 * 7)) == Demand(nothing=1.0)


@pytest.mark.slow
def test_the_probability_of_nothing_is_that_of_a_beta_binomial() -> None:
    from scipy import stats  # slow to load

    history = aged(past(3, 9, 30), TODAY)
    busy = RATE_DAYS * POOL.rate + history.busy
    quiet = RATE_DAYS + ALIKE.since(history.since) - history.busy

    assert ahead(history, 7).nothing == pytest.approx(stats.betabinom(7, busy, quiet).pmf(0))


@pytest.mark.slow
def test_the_mean_is_that_of_days_with_demand_times_units_but_for_the_narrowing() -> None:
    from scipy import stats  # slow to load

    history = aged(past(3, 9, 30), TODAY)
    busy = RATE_DAYS * POOL.rate + history.busy
    quiet = RATE_DAYS + ALIKE.since(history.since) - history.busy
    days = stats.betabinom(7, busy, quiet).mean()
    known = SIZE_DAYS + history.sizes
    size = stats.lognorm(s=(POOL.spread * (1 + 1 / known)) ** 0.5, scale=6).mean()
    demand = ahead(history, 7)

    unnarrowed = demand.mean * exp(demand.width**2 / 2 * (1 / NARROWING - 1))

    assert unnarrowed == pytest.approx(days * size)


def test_more_days_are_never_less_demand() -> None:
    demands = [ahead(past(1, 5, 20), days) for days in (1, 3, 7, 14, 28, 90)]

    assert [d.nothing for d in demands] == sorted((d.nothing for d in demands), reverse=True)
    for share in (0.5, 0.9):
        quantiles = [d.quantile(share) for d in demands]
        assert quantiles == sorted(quantiles)


def test_demand_that_stopped_fades() -> None:
    lately, long_ago = ahead(past(2, 4, 6)), ahead(past(52, 54, 56))

    assert lately.mean > 1.25 * long_ago.mean


def test_a_sku_without_past_sells_like_the_shop() -> None:
    fresh = ahead(History(TODAY, TODAY), 7)

    assert 0.2 < 1 - fresh.nothing < 0.8
    assert 0.3 * 7 * POOL.rate * 6 < fresh.mean < 3 * 7 * POOL.rate * 6


def test_a_long_silence_says_that_a_sku_does_not_sell() -> None:
    assert ahead(History(TODAY - 300, TODAY - 300), 7).quantile(0.9) == 0


def test_a_past_that_reaches_beyond_the_day_is_refused() -> None:
    with pytest.raises(ValueError, match="lies before"):
        forecast(History(TODAY, TODAY + 1), 7, pool=POOL, trading=ALIKE)


@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(1, 1_000_000)), max_size=20, unique_by=lambda pair: pair[0]),
    st.integers(1, 365),
)
def test_whatever_the_past_the_quantiles_are_whole_units_in_order(sold: list[tuple[int, int]], days: int) -> None:
    history = History(TODAY - 401, TODAY - 401)
    for ago, units in sorted(sold, reverse=True):
        history = observed(history, TODAY - ago, units)

    demand = forecast(history, days, pool=learn_pool([history], ALIKE), trading=ALIKE)
    few, half, most = (demand.quantile(share) for share in (0.1, 0.5, 0.9))

    assert 0 <= few <= half <= most
    assert demand.beyond(most) <= demand.beyond(half) <= demand.mean + 1e-9
    assert demand.at_most(most) >= 0.9 - 1e-3


def test_a_shop_without_any_past_gets_plain_assumptions() -> None:
    assert learn_pool([], ALIKE) == Pool()


def test_the_pool_learns_how_often_how_much_and_how_evenly() -> None:
    steady = [past(*range(0, 60, 2), units=24) for _ in range(50)]

    pool = learn_pool(steady, ALIKE)

    assert pool.rate == pytest.approx(0.5, abs=0.02)
    assert exp(pool.size) == pytest.approx(24, rel=0.1)
    assert pool.spread < 0.05


def test_pinball_loss_punishes_the_rarer_side_more() -> None:
    assert [pinball(10, actual, 0.9) for actual in (10, 20, 0)] == pytest.approx([0, 9, 1])
