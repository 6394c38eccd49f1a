"""Orders on the whole chain: places, priorities, limits, hold sets, changes of mind."""

from __future__ import annotations

from datetime import timedelta

import pytest

from infra.local.world import World
from tests.flow.conftest import Shop

pytestmark = pytest.mark.slow


def test_free_units_go_to_the_first_who_asked_and_a_new_order_takes_nothing_ahead_of_them(shop: Shop) -> None:
    shop.item("A")
    first, second = shop.order("1", ("A", 3)), shop.order("2", ("A", 3))
    shop.settle()
    shop.found("A", 4)
    shop.settle()
    assert shop.units(first) == {"released": 3}
    assert shop.units(second) == {"waiting": 2, "released": 1}


def test_a_single_unit_that_nobody_ordered_goes_to_the_first_who_waits(shop: Shop) -> None:
    shop.item("A")
    order = shop.order("1", ("A", 1))
    shop.settle()
    shop.receive(A=1)
    shop.settle()
    assert shop.units(order) == {"released": 1}


def test_lines_in_stock_leave_at_once_and_short_ones_wait(shop: Shop) -> None:
    shop.item("A", free=5)
    shop.item("B")
    order = shop.order("1", ("A", 5), ("B", 1))
    shop.settle()
    assert (shop.units(order, 0), shop.units(order, 1)) == ({"released": 5}, {"waiting": 1})
    (release,) = shop.read(order)["releases"]
    assert [(x["sku"], x["quantity"]) for x in release["lines"]] == [("A", 5)]


def test_lines_of_one_item_are_promised_behind_each_other_and_behind_those_who_wait(shop: Shop) -> None:
    shop.item("A", free=3)
    first = shop.order("1", ("A", 2), ("A", 1), ("A", 1))
    assert [line["promise"]["basis"] for line in first["lines"]] == ["stock", "stock", "next_order"]
    shop.settle()
    shop.found("A", 1)
    second = shop.order("2", ("A", 1))
    assert second["lines"][0]["promise"]["basis"] == "next_order"


def test_an_order_fully_in_stock_is_one_release(shop: Shop) -> None:
    for sku in "ABCDE":
        shop.item(sku, free=2)
    order = shop.order("1", *((sku, 2) for sku in "ABCDE"))
    shop.settle()
    (release,) = shop.read(order)["releases"]
    assert len(release["lines"]) == 5


def test_a_priority_is_a_head_start_and_not_a_right_of_way_for_ever(shop: Shop) -> None:
    shop.item("A")
    old = shop.order("1", ("A", 1))
    shop.days(6)
    young = shop.order("2", ("A", 1))
    gold = shop.order("3", ("A", 1), priority="gold")
    shop.settle()
    shop.found("A", 2)
    shop.settle()
    assert [shop.units(x) for x in (old, gold, young)] == [{"released": 1}, {"released": 1}, {"waiting": 1}]


def test_critical_needs_the_operations_scope(shop: Shop) -> None:
    shop.item("A")
    body = shop.order_body("1", ("A", 1), priority="critical")
    assert shop.call("s", "POST", "/v1/backorders", body).status == 403
    assert shop.call("so", "POST", "/v1/backorders", body).status == 201


def test_an_urgent_order_gets_two_days_head_start(shop: Shop) -> None:
    shop.item("A")
    calm = shop.order("1", ("A", 1))
    urgent = shop.order("2", ("A", 1), need_by="2026-01-06T12:00:00Z")
    assert urgent["urgent"]
    shop.settle()
    shop.found("A", 1)
    shop.settle()
    assert (shop.units(calm), shop.units(urgent)) == ({"waiting": 1}, {"released": 1})


def test_the_limit_counts_lines_of_one_order_together_t8(shop: Shop) -> None:
    shop.item("A", backorder_limit=3)
    refused = shop.call("s", "POST", "/v1/backorders", shop.order_body("1", ("A", 2), ("A", 2)))
    assert (refused.status, [e["pointer"] for e in refused.body["errors"]]) == (
        409,
        ["/lines/0/quantity", "/lines/1/quantity"],
    )
    shop.order("2", ("A", 2), ("A", 1))
    assert shop.call("s", "POST", "/v1/backorders", shop.order_body("3", ("A", 1))).status == 409


def test_a_limit_leaves_room_again_when_units_come_or_go(shop: Shop) -> None:
    shop.item("A", backorder_limit=2)
    order = shop.order("1", ("A", 2))
    assert shop.call("s", "POST", "/v1/backorders", shop.order_body("2", ("A", 1))).status == 409
    shop.ok("s", "POST", f"/v1/backorders/{order['backorder_id']}/cancel", {"reason": "changed my mind"})
    shop.order("3", ("A", 2))
    shop.found("A", 2)
    shop.settle()
    shop.order("4", ("A", 2))


def test_a_discontinued_item_sells_what_is_left_and_no_more(shop: Shop) -> None:
    shop.item("A", free=2, sellability_when_empty="discontinued")
    assert shop.call("s", "POST", "/v1/backorders", shop.order_body("1", ("A", 3))).status == 409
    order = shop.order("2", ("A", 2))
    shop.settle()
    assert shop.units(order) == {"released": 2}
    assert shop.ok("s", "GET", "/v1/items/A/availability")["sellability"] == "discontinued"


def test_a_repeat_meets_the_first_answer(shop: Shop) -> None:
    shop.item("A")
    body = shop.order_body("1", ("A", 1))
    first = shop.call("s", "POST", "/v1/backorders", body, idempotency_key="k")
    again = shop.call("s", "POST", "/v1/backorders", body, idempotency_key="k")
    other_key = shop.call("s", "POST", "/v1/backorders", body, idempotency_key="l")
    assert (first.status, again.status, other_key.status) == (201, 201, 200)
    assert again.headers["idempotency-replayed"] == "true"
    assert first.body["backorder_id"] == again.body["backorder_id"] == other_key.body["backorder_id"]
    changed = shop.order_body("1", ("A", 2))
    assert shop.call("s", "POST", "/v1/backorders", changed, idempotency_key="k").status == 422
    assert shop.call("s", "POST", "/v1/backorders", changed, idempotency_key="m").status == 409


def test_a_hold_order_takes_all_or_nothing_and_leaves_in_one_release(shop: Shop) -> None:
    shop.item("A")
    shop.item("B")
    hold = shop.order("1", ("A", 1), ("B", 1), shipping="hold")
    split = shop.order("2", ("A", 1))
    shop.settle()
    shop.found("A", 1)
    shop.settle()
    assert (shop.units(hold), shop.units(split)) == ({"waiting": 1}, {"released": 1})
    shop.found("A", 1)
    shop.settle()
    assert shop.units(hold) == {"waiting": 1}
    shop.found("B", 1)
    shop.settle()
    assert [shop.units(hold, n) for n in (0, 1)] == [{"released": 1}, {"released": 1}]
    (release,) = shop.read(hold)["releases"]
    assert len(release["lines"]) == 2


def test_an_impatient_hold_order_keeps_what_it_gets(shop: Shop) -> None:
    shop.item("A")
    shop.item("B")
    hold = shop.order("1", ("A", 1), ("B", 1), shipping="hold")
    shop.order("2", ("A", 1))
    shop.settle()
    shop.found("A", 1)
    shop.settle()
    shop.days(15)
    shop.found("A", 1)
    shop.settle()
    assert shop.units(hold) == {"allocated": 1}
    later = shop.order("3", ("A", 1))
    shop.settle()
    assert shop.units(later) == {"waiting": 1}
    shop.found("B", 1)
    shop.settle()
    assert [shop.units(hold, n) for n in (0, 1)] == [{"released": 1}, {"released": 1}]


def test_a_customer_may_change_hold_to_split(shop: Shop) -> None:
    shop.item("A", free=1)
    shop.item("B")
    hold = shop.order("1", ("A", 1), ("B", 1), shipping="hold")
    shop.settle()
    assert shop.units(hold) == {"waiting": 1}
    path = f"/v1/backorders/{hold['backorder_id']}"
    shop.ok("s", "PATCH", path, {"shipping": "split"}, if_match='"1"')
    shop.settle()
    assert shop.units(hold) == {"released": 1}


def test_cancelled_allocated_units_go_to_the_next_at_once(shop: Shop) -> None:
    shop.item("A")
    shop.item("B")
    hold = shop.order("1", ("A", 1), ("B", 1), shipping="hold")
    shop.order("0", ("A", 1))
    shop.settle()
    shop.found("A", 1)
    shop.settle()
    shop.days(15)
    shop.found("A", 1)
    shop.settle()
    assert shop.units(hold) == {"allocated": 1}
    waiting = shop.order("2", ("A", 1))
    shop.settle()
    shop.ok("s", "POST", f"/v1/backorders/{hold['backorder_id']}/cancel", {"reason": "too long"})
    shop.settle()
    assert shop.units(waiting) == {"released": 1}
    assert shop.read(hold)["status"] == "cancelled"


def test_what_is_released_stays_and_the_answer_names_it(shop: Shop) -> None:
    shop.item("A", free=1)
    order = shop.order("1", ("A", 3))
    shop.settle()
    path = f"/v1/backorders/{order['backorder_id']}/cancel"
    answer = shop.ok("s", "POST", path, {"reason": "no"})
    assert answer["cancelled"] == [{"line_id": "0", "quantity": 2}]
    assert answer["stayed"] == [{"line_id": "0", "quantity": 1}]
    assert shop.call("s", "POST", path, {"reason": "no"}).status == 409


def test_amending_needs_the_version_that_was_seen(shop: Shop) -> None:
    shop.item("A")
    order = shop.order("1", ("A", 3))
    path, body = f"/v1/backorders/{order['backorder_id']}", {"shipping": "hold"}
    assert shop.call("s", "PATCH", path, body).status == 428
    assert shop.call("s", "PATCH", path, body, if_match='"7"').status == 412
    assert shop.call("s", "PATCH", path, body, if_match='"1"').headers["etag"] == '"2"'


def test_switching_keeps_the_place_in_the_queue(shop: Shop) -> None:
    shop.item("A")
    shop.item("B")
    mover = shop.order("1", ("A", 2))
    rival = shop.order("2", ("B", 1))
    shop.settle()
    answer = shop.ok("s", "POST", f"/v1/backorders/{mover['backorder_id']}/lines/0/switch", {"sku": "B"})
    assert answer["added_line_id"] == "0.s1"
    shop.settle()
    shop.found("B", 2)
    shop.settle()
    assert (shop.units(mover, 1), shop.units(rival)) == ({"released": 2}, {"waiting": 1})
    assert shop.read(mover)["lines"][0]["status"] == "switched"


def test_an_operator_moves_an_order_forward_with_a_reason(shop: Shop) -> None:
    shop.item("A")
    first, second = shop.order("1", ("A", 1)), shop.order("2", ("A", 1))
    shop.settle()
    path = f"/v1/backorders/{second['backorder_id']}"
    assert shop.call("s", "PATCH", path, {"priority": "gold", "reason": "x"}, if_match='"1"').status == 403
    assert shop.call("o", "PATCH", path, {"priority": "gold"}, if_match='"1"').status == 422
    shop.ok("o", "PATCH", path, {"priority": "gold", "reason": "funeral"}, if_match='"1"')
    shop.settle()
    shop.found("A", 1)
    shop.settle()
    assert (shop.units(first), shop.units(second)) == ({"waiting": 1}, {"released": 1})


def test_a_recalled_release_returns_to_allocated_until_the_order_is_set_back(shop: Shop) -> None:
    shop.item("A", free=1)
    order = shop.order("1", ("A", 2))
    shop.settle()
    (release,) = shop.read(order)["releases"]
    shop.ok("o", "POST", f"/v1/releases/{release['release_id']}/recall")
    shop.found("A", 1)
    shop.settle()
    assert shop.units(order) == {"allocated": 2}
    version = shop.read(order)["version"]
    shop.ok("o", "PATCH", f"/v1/backorders/{order['backorder_id']}", {"release": "automatic"}, if_match=f'"{version}"')
    shop.settle()
    assert shop.units(order) == {"released": 2}


def test_a_short_pick_returns_the_rest_to_allocated(shop: Shop) -> None:
    shop.item("A", free=3)
    order = shop.order("1", ("A", 3))
    shop.settle()
    (release,) = shop.read(order)["releases"]
    body = {"shipment_id": "s1", "lines": [{"line_id": "0", "quantity": 2}]}
    shop.ok("o", "POST", f"/v1/releases/{release['release_id']}/ship", body, idempotency_key="ship")
    again = shop.call("o", "POST", f"/v1/releases/{release['release_id']}/ship", body, idempotency_key="ship")
    assert again.headers["idempotency-replayed"] == "true"
    assert shop.units(order) == {"shipped": 2, "allocated": 1}
    shop.settle()
    assert shop.units(order) == {"shipped": 2, "released": 1}
    first, second = shop.read(order)["releases"]
    assert (first["status"], second["status"]) == ("shipped", "released")
    shop.ok("o", "POST", f"/v1/releases/{second['release_id']}/ship", {"shipment_id": "s2"})
    shop.settle()
    assert shop.read(order)["status"] == "shipped"


def test_a_loss_takes_from_the_back_of_the_queue(shop: Shop) -> None:
    shop.item("A")
    shop.item("B")
    early, late = (shop.order(n, ("A", 1), ("B", 1), shipping="hold") for n in ("1", "2"))
    shop.order("3", ("A", 1))
    shop.settle()
    shop.found("A", 1)
    shop.days(15)
    shop.found("A", 2)
    shop.settle()
    assert (shop.units(early), shop.units(late)) == ({"allocated": 1}, {"allocated": 1})
    lost = shop.found("A", -1, reason="damage")
    assert lost["deallocated"] == 1
    assert (shop.units(early), shop.units(late)) == ({"allocated": 1}, {"waiting": 1})
    stock = shop.ok("o", "GET", "/v1/items/A/stock")
    assert (stock["received"], stock["corrections"]) == (0, 2)


def test_what_is_released_still_lies_on_the_shelf_when_it_is_counted(shop: Shop) -> None:
    shop.item("A", free=3)
    shop.order("1", ("A", 2))
    shop.settle()
    body = {"correction_id": "x", "sku": "A", "counted": 3, "reason": "count"}
    counted = shop.ok("o", "POST", "/v1/stock-corrections", body)
    assert (counted["delta"], counted["free"]) == (0, 1)


def test_a_loss_of_more_than_is_free_or_allocated_is_refused(shop: Shop) -> None:
    shop.item("A", free=2)
    shop.order("1", ("A", 2))
    shop.settle()
    body = {"correction_id": "x", "sku": "A", "counted": 1, "reason": "count"}
    assert shop.call("o", "POST", "/v1/stock-corrections", body).status == 409


def test_an_order_of_1114_lines_is_recorded_whole_and_served(shop: Shop) -> None:
    for n in range(20):
        shop.item(f"S{n}", free=60)
    order = shop.order("big", *((f"S{n % 20}", 1) for n in range(1114)))
    assert len(order["lines"]) == 1114
    shop.settle()
    view = shop.read(order)
    assert view["status"] == "ready"
    assert {x["status"] for x in view["lines"]} == {"released"}
    assert len(view["releases"]) == 13


def test_a_large_order_that_meets_a_limit_leaves_nothing_behind(shop: Shop) -> None:
    shop.item("A")
    shop.item("L", backorder_limit=1)
    lines = [("A", 1)] * 150 + [("L", 2)]
    assert shop.call("s", "POST", "/v1/backorders", shop.order_body("big", *lines)).status == 409
    shop.settle()
    assert shop.ok("o", "GET", "/v1/items/A/stock")["waiting"] == 0
    assert shop.call("s", "POST", "/v1/backorders", shop.order_body("big", ("A", 1))).status == 201


def test_the_queue_and_the_explanation_tell_place_and_cover(shop: Shop) -> None:
    shop.item("A")
    shop.order("1", ("A", 3))
    order = shop.order("2", ("A", 2))
    shop.settle()
    queue = shop.ok("o", "GET", "/v1/items/A/queue")["items"]
    assert [(x["place"], x["waiting"], x["cumulative"]) for x in queue] == [(1, 3, 3), (2, 2, 5)]
    told = shop.ok("s", "GET", f"/v1/backorders/{order['backorder_id']}/lines/0/explanation")
    assert (told["place"], told["units_ahead"], told["supply"][0]["source"]) == (2, 3, "next_order")


def test_another_storefront_sees_nothing_of_it(shop: Shop) -> None:
    shop.item("A")
    order = shop.order("1", ("A", 1))
    shop.tokens["s"] = shop.world.token("storefront", client="other")
    assert shop.call("s", "GET", f"/v1/backorders/{order['backorder_id']}").status == 404
    assert shop.ok("s", "GET", "/v1/backorders?order_id=1")["items"] == []


def test_a_sku_may_hold_any_printable_character_a_slash_too(shop: Shop) -> None:
    sku, path = "a/b?c#d e%25/é", "/v1/items/a%2Fb%3Fc%23d%20e%2525%2F%C3%A9"
    card = {"supplier_id": "acme", "unit_cost": "2.50", "currency": "EUR"}
    assert shop.call("s", "PUT", path, card).status == 403
    shop.ok("o", "PUT", path, card)
    assert shop.ok("s", "GET", path)["sku"] == sku
    order = shop.order("1", (sku, 2))
    shop.settle()
    shop.found(sku, 1)
    shop.settle()
    assert shop.units(order) == {"waiting": 1, "released": 1}
    assert shop.ok("o", "GET", f"{path}/stock")["waiting"] == 1
    assert len(shop.ok("o", "GET", f"{path}/queue")["items"]) == 1
    assert shop.call("s", "GET", f"{path}/stock").status == 403
    assert shop.ok("s", "GET", f"{path}/availability")["available_now"] == 0


def test_demand_that_the_stream_forgot_to_tell_of_is_counted_within_the_hour() -> None:
    with World.boot() as world:
        shop = Shop(world)
        shop.supplier()
        shop.item("A")
        shop.order("1", ("A", 2))
        shop.order("2", *[("A", 1)] * 91)
        for table in world.template.of_type("AWS::DynamoDB::Table"):
            world.engine.dynamodb.table(table.name).stream.trim(world.clock.now() + timedelta(seconds=1))
        shop.settle()
        assert waiting(shop, "A") == 0
        world.advance(timedelta(hours=1))
        assert waiting(shop, "A") == 93
        assert shop.violations() == []


def waiting(shop: Shop, sku: str) -> int:
    """The counter, not the lines."""
    (stock,) = (i for i in shop.items_of_table() if i["kind"] == {"S": "stock"} and i["sku"] == {"S": sku})
    return int(stock["waiting"]["N"])


@pytest.mark.parametrize("how", ["cancel", "amend", "switch"])
def test_a_set_whose_missing_line_is_given_up_leaves_at_once(shop: Shop, how: str) -> None:
    for sku, free in (("A", 1), ("B", 0), ("C", 1)):
        shop.item(sku, free=free)
    order = shop.order("1", ("A", 1), ("B", 1), shipping="hold")
    shop.settle()
    path = f"/v1/backorders/{order['backorder_id']}"
    if how == "cancel":
        shop.ok("s", "POST", f"{path}/cancel", {"reason": "no", "lines": [{"line_id": "1"}]})
    elif how == "amend":
        shop.ok("s", "PATCH", path, {"lines": [{"line_id": "1", "quantity": 0}]}, if_match='"1"')
    else:
        shop.ok("s", "POST", f"{path}/lines/1/switch", {"sku": "C"})
    shop.settle()
    assert shop.units(order, 0) == {"released": 1}


def test_a_large_order_with_a_head_start_is_not_overtaken_while_it_is_being_counted(shop: Shop) -> None:
    shop.item("A")
    shop.order("0", ("A", 1))
    shop.found("A", 1)
    shop.settle()
    shop.days(1)
    shop.order("x", ("A", 1))
    shop.found("A", 1)
    shop.settle()
    gold = shop.order("gold", *[("A", 1)] * 100, priority="gold")
    shop.found("A", 3, reason="count")
    other = shop.order("other", ("A", 4))
    shop.settle()
    assert shop.units(other) == {"waiting": 4}
    assert sum(line["quantities"]["released"] for line in shop.read(gold)["lines"]) == 3


def test_a_limit_counts_orders_from_before_it_that_were_not_counted_yet(shop: Shop) -> None:
    shop.item("A")
    shop.order("1", ("A", 5))
    shop.item("A", backorder_limit=6)
    refused = shop.call("s", "POST", "/v1/backorders", shop.order_body("2", ("A", 5)))
    assert refused.status == 422 or refused.status == 409, refused.body
    assert [error["pointer"] for error in refused.body["errors"]] == ["/lines/0/quantity"]
