"""Days on the counters become history, each once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.forecasting.catch_up import caught_up, shop_days
from shared.forecasting.history import History, observed
from shared.inventory.asked import KEPT_DAYS, outdated

TODAY = 739_000


def test_a_new_sku_begins_with_its_first_day_of_demand() -> None:
    history = caught_up(None, {TODAY - 3: 5, TODAY - 1: 2}, TODAY - 1)

    assert history == observed(observed(History(TODAY - 3, TODAY - 3), TODAY - 3, 5), TODAY - 1, 2)
    assert history.busy == 1


def test_a_sku_nobody_has_asked_for_is_watched_from_now_on() -> None:
    assert caught_up(None, {}, TODAY - 1) == History(TODAY - 1, TODAY - 1)
    assert caught_up(History(TODAY - 9, TODAY - 9), {TODAY - 2: 4}, TODAY - 1).busy == 1


def test_the_day_that_is_not_over_waits() -> None:
    assert caught_up(None, {TODAY - 1: 1, TODAY: 5}, TODAY - 1).sizes == 1


@given(st.dictionaries(st.integers(TODAY - 13, TODAY), st.integers(1, 500)), st.sets(st.integers(TODAY - 20, TODAY)))
def test_however_often_and_whenever_days_are_taken_over_they_count_once(
    asked: dict[int, int], nights: set[int]
) -> None:
    begin = History(TODAY - 20, TODAY - 20)
    history = begin
    for night in [*sorted(nights), TODAY]:
        for _ in range(2):
            history = caught_up(history, {day: units for day, units in asked.items() if day <= night}, night)

    at_once = caught_up(begin, asked, TODAY)
    assert (history.through, history.since) == (at_once.through, at_once.since)
    for name in ("busy", "sizes", "logs", "squares"):
        assert getattr(history, name) == pytest.approx(getattr(at_once, name))


def test_the_shops_week_counts_skus_with_demand_on_days_that_are_new() -> None:
    asked = [{TODAY: 5, TODAY - 1: 1}, {TODAY: 2}, {TODAY - 5: 9}]

    rhythm = shop_days(asked, TODAY - 2, TODAY)

    assert (sum(rhythm.seen), sum(rhythm.active)) == (2, 3)


def test_a_fortnight_of_days_is_kept() -> None:
    days = range(TODAY - 40, TODAY + 1)

    assert set(days) - set(outdated(days, TODAY)) == set(range(TODAY - KEPT_DAYS + 1, TODAY + 1))
