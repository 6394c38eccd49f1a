"""Whom a purchase order serves, as a buyer reads it: true at the moment, whatever happened since it was planned."""

from __future__ import annotations

from typing import Any

import pytest

from tests.flow.conftest import Json, Shop

pytestmark = pytest.mark.slow


def purchase(shop: Shop, query: str = "") -> Any:
    """The only purchase order there is."""
    (one,) = shop.ok("o", "GET", "/v1/purchase-orders")["items"]
    return shop.ok("o", "GET", f"/v1/purchase-orders/{one['purchase_order_id']}{query}")


def served(shop: Shop, line: int = 0) -> list[tuple[str, int]]:
    return [(one["backorder_id"], one["units"]) for one in purchase(shop)["lines"][line]["serves"]]


def ids(*orders: Json) -> list[str]:
    return [order["backorder_id"] for order in orders]


def test_a_line_names_whom_it_serves_and_is_pegged_anew_by_what_happens(shop: Shop) -> None:
    shop.item("A", free=1)
    first, second, third = (shop.order(str(n), ("A", 3)) for n in range(3))
    shop.days(1)
    a, b, c = ids(first, second, third)
    assert served(shop) == [(a, 2), (b, 3), (c, 3)]
    shop.ok("s", "POST", f"/v1/backorders/{b}/cancel", {"lines": [{"line_id": "0", "quantity": 2}], "reason": "less"})
    late = shop.order("late", ("A", 1))
    shop.settle()
    assert served(shop) == [(a, 2), (b, 1), (c, 3), (late["backorder_id"], 1)]
    line = purchase(shop)["lines"][0]
    receipt = {"receipt_id": "r", "supplier_id": "acme", "purchase_order_id": purchase(shop)["purchase_order_id"]}
    shop.ok("o", "POST", "/v1/receipts", receipt | {"lines": [{"sku": "A", "quantity": line["open"] - 4}]})
    shop.settle()
    open_units = purchase(shop)["lines"][0]["open"]
    assert open_units == 4
    assert sum(units for _, units in served(shop)) == sum(
        shop.units(o).get("waiting", 0) for o in (second, third, late)
    )
    shop.ok("o", "POST", f"/v1/purchase-orders/{receipt['purchase_order_id']}/cancel", {"reason": "no more"})
    shop.settle()
    assert served(shop) == []


def test_what_is_served_is_told_where_one_order_is_read_and_the_queue_says_it_of_every_line(shop: Shop) -> None:
    shop.item("A")
    shop.item("B")
    order = shop.order("1", ("A", 2), ("B", 1))
    shop.days(1)
    (listed,) = shop.ok("o", "GET", "/v1/purchase-orders")["items"]
    assert [line["serves"] for line in listed["lines"]] == [None, None]
    assert [line["serves_more"] for line in purchase(shop)["lines"]] == [0, 0]
    narrow = {line["sku"]: line["serves"] for line in purchase(shop, "?sku=B")["lines"]}
    assert narrow == {"A": None, "B": [{"backorder_id": order["backorder_id"], "line_id": "1", "units": 1}]}
    (waiting,) = shop.ok("o", "GET", "/v1/items/A/queue")["items"]
    explained = shop.ok("s", "GET", f"/v1/backorders/{order['backorder_id']}/lines/0/explanation")
    assert waiting["supply"] == explained["supply"]
    assert waiting["supply"][0]["source"] == listed["purchase_order_id"]


def test_a_held_order_serves_nobody_yet(shop: Shop) -> None:
    shop.supplier("small", min_order_value="1000", max_wait_days=60)
    shop.item("A", supplier_id="small")
    shop.order("1", ("A", 1))
    shop.days(1)
    assert purchase(shop)["status"] == "held"
    assert served(shop) == []
