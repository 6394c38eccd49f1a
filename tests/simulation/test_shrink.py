"""A failure is made as small as the time allows, and never so small that it does not fail any more."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.simulation.accidents import Script
from tests.simulation.shrink import Budget, shrink, without

MUCH_TIME = 3600.0


def test_only_what_is_needed_is_left() -> None:
    assert without(list(range(40)), lambda some: {3, 17, 38} <= set(some), Budget(MUCH_TIME)) == [3, 17, 38]


def test_nothing_is_left_of_what_is_not_needed_at_all() -> None:
    assert without(list(range(9)), lambda _: True, Budget(MUCH_TIME)) == []


def test_operations_and_accidents_shrink_together() -> None:
    script: Script = {(window, n): "throttled" for window in range(10) for n in range(3)}

    def fails(kept: Sequence[int], some: Script) -> bool:
        return {2, 7} <= set(kept) and (7, 1) in some

    assert shrink(range(10), script, fails, Budget(MUCH_TIME)) == ([2, 7], {(7, 1): "throttled"})


def test_accidents_of_dropped_operations_are_not_even_tried() -> None:
    script: Script = {(0, 1): "throttled", (1, 1): "dies after"}

    def fails(kept: Sequence[int], some: Script) -> bool:
        assert {place[0] for place in some} <= set(kept)
        return 1 in kept

    assert shrink(range(2), script, fails, Budget(MUCH_TIME)) == ([1], {})


@pytest.mark.parametrize("tries", [0, 1, 5, 9])
def test_when_the_time_is_over_what_is_left_still_fails(tries: int) -> None:
    asked: list[list[int]] = []

    def fails(some: list[int]) -> bool:
        asked.append(some)
        return 11 in some

    left = without(list(range(32)), fails, Budget(MUCH_TIME, tries))
    assert 11 in left
    assert len(asked) == tries


def test_the_clock_ends_it_too() -> None:
    now = iter(range(100))
    budget = Budget(3, clock=lambda: float(next(now)))
    assert [budget.spend() for _ in range(4)] == [True, True, False, False]
