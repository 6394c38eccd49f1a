"""Which work a batch of changes is merged into."""

from __future__ import annotations

import pytest

from functions.fan_out_changes.routing import ALLOCATE, RELEASE, Work, merge


def serve(rank: int | None, event: str, sku: str = "A") -> Work:
    return Work(ALLOCATE, sku, {"sku": sku, "cause": "cancelled", "rank": rank}, event)


@pytest.mark.parametrize("ranks", [(5, 9), (9, 5), (9, None, 5), (None, 5), (5, None)])
def test_work_on_a_queue_is_done_from_the_earliest_place_that_changed(ranks: tuple[int | None, ...]) -> None:
    (work,) = merge([serve(rank, f"e{n}") for n, rank in enumerate(ranks)])
    assert work.body["rank"] == 5


def test_the_last_change_names_the_work_so_that_it_is_no_repeat_of_what_was_done_for_an_earlier_one() -> None:
    (work,) = merge([serve(5, "e1"), serve(9, "e2")])
    assert work.cause == "e2"


def test_work_on_different_things_stays_apart() -> None:
    works = [serve(5, "e1"), serve(5, "e2", "B"), Work(RELEASE, "A", {"backorder": "A"}, "e3")]
    assert merge(works) == works
