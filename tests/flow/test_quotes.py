"""Quotes on the whole chain: what the shopper was shown is the first promise, whatever happens in between."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.flow.conftest import Json, Shop
from tests.flow.faults import Ask, Faults, ask, forked, rest, wrong

pytestmark = pytest.mark.slow


def quote(shop: Shop, *lines: tuple[str, int], **headers: str) -> Any:
    return shop.ok("s", "POST", "/v1/quotes", body(*lines), **headers)


def body(*lines: tuple[str, int]) -> Json:
    return {"lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines]}


def dates(promise: Json) -> tuple[str, str, str]:
    return promise["likely"], promise["by"], promise["basis"]


def pass_minutes(shop: Shop, minutes: float) -> None:
    shop.world.advance(timedelta(minutes=minutes))


def refused(shop: Shop, order: Json) -> tuple[int, list[str]]:
    answer = shop.call("s", "POST", "/v1/backorders", order)
    return answer.status, [error["pointer"] for error in answer.body["errors"]]


def orders(shop: Shop) -> int:
    return len(shop.ok("s", "GET", "/v1/backorders")["items"])


def test_a_quote_says_of_each_line_what_the_availability_answer_says(shop: Shop) -> None:
    shop.item("A", free=2)
    shop.item("B")
    shop.item("C", sellability_when_empty="out_of_stock")
    lines = [("A", 1), ("B", 3), ("C", 1)]
    answer = quote(shop, *lines)
    for (sku, quantity), line in zip(lines, answer["lines"], strict=True):
        said = shop.ok("s", "GET", f"/v1/items/{sku}/availability?quantity={quantity}")
        assert line == {name: value for name, value in said.items() if name != "alternatives"}
    assert [line["sellability"] for line in answer["lines"]] == ["in_stock", "backorder", "out_of_stock"]


def test_the_dates_of_a_quote_hold_although_the_queue_grew(shop: Shop) -> None:
    shop.item("A")
    shop.order("0", ("A", 1))
    shop.settle()
    shop.days(1)  # ordered from the supplier
    quoted = quote(shop, ("A", 1))["lines"][0]["promise"]
    token = quote(shop, ("A", 1))["quote_token"]
    shop.ok("o", "PUT", "/v1/suppliers/acme", SLOWER)
    shop.order("crowd", ("A", 50))
    late = shop.ok("s", "GET", "/v1/items/A/availability")["promise"]
    assert late["by"] > quoted["by"]
    order = shop.order("1", ("A", 1), quote_token=token)
    assert dates(order["lines"][0]["promise"]) == dates(quoted)
    assert order["lines"][0]["first_promise"]["revision"] == 1
    shop.settle()
    line = shop.read(order)["lines"][0]
    assert dates(line["first_promise"]) == dates(quoted)
    assert dates(line["promise"]) == dates(late)
    events = shop.ok("s", "GET", f"/v1/backorders/{order['backorder_id']}/history")["items"]
    assert [e["cause"] for e in events if e["event"] == "promised"] == ["quoted", "supplier changed"], (
        "by whichever message comes first"
    )


SLOWER = {
    "name": "Acme",
    "email": "orders@acme.example",
    "order_weekdays": [0, 1, 2, 3, 4],
    "lead_time_days": {"likely": 40, "by": 60},
}


def test_a_date_that_got_much_worse_than_quoted_is_told_with_the_first_mail(shop: Shop) -> None:
    shop.item("A")
    token = quote(shop, ("A", 1))["quote_token"]
    shop.ok("o", "PUT", "/v1/suppliers/acme", SLOWER)
    shop.order("quoted", ("A", 1), quote_token=token)
    shop.order("plain", ("A", 1))
    shop.settle()
    pass_minutes(shop, 30)
    assert sorted(mail for mail in shop.mails() if mail in {"accepted", "promise_later"}) == [
        "accepted",
        "promise_later",
    ]


def test_a_quote_that_still_fits_is_not_revised_and_costs_no_more_than_an_order_without_one(shop: Shop) -> None:
    shop.item("A")
    costs = []
    for n in range(2):
        more = {"quote_token": quote(shop, ("A", 1))["quote_token"]} if n else {}
        before = shop.world.engine.meter.total().write_units
        order = shop.order(str(n), ("A", 1), **more)
        shop.settle()
        costs.append(shop.world.engine.meter.total().write_units - before)
        assert shop.read(order)["lines"][0]["promise"]["revision"] == 1
    assert costs[0] == costs[1]


def test_a_quote_is_no_place_the_limit_may_still_refuse_and_nobody_stands_in_his_own_way(shop: Shop) -> None:
    shop.item("A", backorder_limit=3)
    token = quote(shop, ("A", 2), ("A", 1))["quote_token"]
    shop.order("other", ("A", 1))
    order = shop.order_body("1", ("A", 2), ("A", 1), quote_token=token)
    assert refused(shop, order) == (409, ["/lines/0/quantity", "/lines/1/quantity"])
    shop.found("A", 1)
    shop.settle()
    assert shop.call("s", "POST", "/v1/backorders", order).status == 201


@pytest.mark.parametrize("what", ["expired", "altered", "other quantity", "other item", "a line more"])
def test_a_quote_that_does_not_hold_records_nothing_and_names_the_field(shop: Shop, what: str) -> None:
    shop.item("A")
    shop.item("B")
    token = quote(shop, ("A", 2))["quote_token"]
    lines = {"other quantity": [("A", 3)], "other item": [("B", 2)], "a line more": [("A", 2), ("B", 1)]}
    order = shop.order_body("1", *lines.get(what, [("A", 2)]), quote_token=token)
    if what == "expired":
        pass_minutes(shop, 11)
    if what == "altered":
        order["quote_token"] = token[:-1] + ("A" if token[-1] != "A" else "B")
    pointers = ["/quote_token"] if what in {"expired", "altered"} else ["/quote_token", "/lines"]
    assert refused(shop, order) == (409, pointers)
    assert orders(shop) == 0
    fresh = quote(shop, *lines.get(what, [("A", 2)]))["quote_token"]
    assert shop.call("s", "POST", "/v1/backorders", order | {"quote_token": fresh}).status == 201


def test_a_repeat_meets_the_first_answer_also_after_the_quote_expired(shop: Shop) -> None:
    shop.item("A")
    order = shop.order_body("1", ("A", 1), quote_token=quote(shop, ("A", 1))["quote_token"])
    first = shop.call("s", "POST", "/v1/backorders", order, idempotency_key="k")
    pass_minutes(shop, 20)
    again = shop.call("s", "POST", "/v1/backorders", order, idempotency_key="k")
    assert (first.status, again.status) == (201, 201)
    assert again.headers["idempotency-replayed"] == "true"
    assert orders(shop) == 1


def test_a_quote_asked_for_twice_under_its_key_is_the_first_one(shop: Shop) -> None:
    shop.item("A")
    first = quote(shop, ("A", 1), idempotency_key="k")
    shop.order("crowd", ("A", 5))
    shop.settle()
    again = shop.call("s", "POST", "/v1/quotes", body(("A", 1)), idempotency_key="k")
    assert (again.body["quote_token"], again.body["lines"][0]["promise"]) == (
        first["quote_token"],
        first["lines"][0]["promise"],
    )
    assert again.headers["idempotency-replayed"] == "true"
    assert shop.call("s", "POST", "/v1/quotes", body(("A", 2)), idempotency_key="k").status == 422
    assert shop.call("s", "POST", "/v1/quotes", body(("A", 1)), idempotency_key="").status == 400


def test_the_queue_door_honours_a_quote_and_refuses_one_that_expired_on_the_way(shop: Shop) -> None:
    shop.item("A")
    given = quote(shop, ("A", 1))
    order = shop.order_body("1", ("A", 1), quote_token=given["quote_token"], storefront="bulk")
    shop.world.send("record-backorders", json.dumps(order))
    shop.settle()
    (recorded,) = shop.ok("o", "GET", "/v1/backorders?order_id=1&storefront=bulk")["items"]
    assert dates(recorded["lines"][0]["first_promise"]) == dates(given["lines"][0]["promise"])
    pass_minutes(shop, 20)
    shop.world.send("record-backorders", json.dumps(order | {"order_id": "2"}))
    shop.settle()
    events = [one.envelope for one in shop.world.engine.events.published]
    (refusal,) = [dict(e["detail"])["data"] for e in events if e["detail-type"] == "backorder.refused"]
    assert refusal["order_id"] == "2"
    assert [error["pointer"] for error in refusal["problem"]["errors"]] == ["/quote_token"]


def test_a_large_order_cut_off_anywhere_keeps_its_quoted_dates_or_is_not_there(shop: Shop) -> None:
    shop.item("A")
    shop.item("L", backorder_limit=3)
    lines = [("A", 1)] * 100 + [("L", 2)]
    given = quote(shop, *lines)
    shop.ok("o", "PUT", "/v1/suppliers/acme", SLOWER)
    wanted = Ask("s", "POST", "/v1/backorders", shop.order_body("big", *lines, quote_token=given["quote_token"]))

    def calls() -> Any:
        faults = Faults(shop.world)
        with faults.at_work():
            ask(shop, wanted)
        return [call for call, _ in faults.kinds if call[0].endswith("api")]

    seen = []
    for call in forked(calls):

        def trial(call: Any = tuple(call)) -> Any:
            faults = Faults(shop.world, call, "dies after")
            with faults.at_work():
                ask(shop, wanted)
            pass_minutes(shop, 12)
            status = ask(shop, wanted)
            rest(shop)
            found = shop.ok("o", "GET", "/v1/backorders?order_id=big&storefront=local-shop")["items"]
            return [faults.happened, status, [[x["first_promise"] for x in one["lines"]] for one in found], wrong(shop)]

        happened, status, first, bad = forked(trial)
        assert (happened, bad) == (True, []), call
        seen.append(status)
        if status == 409:
            assert first == [], call
        else:
            assert [[dates(p) for p in one] for one in first] == [[dates(x["promise"]) for x in given["lines"]]], call
    assert 409 in seen
    assert seen.count(201) > 3, "what was begun in time goes on"
