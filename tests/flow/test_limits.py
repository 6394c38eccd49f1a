"""A large order of items with limits: as many as there are, counted exactly, resumed or removed without a trace."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.engine.errors import ServiceError
from tests.flow.conftest import Json, Shop

pytestmark = pytest.mark.slow

ITEMS = 205
SKUS = [f"S{n:03d}" for n in range(ITEMS)]


@pytest.fixture
def limited(shop: Shop) -> Shop:
    """A shop of 205 items that may be sold from stock only, two units of each on the shelf."""
    for sku in SKUS:
        shop.item(sku, free=2, sellability_when_empty="out_of_stock")
    return shop


def all_of_them(shop: Shop, order_id: str = "1", units: int = 2) -> Json:
    return shop.order_body(order_id, *((sku, units) for sku in SKUS))


def cut_off_at(shop: Shop, transaction: int) -> None:
    """The table fails once, at the n-th of the transactions to come that changes an item's counters."""
    hooks, left = shop.world.engine.before, [transaction]

    def fail(_caller: str | None, _service: str, operation: str, params: Any) -> None:
        if operation != "TransactWriteItems" or "reserved" not in str(params):
            return
        left[0] -= 1
        if left[0] == 0:
            hooks.remove(fail)
            raise ServiceError("InternalServerError", "the answer was lost", 500)

    hooks.append(fail)


def demand(shop: Shop) -> set[int]:
    """What waits, by the counters."""
    return {int(item["waiting"]["N"]) for item in shop.items_of_table() if item["kind"] == {"S": "stock"}}


def test_an_order_of_any_number_of_items_in_stock_is_recorded_and_leaves(limited: Shop) -> None:
    order = limited.ok("s", "POST", "/v1/backorders", all_of_them(limited))
    limited.settle()
    assert {line["status"] for line in limited.read(order)["lines"]} == {"released"}
    refused = limited.call("s", "POST", "/v1/backorders", all_of_them(limited, "2", 1))
    assert (refused.status, len(refused.body["errors"])) == (409, ITEMS)
    assert demand(limited) == {0}


def test_one_item_without_room_refuses_the_order_and_leaves_nothing(limited: Shop) -> None:
    limited.order("0", (SKUS[-1], 1))
    refused = limited.call("s", "POST", "/v1/backorders", all_of_them(limited))
    assert [error["pointer"] for error in refused.body["errors"]] == [f"/lines/{ITEMS - 1}/quantity"]
    limited.settle()
    assert demand(limited) == {0}


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_a_recording_that_was_cut_off_is_exact_at_every_moment_and_goes_on(limited: Shop, cut: int) -> None:
    cut_off_at(limited, cut)
    assert limited.call("s", "POST", "/v1/backorders", all_of_them(limited), idempotency_key="k").status == 503
    assert limited.violations() == []
    order = limited.ok("s", "POST", "/v1/backorders", all_of_them(limited), idempotency_key="k")
    limited.settle()
    assert {line["status"] for line in limited.read(order)["lines"]} == {"released"}


def test_what_was_counted_for_an_abandoned_recording_is_given_back(limited: Shop) -> None:
    cut_off_at(limited, 3)
    assert limited.call("s", "POST", "/v1/backorders", all_of_them(limited)).status == 503
    assert demand(limited) == {0, 2}
    limited.settle()
    assert limited.violations() == []
    limited.days(0.1)
    assert demand(limited) == {0}
    order = limited.ok("s", "POST", "/v1/backorders", all_of_them(limited))
    assert len(order["lines"]) == ITEMS
