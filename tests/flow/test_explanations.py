"""Why a line waits, as a storefront reads it: in words that are true at the moment."""

from __future__ import annotations

from typing import Any

import pytest

from tests.flow.conftest import Json, Shop

pytestmark = pytest.mark.slow


def explained(shop: Shop, order: Json, line: int = 0) -> Any:
    return shop.ok("s", "GET", f"/v1/backorders/{order['backorder_id']}/lines/{line}/explanation")


def test_who_is_first_does_not_stand_behind_nobody(shop: Shop) -> None:
    shop.item("A")
    order = shop.order("1", ("A", 1))
    told = explained(shop, order)
    assert not told["settled"]
    assert "estimate" in told["why"]
    shop.settle()
    told = explained(shop, order)
    assert told["settled"]
    assert told["why"] == (
        "1 of 1 unit waits first in line; 1 is not yet ordered, because the next order to Acme is made on 2026-01-05."
    )


def test_a_held_basket_is_the_reason_why_nothing_is_ordered(shop: Shop) -> None:
    shop.supplier("small", min_order_value="1000", max_wait_days=60)
    shop.item("A", supplier_id="small")
    shop.order("0", ("A", 1))
    order = shop.order("1", ("A", 2))
    shop.settle()
    shop.days(1)
    told = explained(shop, order)
    assert "minimum of 1000 EUR" in told["not_ordered_because"]
    assert told["why"].startswith(
        "2 of 2 units wait behind 1 unit of orders ahead of it; 2 are not yet ordered, because "
    )
    assert told["not_ordered_because"] in told["why"]


def test_what_is_on_order_needs_no_reason_and_names_the_order(shop: Shop) -> None:
    shop.item("A")
    order = shop.order("1", ("A", 2))
    shop.days(1)
    told = explained(shop, order)
    (supply,) = told["supply"]
    assert (told["not_ordered_because"], supply["units"]) == (None, 2)
    assert f"2 come with {supply['source']}, expected for 2026-01-10" in told["why"]
    assert told["sooner"] == [f"an earlier delivery of {supply['source']}, now due on 2026-01-10"]


def test_who_stands_behind_late_goods_is_told_that_they_hold_him_up_and_no_new_order(shop: Shop) -> None:
    shop.item("A")
    shop.order("1", ("A", 2))
    shop.days(1)
    (purchase,) = shop.ok("o", "GET", "/v1/purchase-orders")["items"]
    name = purchase["purchase_order_id"]
    late = {"lines": [{"sku": "A", "status": "accepted", "date": "2026-03-20"}]}
    shop.ok("o", "POST", f"/v1/purchase-orders/{name}/acknowledge", late)
    shop.settle()
    order = shop.order("2", ("A", 2))
    shop.settle()
    assert shop.read(order)["lines"][0]["promise"]["likely"][:10] == "2026-03-20"
    (idea,) = [idea for idea in explained(shop, order)["sooner"] if "priority" not in idea]
    assert idea == f"an earlier delivery of {name}, now due on 2026-03-20"


def test_a_priority_that_overtakes_is_named_with_what_it_brings(shop: Shop) -> None:
    shop.item("A")
    for n in range(3):
        shop.order(f"early {n}", ("A", 2))
    shop.days(1)  # these are on order
    order = shop.order("late", ("A", 2))
    shop.settle()
    told = explained(shop, order)
    (idea,) = [idea for idea in told["sooner"] if "priority" in idea]
    assert idea.startswith("priority silver (operators, with a reason): 0 units ahead instead of 6, likely ")
    shop.ok(
        "o",
        "PATCH",
        f"/v1/backorders/{order['backorder_id']}",
        {"priority": "silver", "reason": "as proposed"},
        if_match=f'"{shop.read(order)["version"]}"',
    )
    shop.settle()
    after = explained(shop, order)
    assert after["units_ahead"] == 0
    assert after["promise"]["likely"][:10] in idea


def test_alternatives_are_proposed_only_if_they_are_there(shop: Shop) -> None:
    shop.item("B", free=3)
    shop.item("C")
    shop.item("A", alternatives=["B", "C"])
    order = shop.order("1", ("A", 1), shipping="hold")
    shop.settle()
    assert explained(shop, order)["sooner"][0].startswith("shipping split")
    assert [idea for idea in explained(shop, order)["sooner"] if "switching" in idea] == [
        "switching to B: 3 units in stock"
    ]


def test_a_large_order_is_settled_when_its_part_is_counted(shop: Shop) -> None:
    shop.item("A")
    order = shop.order("big", *([("A", 1)] * 100))
    assert not explained(shop, order, 99)["settled"]
    shop.settle()
    told = explained(shop, order, 99)
    assert (told["settled"], told["units_ahead"]) == (True, 99)


def test_what_lies_here_for_one_parcel_is_not_said_to_be_about_to_be_allocated(shop: Shop) -> None:
    shop.item("A", free=1)
    shop.item("B")
    order = shop.order("1", ("A", 1), ("B", 1), shipping="hold")
    shop.settle()
    told = explained(shop, order)["why"]
    here = "1 is here, but waits until the rest of its parcel is there: orders behind it may take it meanwhile."
    assert told.startswith(f"1 of 1 unit waits first in line; {here}")
    assert "about to" not in told
    shop.item("C", free=1)
    whole = shop.order("2", ("C", 1), shipping="hold")
    assert "1 is free and about to be allocated" in explained(shop, whole)["why"]


def test_a_set_that_was_overtaken_is_told_what_it_waits_for(shop: Shop) -> None:
    for sku in ("A", "B"):
        shop.item(sku)
    order = shop.order("1", ("A", 1), ("B", 1), shipping="hold")
    shop.order("2", ("A", 1))
    shop.found("A", 1)
    shop.settle()
    told = explained(shop, order)["why"]
    assert "The order is on hold: it takes its units once all of them are there or confirmed." in told
    assert "Others have been served before it since 2026-01-05." in told
