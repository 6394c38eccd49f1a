from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.promising.lead_times.calibration import Calibration, Outcome, calibrated
from shared.promising.lead_times.pace import at_pace

shares = st.floats(0, 1)


def test_without_outcomes_nothing_is_corrected() -> None:
    assert Calibration().level(0.9) == 0.9
    assert calibrated([], 50.0).level(0.9) == pytest.approx(0.9)


def test_promises_that_were_kept_too_often_are_asked_for_less() -> None:
    """All came by the time that was said to be an even chance."""
    early = [Outcome(n / 1000, 1.0, received=True) for n in range(500)]
    assert calibrated(early, 1.0).level(0.9) == pytest.approx(0.45, abs=0.01)


def test_goods_that_are_still_out_correct_before_they_come() -> None:
    """Half of the promises are open past their nine in ten: that is known now, not when they come."""
    received = [Outcome(n / 100, 1.0, received=True) for n in range(100)]
    late = [Outcome(0.95, 1.0, received=False)] * 100
    assert calibrated([*received, *late], 1.0).level(0.9) > 0.97


@given(
    st.lists(st.tuples(shares, st.floats(0, 5), st.booleans()), max_size=50),
    st.floats(0.01, 0.99),
    st.floats(0.01, 0.99),
)
def test_a_correction_keeps_the_order_of_dates(seen: list[tuple[float, float, bool]], one: float, other: float) -> None:
    found = calibrated((Outcome(p, w, received=came) for p, w, came in seen), 10.0)
    low, high = sorted((one, other))
    assert 0 < found.level(low) <= found.level(high) < 1


def test_at_half_the_pace_the_median_comes_with_a_chance_of_three_in_ten() -> None:
    assert at_pace(0.5, 0.5) == pytest.approx(0.2929, abs=1e-4)
