"""Shops for what the flow tests show nowhere, or only in shops too large to keep: they are frozen with the others."""

from __future__ import annotations

import json

import pytest

from tests.flow.conftest import Shop, shop
from tests.releases.shape import kind_of

__all__ = ["shop"]

pytestmark = pytest.mark.slow


def kinds(shop: Shop) -> set[str]:
    return {kind_of(item) for item in shop.items_of_table()}


def go_on(shop: Shop) -> None:
    """Something small, so that there is a change that nobody has read."""
    shop.found("A", 1)
    shop.settle()


def test_an_order_of_more_lines_than_its_head_takes(shop: Shop) -> None:
    shop.item("A")
    shop.order("long", *[("A", 1)] * 101)
    shop.settle()
    go_on(shop)
    assert "part" in kinds(shop)


def test_a_receipt_of_more_lines_than_its_head_takes(shop: Shop) -> None:
    shop.item("A")
    shop.order("1", ("A", 2))
    shop.settle()
    lines = [{"sku": "A", "quantity": 1}] * 401
    shop.ok("o", "POST", "/v1/receipts", {"receipt_id": "long", "supplier_id": "acme", "lines": lines})
    shop.settle()
    assert "receipt_lines" in kinds(shop)


def test_a_purchase_order_that_is_held(shop: Shop) -> None:
    shop.supplier(min_order_value="500.00")
    shop.item("A")
    shop.order("1", ("A", 2))
    shop.settle()
    shop.ok("o", "POST", "/v1/purchase-plans", {})
    go_on(shop)
    assert "held_lines" in kinds(shop)


def test_an_item_that_is_stocked_and_watched(shop: Shop) -> None:
    shop.item("A", free=4, reorder_point=3)
    for n in range(3):
        shop.order(str(n), ("A", 2))
        shop.days(1)
    go_on(shop)
    assert {"history", "risk_list", "risks"} <= kinds(shop)


def test_an_order_of_the_queue_that_is_refused(shop: Shop) -> None:
    shop.item("A")
    order = shop.order_body("1", ("NOWHERE", 1)) | {"storefront": "local-shop"}
    shop.world.send("record-backorders", json.dumps(order))
    shop.settle()
    go_on(shop)
    assert "refusal" in kinds(shop)


def test_an_order_that_remembers_more_than_its_head_takes(shop: Shop) -> None:
    shop.item("A")
    order = shop.order("1", ("A", 1))
    path = f"/v1/backorders/{order['backorder_id']}"
    for n in range(140):
        version = shop.call("s", "GET", path).headers["etag"]
        change = {"priority": ("gold", "silver")[n % 2], "reason": "the customer asks for it again " * 6}
        shop.ok("o", "PATCH", path, change, if_match=version)
    shop.settle()
    go_on(shop)
    assert "earlier" in kinds(shop)
