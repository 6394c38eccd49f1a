from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.promising.lead_times.survival import BINS, EDGES, Counts, Distribution, bin_of, estimate, stated

lines = st.lists(st.tuples(st.floats(0, 400), st.booleans()), min_size=1, max_size=60)
probabilities = st.floats(0.001, 0.999)


def counted(seen: list[tuple[float, bool]]) -> Counts:
    counts = Counts()
    for days, received in seen:
        counts.add(days, 1.0, received=received)
    return counts


def of(*days: float) -> Distribution:
    found = estimate(counted([(one, True) for one in days]))
    assert found is not None
    return found


@pytest.mark.slow
def test_open_orders_count_as_scipy_counts_them() -> None:
    """Kaplan-Meier of `scipy.stats.ecdf`, on times in the middle of bins, so that binning takes nothing away."""
    from scipy import stats  # slow to load

    chance = random.Random(7)
    middles = [(EDGES[n] + EDGES[n + 1]) / 2 for n in range(BINS)]
    seen = [(middles[chance.randrange(10, 90)], chance.random() < 0.6) for _ in range(300)]
    seen.append((middles[100], True))  # the last one came, so that the curve ends at 0
    reference = stats.ecdf(
        stats.CensoredData(
            uncensored=[days for days, received in seen if received],
            right=[days for days, received in seen if not received],
        )
    )
    ours = estimate(counted(seen))
    assert ours is not None
    for n in range(BINS):
        assert ours.cdf(EDGES[n + 1]) == pytest.approx(float(reference.cdf.evaluate(middles[n])), abs=1e-12)


def test_without_any_receipt_nothing_can_be_told() -> None:
    assert estimate(counted([(10.0, False)])) is None


def test_a_supplier_without_history_is_as_all_are() -> None:
    everybody = of(3, 5, 8, 13, 40)
    found = estimate(Counts(), everybody, 10.0)
    assert found is not None
    assert found.survival == pytest.approx(everybody.survival)


def test_own_history_weighs_as_many_lines_as_there_are() -> None:
    """Five own lines against five of everybody's: the curve lies in the middle."""
    found = estimate(counted([(4.1, True)] * 5), of(100), 5.0)
    assert found is not None
    assert found.cdf(20) == pytest.approx(0.5)


def test_open_orders_move_the_curve_before_anything_comes_late() -> None:
    came = [(5.1, True)] * 20
    patient, worried = (
        estimate(counted(came), of(5, 30), 5.0),
        estimate(counted([*came, *[(12.0, False)] * 10]), of(5, 30), 5.0),
    )
    assert patient is not None
    assert worried is not None
    assert worried.quantile(0.9) > patient.quantile(0.9)


@given(lines, st.floats(0, 600), probabilities, probabilities)
def test_quantiles_never_fall_and_never_lie_in_what_has_passed(
    seen: list[tuple[float, bool]], elapsed: float, one: float, other: float
) -> None:
    found = estimate(counted([*seen, (7.0, True)]))
    assert found is not None
    low, high = sorted((one, other))
    assert elapsed <= found.quantile(low, elapsed) <= found.quantile(high, elapsed)


@given(lines, probabilities)
def test_a_quantile_is_where_the_curve_says_so(seen: list[tuple[float, bool]], probability: float) -> None:
    found = estimate(counted([*seen, (7.0, True)]))
    assert found is not None
    assert found.cdf(found.quantile(probability)) == pytest.approx(probability, abs=1e-9)


def test_what_has_passed_makes_the_rest_later_than_it_was() -> None:
    found = of(*range(1, 100))
    assert found.quantile(0.5, 50.0) == pytest.approx(75, abs=2.0)


def test_a_card_says_its_median_and_nine_in_ten() -> None:
    card = stated(5, 9)
    assert card.quantile(0.5) == pytest.approx(5, rel=0.02)
    assert card.quantile(0.9) == pytest.approx(9, rel=0.02)


def test_a_probability_of_certainty_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        of(5).quantile(1.0)


def test_what_is_longer_than_everything_ends_in_the_last_bin() -> None:
    assert bin_of(1e9) == BINS - 1
