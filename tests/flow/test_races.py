"""Operations that meet in the middle of each other: what must not come of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.flow.conftest import Shop
from tests.flow.faults import Ask, Call, Faults, Mode, ask_inside, forked, rest, wrong

pytestmark = pytest.mark.slow


def test_nothing_leaves_an_order_after_one_of_its_releases_was_recalled(shop: Shop) -> None:
    shop.item("A")
    shop.item("B", free=1)
    order = shop.order("1", ("B", 1), ("A", 1))
    shop.settle()
    (first,) = shop.read(order)["releases"]
    recall = Ask("o", "POST", f"/v1/releases/{first['release_id']}/recall")
    shop.found("A", 1)

    def clean() -> Any:
        with Faults(shop.world).at_work() as faults:
            rest(shop)
        return [call for call, _ in faults.kinds if call[0].endswith("release-orders")]

    calls = [(name, n) for name, n in forked(clean)]
    assert len(calls) >= 3
    for call in calls:

        def trial(call: Call = call) -> Any:
            before: list[int] = []

            def recalled() -> None:
                ask_inside(shop, recall)
                before.append(sum(item["kind"] == {"S": "release"} for item in shop.items_of_table()))

            with Faults(shop.world, call, recalled).at_work():
                rest(shop)
            return [before == [len(shop.read(order)["releases"])], wrong(shop)]

        assert forked(trial) == [True, []], call


def test_a_release_recalled_twice_at_once_is_recalled_once_and_both_hear_so(shop: Shop) -> None:
    shop.item("A", free=2)
    order = shop.order("1", ("A", 2))
    shop.settle()
    (release,) = shop.read(order)["releases"]
    recall = Ask("o", "POST", f"/v1/releases/{release['release_id']}/recall")

    def clean() -> Any:
        with Faults(shop.world).at_work() as faults:
            ask_inside(shop, recall)
        return [call for call, _ in faults.kinds]

    calls = [(name, n) for name, n in forked(clean)]
    assert len(calls) >= 3
    for call in calls:

        def trial(call: Call = call) -> Any:
            with Faults(shop.world, call, lambda: ask_inside(shop, recall)).at_work():
                status = shop.call("o", "POST", f"/v1/releases/{release['release_id']}/recall").status
            shop.settle()
            return [status, shop.units(order), wrong(shop)]

        assert forked(trial) == [200, {"allocated": 2}, []], call


def test_an_order_recalled_while_it_waits_for_its_set_keeps_what_it_has(shop: Shop) -> None:
    for sku in "AB":
        shop.item(sku)
    order = shop.order("1", ("B", 1), ("A", 2))
    shop.settle()
    shop.found("B", 1)
    shop.settle()
    shop.ok("s", "PATCH", f"/v1/backorders/{order['backorder_id']}", {"shipping": "hold"}, if_match='"1"')
    shop.order("2", ("A", 1))
    shop.settle()
    shop.found("A", 1)
    shop.settle()
    shop.days(15)
    last = shop.order("3", ("A", 1))
    shop.settle()
    shop.found("A", 1)
    shop.settle()
    assert shop.units(order, 1) == {"waiting": 1, "allocated": 1}
    (release,) = shop.read(order)["releases"]
    shop.ok("o", "POST", f"/v1/releases/{release['release_id']}/recall")
    shop.found("A", 1)
    shop.settle()
    assert (shop.units(order, 1), shop.units(last)) == ({"allocated": 2}, {"waiting": 1})


def test_a_set_that_is_complete_and_then_loses_a_line_still_gets_its_new_one(shop: Shop) -> None:
    for sku in "ABC":
        shop.item(sku)
    order = shop.order("1", ("A", 1), ("B", 1), shipping="hold")
    shop.settle()
    shop.found("A", 1)
    shop.found("B", 1)
    switch = Ask("s", "POST", f"/v1/backorders/{order['backorder_id']}/lines/0/switch", {"sku": "C"})
    with Faults(
        shop.world, ("backorders-release-orders", 0), lambda: switched.append(ask_inside(shop, switch))
    ).at_work():
        switched: list[int] = []
        shop.settle()
    assert switched == [200]
    assert [shop.units(order, n) for n in range(3)] == [{"switched": 1}, {"allocated": 1}, {"waiting": 1}]
    shop.found("C", 1)
    shop.settle()
    assert [shop.units(order, n) for n in range(1, 3)] == [{"released": 1}, {"released": 1}]


def test_a_set_leaves_whole_or_not_at_all_whenever_a_line_of_it_is_switched(shop: Shop) -> None:
    for sku in "ABC":
        shop.item(sku)
    order = shop.order("1", ("A", 1), ("B", 1), shipping="hold")
    shop.settle()
    shop.found("A", 1)
    shop.found("B", 1)
    switch = Ask("s", "POST", f"/v1/backorders/{order['backorder_id']}/lines/0/switch", {"sku": "C"})

    def clean() -> Any:
        with Faults(shop.world).at_work() as faults:
            shop.settle()
        return [call for call, _ in faults.kinds if call[0].endswith("release-orders")]

    calls = [(name, n) for name, n in forked(clean)]
    assert len(calls) >= 2
    for call in calls:

        def trial(call: Call = call) -> Any:
            answers: list[int] = []
            with Faults(shop.world, call, lambda: answers.append(ask_inside(shop, switch))).at_work():
                shop.settle()
            lines = [shop.units(order, n) for n in range(2 + (answers == [200]))]
            return [answers, lines, wrong(shop)]

        switched = [[200], [{"switched": 1}, {"allocated": 1}, {"waiting": 1}], []]
        released = [[409], [{"released": 1}, {"released": 1}], []]
        assert forked(trial) in (switched, released), call


def test_a_repeated_switch_names_the_line_it_added(shop: Shop) -> None:
    shop.item("A")
    shop.item("B")
    order = shop.order("1", ("A", 2))
    path = f"/v1/backorders/{order['backorder_id']}/lines/0/switch"
    first, again = (shop.call("s", "POST", path, {"sku": "B"}, idempotency_key="k") for _ in range(2))
    assert (first.body["added_line_id"], again.body["added_line_id"]) == ("0.s1", "0.s1")


def test_a_worker_that_wakes_up_after_its_hand_out_was_ended_by_another_gives_nothing(shop: Shop) -> None:
    """In between the line even leaves its place in the queue and comes back to it."""
    shop.item("A")
    order = shop.order("1", ("A", 3))
    shop.settle()
    shop.found("A", 2)

    def clean() -> Any:
        with Faults(shop.world).at_work() as faults:
            rest(shop)
        return [call for call, what in faults.kinds if call[0].endswith("allocate-stock") and "Update" in what]

    calls = [(name, n) for name, n in forked(clean)]
    assert len(calls) >= 3
    for call in calls:

        def trial(call: Call = call) -> Any:
            path, answers = f"/v1/backorders/{order['backorder_id']}", []

            def meanwhile() -> None:
                allocate(shop, "A")
                for version, priority in enumerate(("gold", "standard"), start=1):
                    ranked = Ask("o", "PATCH", path, {"priority": priority, "reason": "x"}, version=version)
                    answers.append(ask_inside(shop, ranked))

            with Faults(shop.world, call, meanwhile).at_work():
                rest(shop)
            return [answers, shop.units(order), wrong(shop)]

        assert forked(trial) == [[200, 200], {"waiting": 1, "released": 2}, []], call


def test_a_line_cancelled_while_its_units_are_on_their_way_leaves_them_to_the_next(shop: Shop) -> None:
    shop.item("A")
    first, second = shop.order("1", ("A", 2)), shop.order("2", ("A", 2))
    shop.settle()
    shop.found("A", 2)
    cancel = Ask("s", "POST", f"/v1/backorders/{first['backorder_id']}/cancel", {"reason": "no"})
    answers: list[int] = []
    begun = ("backorders-allocate-stock", hand_out_calls(shop)[1])
    with Faults(shop.world, begun, lambda: answers.append(ask_inside(shop, cancel))).at_work():
        shop.settle()
    assert answers == [200]
    assert (shop.units(first), shop.units(second)) == ({"cancelled": 2}, {"released": 2})


def test_a_hand_out_that_a_line_has_missed_is_ended_by_the_next_worker_wherever_the_first_was_cut_off(
    shop: Shop,
) -> None:
    shop.item("A")
    first, second = shop.order("1", ("A", 2)), shop.order("2", ("A", 2))
    shop.settle()
    shop.found("A", 2)
    cancel = Ask("s", "POST", f"/v1/backorders/{first['backorder_id']}/cancel", {"reason": "no"})
    begun = ("backorders-allocate-stock", hand_out_calls(shop)[1])

    def missed(*more: tuple[Call, Mode]) -> Faults:
        with Faults(shop.world, begun, lambda: ask_inside(shop, cancel), more).at_work() as faults:
            rest(shop)
        return faults

    made = forked(lambda: [call for call, _ in missed().kinds])
    calls = [(name, n) for name, n in made if name == begun[0] and n > begun[1]]
    assert len(calls) >= 3
    for call in calls:

        def trial(call: Call = call) -> Any:
            faults = missed((call, "dies before"))
            return [faults.happened, shop.units(first), shop.units(second), wrong(shop)]

        assert forked(trial) == [True, {"cancelled": 2}, {"released": 2}, []], call


def hand_out_calls(shop: Shop) -> list[int]:
    """Which of the allocator's next calls are writes: begin, one per line, end."""

    def clean() -> Any:
        with Faults(shop.world).at_work() as faults:
            shop.settle()
        return [call[1] for call, what in faults.kinds if call[0].endswith("allocate-stock") and "Update" in what]

    return list(forked(clean))


def allocate(shop: Shop, sku: str) -> None:
    """A second worker on the same SKU, from beginning to end."""
    work(shop, "allocate-stock", {"sku": sku, "cause": "again", "rank": None})


def work(shop: Shop, name: str, message: dict[str, Any]) -> None:
    """A second worker with a message of its own."""
    (function,) = (found for found_name, found in shop.world.lambdas.functions.items() if found_name.endswith(name))
    body = json.dumps(message)
    record = {
        "messageId": "m",
        "receiptHandle": "h",
        "body": body,
        "attributes": {"ApproximateReceiveCount": "1", "MessageGroupId": "g"},
        "messageAttributes": {},
        "md5OfBody": "",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-west-1:111122223333:allocate-stock.fifo",
        "awsRegion": "eu-west-1",
    }
    outcome = shop.world.lambdas.invoke(function, {"Records": [record]})
    assert outcome.error is None
    assert not outcome.value["batchItemFailures"]
