"""Whom of several forecasters to believe: the best few, by what they lost of late."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from shared.promising.lead_times.contest import HALF_LIFE, Contest

DAY = 86_400_000_000
losses = st.lists(st.floats(0.0, 1e6), min_size=6, max_size=6)


def test_before_anything_is_known_the_first_is_believed_alone() -> None:
    assert Contest(3).shares() == [(1.0, 0)]


@given(st.lists(st.tuples(losses, st.integers(0, 400)), max_size=20))
def test_shares_sum_to_one_and_whoever_lost_least_has_the_largest(told: list[tuple[list[float], int]]) -> None:
    contest, at = Contest(6), 0
    for lost, days in told:
        at += days * DAY
        contest.lost(lost, at)
    shares = contest.shares()
    assert math.isclose(sum(share for share, _ in shares), 1.0)
    assert shares[0] == (max(share for share, _ in shares), contest.best)


def test_who_was_right_of_late_is_believed_and_not_who_was_right_long_ago() -> None:
    contest = Contest(2)
    for day in range(100):
        contest.lost([0.0, 3.0], day * DAY)
    assert contest.best == 0
    for day in range(100):
        contest.lost([2.0, 1.0], int(5 * HALF_LIFE + day) * DAY)
    assert contest.best == 1
    assert contest.shares()[0][0] > 0.99


def test_who_is_as_good_as_the_best_is_believed_as_much() -> None:
    contest = Contest(3)
    contest.lost([100.0, 100.0, 110.0], DAY)
    shares = {n: share for share, n in contest.shares()}
    assert math.isclose(shares[0], shares[1])
    assert math.isclose(shares[2] / shares[0], math.exp(-3.0))
