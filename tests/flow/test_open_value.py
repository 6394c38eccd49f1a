"""The value of what is open, as the dashboard shows it."""

from __future__ import annotations

import json

import pytest

from tests.flow.conftest import Shop

pytestmark = pytest.mark.slow


def test_each_currency_has_its_own_open_value_and_one_without_a_series_is_named_in_the_log(shop: Shop) -> None:
    shop.item("A")
    for order, currency, units in (("1", "EUR", 2), ("2", "SEK", 3), ("3", "JPY", 1)):
        line = {"line_id": "1", "sku": "A", "quantity": units, "unit_price": "10"}
        shop.order(order, currency=currency, lines=[line])
    shop.days(1)
    told = {
        one["dimensions"]["currency"]: one["max"]
        for one in shop.world.output.metrics.as_json()
        if one["name"] == "OpenValue"
    }
    assert told == {"EUR": 20, "SEK": 30}
    logged = [json.loads(one.line) for one in shop.world.output.lines if "open_value_left_out" in one.line]
    assert {one["code"] for one in logged} == {"JPY"}
