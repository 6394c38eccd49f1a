"""Every type of event in one life of a shop, each as its published schema says (held against it by the shop itself)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from shared.contracts.events import TYPES
from shared.kernel.clock import iso
from tests.flow import published
from tests.flow.conftest import Shop
from tests.flow.test_consent import customer
from tests.flow.test_customer_page import decide

pytestmark = pytest.mark.slow


def a_whole_life(shop: Shop) -> None:
    """Orders of every fate: shipped, cancelled, switched, refused, asked for consent, with money that does not last."""
    remedy = {"remedy_id": "sorry", "kind": "gift_wrap"}
    shop.ok("o", "PUT", "/v1/settings", {"remedies": [remedy]})
    shop.item("A")
    shop.item("B", free=5, reorder_point=4)
    shop.item("L", backorder_limit=0)
    soon = iso(shop.world.clock.now() + timedelta(days=1))
    deferred = {"mode": "deferred", "authorisation_expires_at": soon}
    held = shop.order("1", ("A", 2), ("B", 3), payment=deferred)
    asked = shop.order("2", ("A", 3), customer=customer("US"), payment={"mode": "prepaid"})
    given_up = [shop.order(mode, ("A", 1), ("A", 1), payment={"mode": mode}) for mode in ("deferred", "prepaid")]
    shop.world.send("record-backorders", json.dumps(shop.order_body("3", ("L", 1), storefront="web")))
    shop.settle()
    for order in given_up:
        shop.ok(
            "s", "POST", f"/v1/backorders/{order['backorder_id']}/cancel", {"lines": [{"line_id": "0"}], "reason": "no"}
        )
        shop.ok("s", "POST", f"/v1/backorders/{order['backorder_id']}/lines/1/switch", {"sku": "B"})
    shop.days(0.5)
    purchase = f"/v1/purchase-orders/{purchase_of(shop, 'A')}"
    date = (shop.world.clock.now() + timedelta(days=60)).date().isoformat()
    shop.ok("o", "POST", f"{purchase}/acknowledge", {"lines": [{"sku": "A", "status": "accepted", "date": date}]})
    shop.settle()
    assert shop.read(asked)["consent"] == "pending"
    decide(shop, asked, "remedy")
    shop.receive(A=5)
    shop.settle()
    release = shop.read(held)["releases"][0]["release_id"]
    shop.ok("s", "POST", f"/v1/releases/{release}/ship", {"shipment_id": "s1", "carrier": "DHL"})
    shop.settle()


def purchase_of(shop: Shop, sku: str) -> str:
    found = shop.ok("o", "GET", "/v1/purchase-orders")["items"]
    return next(str(one["purchase_order_id"]) for one in found if any(x["sku"] == sku for x in one["lines"]))


def told(shop: Shop) -> list[Any]:
    return list(published.ours(shop.world.engine.events))


def test_every_type_of_event_is_published_as_its_schema_says(shop: Shop) -> None:
    a_whole_life(shop)
    assert {event["metadata"]["type"] for event in told(shop)} == set(TYPES)
    assert list(published.wrong(told(shop))) == []


def test_what_a_shop_has_to_act_on_names_the_order_as_the_shop_does(shop: Shop) -> None:
    a_whole_life(shop)
    of_lines_in_the_queue = {"promise.revised", "line.allocated"}
    about_orders = [event["data"] for event in told(shop) if "backorder_id" in event["data"]]
    named = [data for data in about_orders if data.get("order_id") and data.get("storefront")]
    rest = {event["metadata"]["type"] for event in told(shop) if "backorder_id" in event["data"]} - {
        event["metadata"]["type"] for event in told(shop) if event["data"] in named
    }
    assert rest == of_lines_in_the_queue
    assert {data["order_id"] for data in named} == {"1", "2", "deferred", "prepaid"}


def test_what_was_cancelled_says_who_gave_it_up_and_how_but_not_in_whose_words(shop: Shop) -> None:
    shop.item("A")
    order = shop.order("1", ("A", 5))
    shop.settle()
    path = f"/v1/backorders/{order['backorder_id']}"
    words = "Ada Lovelace rang"
    shop.ok("o", "POST", f"{path}/cancel", {"lines": [{"line_id": "0", "quantity": 1}], "reason": words})
    version = shop.call("s", "GET", path).headers["etag"]
    shop.ok("s", "PATCH", path, {"lines": [{"line_id": "0", "quantity": 2}]}, if_match=version)
    shop.settle()
    decide(shop, order, "cancel", line="0")
    shop.settle()
    ends = [one["data"] for one in told(shop) if one["metadata"]["type"] == "backorder.cancelled"]
    assert [(one["units"], one["change"], one["actor"]) for one in ends] == [
        (1, "cancel", "operations:local-shop"),
        (2, "amend", "storefront:local-shop"),
        (2, "cancel", "customer"),
    ]
    assert words not in json.dumps(told(shop))


def test_a_field_that_is_missing_null_unknown_or_of_another_kind_is_found(shop: Shop) -> None:
    shop.item("A")
    shop.order("1", ("A", 1))
    shop.settle()
    (event,) = (one for one in told(shop) if one["metadata"]["type"] == "backorder.recorded")
    assert list(published.wrong([event])) == []
    data = event["data"]
    for change in ({"parts": None}, {"nickname": "x"}, {"lines": [{"line_id": "0"}]}, {"storefront": 7}):
        assert list(published.wrong([{**event, "data": {**data, **change}}])), change
    assert list(published.wrong([{**event, "metadata": {**event["metadata"], "version": "2.0"}}]))
