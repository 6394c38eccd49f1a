"""The past of a SKU in six numbers."""

from __future__ import annotations

from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.forecasting.history import HALF_LIFE_DAYS, History, aged, observed

MONDAY = 738_000


def past(*days: tuple[int, int], since: int = MONDAY) -> History:
    history = History(since, since)
    for day, units in days:
        history = observed(history, day, units)
    return history


def test_the_first_sale_tells_how_much_and_not_how_often() -> None:
    first = past((MONDAY, 12))

    assert (first.busy, first.sizes, first.logs) == (0, 1, log(12))
    assert not first.silent


def test_a_sku_that_is_watched_before_it_sells_learns_how_often_from_its_first_sale() -> None:
    assert past((MONDAY + 1, 12)).busy == 1


def test_a_day_counts_half_after_a_half_life() -> None:
    old = aged(past((MONDAY + 1, 12)), MONDAY + 1 + HALF_LIFE_DAYS)

    assert (old.busy, old.sizes) == (0.5, 0.5)
    assert old.logs == pytest.approx(log(12) / 2)
    assert old.through == MONDAY + 1 + HALF_LIFE_DAYS


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=8), st.integers(0, 90), st.integers(0, 90))
def test_ageing_in_two_steps_is_ageing_in_one(sizes: list[int], one: int, other: int) -> None:
    history = past(*((MONDAY + n, units) for n, units in enumerate(sizes)))

    at_once = aged(history, history.through + one + other)
    in_steps = aged(aged(history, history.through + one), history.through + one + other)

    for name in ("busy", "sizes", "logs", "squares"):
        assert getattr(in_steps, name) == pytest.approx(getattr(at_once, name))


def test_a_day_is_counted_once() -> None:
    with pytest.raises(ValueError, match="counted already"):
        past((MONDAY, 3), (MONDAY, 3))
    with pytest.raises(ValueError, match="counted already"):
        past((MONDAY, 3), (MONDAY + 5, 3), (MONDAY + 4, 3))


def test_a_past_cannot_be_seen_from_before_its_end() -> None:
    with pytest.raises(ValueError, match="lies before"):
        aged(past((MONDAY + 3, 1)), MONDAY)


def test_a_day_without_demand_is_no_observation() -> None:
    with pytest.raises(ValueError, match="0 units"):
        past((MONDAY, 0))
