"""Changes of an order that come twice, late, in chains, or without end."""

from __future__ import annotations

from typing import Any

import pytest

from tests.flow.conftest import Shop
from tests.flow.faults import Ask, Call, Faults, ask, ask_inside, forked, insist, wrong
from tests.flow.test_meetings import calls_of


def switched(shop: Shop, order: dict[str, Any], line_id: str, sku: str) -> str:
    """The id of the line that a switch of one unit adds."""
    path = f"/v1/backorders/{order['backorder_id']}/lines/{line_id}/switch"
    return str(shop.ok("s", "POST", path, {"sku": sku, "quantity": 1})["added_line_id"])


def line_ids(shop: Shop, order: dict[str, Any]) -> list[str]:
    return [line["line_id"] for line in shop.read(order)["lines"]]


def named(*names: str) -> list[dict[str, Any]]:
    """Order lines of two units of A under ids of the storefront's own."""
    return [{"line_id": name, "sku": "A", "quantity": 2, "unit_price": "1"} for name in names]


def test_a_switched_line_never_takes_the_id_of_another_line(shop: Shop) -> None:
    for sku in ("A", "B"):
        shop.item(sku)
    order = shop.order("1", lines=named("1", "1.s1"))
    assert switched(shop, order, "1", "B") == "1.s2"
    assert switched(shop, order, "1.s1", "B") == "1.s1.s1"
    assert line_ids(shop, order) == ["1", "1.s1", "1.s2", "1.s1.s1"]


def test_every_line_of_a_long_chain_of_switches_can_be_changed_and_explained(shop: Shop) -> None:
    for sku in ("A", "B"):
        shop.item(sku)
    order = shop.order("1", lines=named("x" * 64))
    path = f"/v1/backorders/{order['backorder_id']}"
    last = "x" * 64
    for n in range(8):
        last = switched(shop, order, last, "AB"[(n + 1) % 2])
    assert len(set(line_ids(shop, order))) == 9
    assert shop.ok("s", "GET", f"{path}/lines/{last}/explanation")["line_id"] == last
    shop.ok("s", "POST", f"{path}/cancel", {"reason": "no", "lines": [{"line_id": last}]})
    assert shop.read(order)["lines"][-1]["status"] == "cancelled"


def test_a_change_is_repeated_after_its_own_success_but_not_after_another_change(shop: Shop) -> None:
    shop.item("A")
    order = shop.order("1", ("A", 1))
    path = f"/v1/backorders/{order['backorder_id']}"
    split, hold = {"shipping": "split"}, {"shipping": "hold"}
    assert shop.call("s", "PATCH", path, hold, if_match='"1"').status == 200
    again = shop.call("s", "PATCH", path, hold, if_match='"1"')
    assert (again.status, again.headers["idempotency-replayed"], again.headers["etag"]) == (200, "true", '"2"')
    assert shop.call("s", "PATCH", path, split, if_match='"2"').status == 200
    assert shop.call("s", "PATCH", path, hold, if_match='"1"').status == 412
    assert shop.read(order)["shipping"] == "split"


def test_of_two_changes_of_what_was_seen_that_meet_one_is_made_and_the_other_told_so(shop: Shop) -> None:
    shop.item("A")
    order = shop.order("1", ("A", 1))
    shop.settle()
    path = f"/v1/backorders/{order['backorder_id']}"
    one, other = (
        Ask("s", "PATCH", path, {"customer": told}) for told in ({"name": "Anna"}, {"email": "anna@example.com"})
    )
    for call in calls_of(shop, "-api", lambda: ask(shop, one)):

        def trial(call: Call = call) -> Any:
            answers: list[int] = []
            with Faults(shop.world, call, lambda: answers.append(ask_inside(shop, other))).at_work():
                answers.append(ask(shop, one))
            customer = shop.read(order)["customer"]
            return [answers, customer["name"], customer["email"], wrong(shop)]

        first, second = [[200, 412], "Ann", "anna@example.com", []], [[412, 200], "Anna", "ann@example.com", []]
        assert forked(trial) in (first, second), call


def test_a_repeated_cancellation_says_what_was_cancelled_and_counts_nothing(shop: Shop) -> None:
    shop.item("A")
    order = shop.order("1", ("A", 5), ("A", 2))
    path = f"/v1/backorders/{order['backorder_id']}/cancel"
    shop.ok("s", "POST", path, {"reason": "no", "lines": [{"line_id": "0", "quantity": 1}]})
    body = {"reason": "no", "lines": [{"line_id": "0", "quantity": 3}, {"line_id": "1", "quantity": 5}]}
    first = shop.ok("s", "POST", path, body, idempotency_key="lost")
    again = shop.ok("s", "POST", path, body, idempotency_key="lost")
    told = {"cancelled": [("0", 3), ("1", 2)], "stayed": [("1", 3)]}
    for answer in (first, again):
        assert {name: [(x["line_id"], x["quantity"]) for x in answer[name]] for name in told} == told
    assert shop.units(order) == {"waiting": 1, "cancelled": 4}


def test_two_cancellations_in_one_microsecond_tell_their_own_units(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.item("A")
    order = shop.order("1", ("A", 5))
    path = f"/v1/backorders/{order['backorder_id']}/cancel"
    monkeypatch.setattr(shop.world.clock, "tick", lambda: None)
    told = [
        shop.ok(
            "s", "POST", path, {"reason": "no", "lines": [{"line_id": "0", "quantity": units}]}, idempotency_key=key
        )
        for units, key in ((2, "one"), (1, "two"), (2, "one"), (1, "two"))
    ]
    assert [answer["cancelled"][0]["quantity"] for answer in told] == [2, 1, 2, 1]


def test_a_unit_each_of_many_lines_is_cancelled_once_wherever_the_cancellation_was_cut_off(shop: Shop) -> None:
    shop.item("A")
    order = shop.order("1", *[("A", 2)] * 50)
    shop.settle()
    some = {"reason": "no", "lines": [{"line_id": str(n), "quantity": 1} for n in range(50)]}
    cancel = Ask("s", "POST", f"/v1/backorders/{order['backorder_id']}/cancel", some)
    for call in calls_of(shop, "-api", lambda: ask(shop, cancel)):

        def trial(call: Call = call) -> Any:
            with Faults(shop.world, call, "dies after").at_work():
                insist(shop, cancel)
            lines = [line["quantities"] for line in shop.read(order)["lines"]]
            return [{(line["cancelled"], line["waiting"]) for line in lines} == {(1, 1)}, wrong(shop)]

        assert forked(trial) == [True, []], call


@pytest.mark.parametrize("over", ["released", "cancelled"])
def test_split_or_hold_is_no_choice_any_more_once_nothing_is_left_to_release(shop: Shop, over: str) -> None:
    shop.item("A", free=1)
    order = shop.order("1", ("A", 1))
    shop.settle()
    path = f"/v1/backorders/{order['backorder_id']}"
    if over == "cancelled":
        other = shop.order("2", ("A", 1))
        path = f"/v1/backorders/{other['backorder_id']}"
        shop.ok("s", "POST", f"{path}/cancel", {"reason": "no"})
    version = shop.call("o", "GET", path).headers["etag"]
    refused = shop.call("s", "PATCH", path, {"shipping": "hold"}, if_match=version)
    assert (refused.status, refused.body["errors"][0]["pointer"]) == (409, "/shipping")
    assert shop.call("s", "PATCH", path, {"shipping": "split"}, if_match=version).status == 200


LONGEST = "\U0001f600" * 200


def cancelled_singly(shop: Shop, order: dict[str, Any], times: int, reason: str) -> int:
    """Cancel one unit at a time, of each line in turn; how many requests were carried out."""
    path = f"/v1/backorders/{order['backorder_id']}/cancel"
    for n in range(times):
        body = {"reason": reason, "lines": [{"line_id": str(n % len(order["lines"])), "quantity": 1}]}
        answer = shop.call("s", "POST", path, body, idempotency_key=f"unit-{n}")
        if answer.status != 200:
            assert answer.status == 409, answer.body
            return n
    return times


@pytest.mark.slow
def test_an_order_is_changed_as_often_as_it_has_units_and_remembers_every_change(shop: Shop) -> None:
    shop.item("A")
    order = shop.order("1", *[("A", 60)] * 8)
    path = f"/v1/backorders/{order['backorder_id']}"
    assert cancelled_singly(shop, order, 470, LONGEST) == 470
    first = {"reason": LONGEST, "lines": [{"line_id": "0", "quantity": 1}]}
    again = shop.call("s", "POST", f"{path}/cancel", first, idempotency_key="unit-0")
    assert again.headers["idempotency-replayed"] == "true"
    events = shop.ok("s", "GET", f"{path}/history")["items"]
    assert sum(event["event"] == "cancel" and event["line_id"] is None for event in events) == 470
    assert sum(line["quantities"]["cancelled"] for line in shop.read(order)["lines"]) == 470


@pytest.mark.slow
def test_amendments_are_published_however_long_the_log_of_their_order_is(shop: Shop) -> None:
    shop.item("A")
    order = shop.order("1", ("A", 2))
    path = f"/v1/backorders/{order['backorder_id']}"
    for n in range(60):
        body = {"priority": ("gold", "silver")[n % 2], "reason": LONGEST}
        shop.ok("o", "PATCH", path, body, if_match=f'"{n + 1}"')
    shop.settle()
    published = [
        event for event in shop.world.engine.events.published if event.envelope["detail-type"] == "backorder.amended"
    ]
    assert len(published) == 60


@pytest.mark.slow
def test_a_line_that_was_changed_too_often_in_part_is_cancelled_whole(shop: Shop) -> None:
    shop.item("A")
    shop.item("B")
    order = shop.order("1", ("A", 400))
    assert 250 < cancelled_singly(shop, order, 400, LONGEST) < 400
    path = f"/v1/backorders/{order['backorder_id']}"
    part = {"reason": "no", "lines": [{"line_id": "0", "quantity": 1}]}
    refused = shop.call("s", "POST", f"{path}/cancel", part)
    assert (refused.status, refused.body["errors"][0]["pointer"]) == (409, "/lines/0")
    shop.found("A", 5)
    shop.settle()
    assert shop.units(order)["released"] == 5
    shop.ok("s", "POST", f"{path}/cancel", {"reason": LONGEST})
    assert "waiting" not in shop.units(order)


def test_a_day_that_was_needed_is_withdrawn_by_null_and_kept_by_silence(shop: Shop) -> None:
    shop.item("A")
    order = shop.order("1", ("A", 2), need_by="2026-03-01T00:00:00Z")
    shop.settle()
    path = f"/v1/backorders/{order['backorder_id']}"
    for body, need_by in (({"shipping": "hold"}, "2026-03-01T00:00:00Z"), ({"need_by": None}, None)):
        version = shop.call("s", "GET", path).headers["etag"]
        assert shop.ok("s", "PATCH", path, body, if_match=version)["need_by"] == need_by
        assert shop.read(order)["need_by"] == need_by
