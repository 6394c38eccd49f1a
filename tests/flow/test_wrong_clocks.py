"""Clocks of two functions that are minutes apart: no line is lost between what is counted and what comes to be counted."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.flow.conftest import Shop
from tests.flow.faults import Ask, Call, Faults, ask_inside, forked, rest, wrong
from tests.flow.test_meetings import calls_of
from tests.simulation.wrong_clocks import MOST_SKEWED, right_but_for

pytestmark = pytest.mark.slow

SKEWS = (timedelta(0), timedelta(seconds=MOST_SKEWED), timedelta(seconds=-MOST_SKEWED))


@pytest.mark.parametrize("door", ["http", "queue"])
@pytest.mark.parametrize("counting", SKEWS, ids=str)
@pytest.mark.parametrize("recording", SKEWS, ids=str)
def test_an_order_is_counted_whatever_the_clocks_show(
    shop: Shop, recording: timedelta, counting: timedelta, door: str
) -> None:
    shop.item("A")
    shop.order("1", ("A", 1))
    with right_but_for(shop.world.clock, counting):
        shop.settle()
    with right_but_for(shop.world.clock, recording):
        if door == "http":
            shop.order("2", ("A", 2))
        else:
            shop.world.send("record-backorders", json.dumps(shop.order_body("2", ("A", 2))))
            shop.settle()
    shop.settle()
    assert wrong(shop) == []
    assert shop.ok("o", "GET", "/v1/items/A/stock")["waiting"] == 3


@pytest.mark.parametrize("recording", SKEWS, ids=str)
def test_an_order_is_counted_that_comes_in_the_moment_after_a_count_by_a_fast_clock(
    shop: Shop, recording: timedelta
) -> None:
    shop.item("A")
    shop.order("1", ("A", 1))
    request = Ask("s", "POST", "/v1/backorders", shop.order_body("2", ("A", 2)))

    def count() -> None:
        with right_but_for(shop.world.clock, timedelta(seconds=MOST_SKEWED)):
            shop.settle()

    def clean() -> Any:
        with Faults(shop.world).at_work() as faults:
            count()
        return [call for call, _ in faults.kinds]

    calls = forked(clean)
    counted = max(n for n, (name, _) in enumerate(calls) if name.endswith("tally-demand"))
    name, nth = calls[counted + 1]
    statuses: list[int] = []

    def meanwhile() -> None:
        with right_but_for(shop.world.clock, recording):
            statuses.append(ask_inside(shop, request))

    with Faults(shop.world, (name, nth), meanwhile).at_work():
        count()
    shop.settle()
    assert statuses == [201]
    assert wrong(shop) == []
    assert shop.ok("o", "GET", "/v1/items/A/stock")["waiting"] == 3


def test_an_allocator_with_a_fast_clock_passes_no_line_that_comes_meanwhile(shop: Shop) -> None:
    """A line of an item with a limit is counted when it is recorded, and so not looked for again."""
    shop.item("A", backorder_limit=9)
    shop.order("1", ("A", 1))
    shop.settle()
    request = Ask("s", "POST", "/v1/backorders", shop.order_body("2", ("A", 2)))

    def supply() -> None:
        shop.receive(A=1)
        with right_but_for(shop.world.clock, timedelta(seconds=MOST_SKEWED)):
            shop.settle()

    for call in calls_of(shop, "allocate-stock", supply):

        def trial(call: Call = call) -> Any:
            statuses: list[int] = []

            def meanwhile() -> None:
                with right_but_for(shop.world.clock, timedelta(0)):
                    statuses.append(ask_inside(shop, request))

            with Faults(shop.world, call, meanwhile).at_work():
                supply()
            rest(shop)
            return [statuses, wrong(shop)]

        assert forked(trial) == [[201], []], call
