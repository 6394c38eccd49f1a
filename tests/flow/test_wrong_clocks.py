"""Clocks of two functions that are minutes apart: no line is lost between what is counted and what comes to be counted."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tests.flow.conftest import Shop
from tests.flow.faults import wrong
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
