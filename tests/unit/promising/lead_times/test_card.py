"""Goods that are still out, of a supplier of whom there is only a card."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.promising.lead_times.card import still_out

DAYS = st.floats(0.1, 400)


def test_before_anything_is_late_the_card_holds() -> None:
    assert still_out(5, 9, 0.5) == pytest.approx((5, 9), abs=0.01)


def test_who_has_been_late_for_long_is_not_promised_for_tomorrow() -> None:
    likely, by = still_out(5, 9, 38)
    assert (likely - 38, by - 38) == pytest.approx((2.7, 9.2), abs=0.1)


@given(DAYS, DAYS, DAYS, DAYS)
def test_dates_lie_ahead_in_order_and_never_come_closer_by_waiting(a: float, b: float, c: float, d: float) -> None:
    first, second = sorted((c, d))
    card = sorted((a, b))
    likely, by = still_out(card[0], card[1], first)
    assert first <= likely <= by
    later = still_out(card[0], card[1], second)
    assert later[0] >= likely - 1e-6
    assert later[1] >= by - 1e-6
    assert by <= first + max(first, card[1], 1.05 * max(card[0], 0.5)) + 1e-6, "no flight to infinity"


@pytest.mark.parametrize("card", [(0, 0), (1, 1), (365, 365), (1, 365)])
@pytest.mark.parametrize("elapsed", [0, 0.5, 30, 5_000])
def test_a_card_without_a_spread_and_an_order_out_for_years_have_dates_too(
    card: tuple[int, int], elapsed: float
) -> None:
    likely, by = still_out(*card, elapsed)
    assert elapsed <= likely <= by
    assert by <= 2 * elapsed + 500
