"""Somebody else at every call of an operation: the same request again, a loss, another worker."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.flow.conftest import Shop
from tests.flow.faults import Ask, Call, Faults, Mode, ask, ask_inside, different, forked, insist, picture, rest, wrong
from tests.flow.test_races import work
from tests.simulation.wrong_clocks import right_but_for

pytestmark = pytest.mark.slow


def correction(units: int, name: str = "c") -> Ask:
    body = {"correction_id": name, "sku": "A", "delta": units, "reason": "count"}
    return Ask("o", "POST", "/v1/stock-corrections", body)


def calls_of(shop: Shop, function: str, work: Callable[[], object]) -> list[Call]:
    """The AWS calls that a function makes in a run without trouble."""

    def clean() -> Any:
        with Faults(shop.world).at_work() as faults:
            work()
        return [call for call, _ in faults.kinds if call[0].endswith(function)]

    return [(name, n) for name, n in forked(clean)]


def shipment(shop: Shop) -> Ask:
    order = shop.order("1", ("A", 2))
    shop.settle()
    (release,) = shop.read(order)["releases"]
    return Ask("o", "POST", f"/v1/releases/{release['release_id']}/ship", {"shipment_id": "s1"})


def early_order(shop: Shop) -> Ask:
    """Its place lies before the rank up to which the queue is counted."""
    shop.order("0", ("A", 1))
    shop.settle()
    shop.days(1)
    shop.order("00", ("A", 1))
    shop.settle()
    return Ask("s", "POST", "/v1/backorders", shop.order_body("1", ("A", 5), priority="gold"))


def whole_cancellation(shop: Shop) -> Ask:
    """Nothing of the order is left for who reads its lines afterwards."""
    shop.item("B")
    order = shop.order("1", ("B", 5))
    shop.settle()
    return Ask("s", "POST", f"/v1/backorders/{order['backorder_id']}/cancel", {"reason": "changed my mind"})


REQUESTS: dict[str, Callable[[Shop], Ask]] = {
    "correction": lambda _: correction(2),
    "order": lambda shop: Ask("s", "POST", "/v1/backorders", shop.order_body("1", ("A", 2))),
    "early order": early_order,
    "shipment": shipment,
    "cancellation": whole_cancellation,
}


@pytest.mark.parametrize("what", REQUESTS)
def test_a_request_that_comes_again_while_it_runs_counts_once(shop: Shop, what: str) -> None:
    shop.item("A", free=3)
    request = REQUESTS[what](shop)

    def once() -> Any:
        insist(shop, request)
        rest(shop)
        return picture(shop)

    expected = forked(once)
    calls = calls_of(shop, "-api", lambda: ask(shop, request))
    assert len(calls) >= 3
    for call in calls:

        def trial(call: Call = call) -> Any:
            answers: list[int] = []
            with Faults(shop.world, call, lambda: answers.append(ask_inside(shop, request))).at_work():
                answers.append(insist(shop, request))
                rest(shop)
            return [[status < 300 for status in answers], different(picture(shop), expected), wrong(shop)]

        assert forked(trial) in ([[True, True], [], []], [[False, True], [], []]), call


def asked_by_a_fast_clock(shop: Shop, wanted: Ask) -> int:
    """A request during an invocation, on a machine whose clock is a second ahead."""
    with right_but_for(shop.world.clock, timedelta(seconds=1)):
        return ask_inside(shop, wanted)


def test_an_order_asked_for_twice_at_once_a_moment_apart_is_recorded_once(shop: Shop) -> None:
    """Rank and id follow the clock: neither of its lines is in the way of the other's."""
    shop.item("A")
    request = Ask("s", "POST", "/v1/backorders", shop.order_body("1", ("A", 2)))
    for call in calls_of(shop, "-api", lambda: ask(shop, request)):

        def trial(call: Call = call) -> Any:
            answers: list[int] = []
            with Faults(shop.world, call, lambda: answers.append(asked_by_a_fast_clock(shop, request))).at_work():
                answers.append(insist(shop, request))
                rest(shop)
            orders = shop.ok("o", "GET", "/v1/backorders?sku=A")["items"]
            return [[status < 300 for status in answers], len(orders), wrong(shop)]

        assert forked(trial) in ([[True, True], 1, []], [[False, True], 1, []]), call


def test_of_two_shipments_of_a_release_at_once_one_counts(shop: Shop) -> None:
    shop.item("A", free=3)
    whole = shipment(shop)
    short = Ask("o", "POST", whole.path, {"shipment_id": "s2", "lines": [{"line_id": "0", "quantity": 1}]})
    for call in calls_of(shop, "-api", lambda: ask(shop, short)):

        def trial(call: Call = call) -> Any:
            answers: list[int] = []
            with Faults(shop.world, call, lambda: answers.append(ask_inside(shop, whole))).at_work():
                answers.append(insist(shop, short))
                rest(shop)
            (order,) = shop.ok("o", "GET", "/v1/backorders?sku=A")["items"]
            return [sorted(answers), shop.units(order)["shipped"], wrong(shop)]

        assert forked(trial) in ([[200, 409], 1, []], [[200, 409], 2, []]), call


@pytest.mark.parametrize("mode", ["dies before", "dies after", "answer lost"])
def test_units_on_their_way_arrive_once_wherever_the_allocation_breaks_off(shop: Shop, mode: Mode) -> None:
    shop.item("A")
    orders = [shop.order(str(n), ("A", 2)) for n in range(2)]
    shop.settle()
    shop.found("A", 3)
    for call in calls_of(shop, "-allocate-stock", lambda: rest(shop)):

        def trial(call: Call = call) -> Any:
            with Faults(shop.world, call, mode).at_work():
                rest(shop)
            return [[shop.units(order) for order in orders], wrong(shop)]

        assert forked(trial) == [[{"released": 2}, {"waiting": 1, "released": 1}], []], call


def test_two_workers_at_once_count_the_end_of_a_queue_once(shop: Shop) -> None:
    shop.item("A")
    shop.order("1", ("A", 2))
    calls = calls_of(shop, "-tally-demand", lambda: rest(shop))
    assert len(calls) >= 3
    for call in calls:

        def trial(call: Call = call) -> Any:
            with Faults(shop.world, call, lambda: work(shop, "tally-demand", {"sku": "A"})).at_work():
                rest(shop)
            return [shop.ok("o", "GET", "/v1/items/A/stock")["waiting"], wrong(shop)]

        assert forked(trial) == [2, []], call


def test_two_workers_at_once_count_a_part_of_a_large_order_once(shop: Shop) -> None:
    shop.item("A")
    order = shop.order("1", *[("A", 1)] * 101)
    part = {"order": order["backorder_id"][-16:], "part": 0}
    calls = calls_of(shop, "-tally-demand", lambda: rest(shop))
    assert len(calls) >= 3
    for call in calls:

        def trial(call: Call = call) -> Any:
            with Faults(shop.world, call, lambda: work(shop, "tally-demand", part)).at_work():
                rest(shop)
            return [shop.ok("o", "GET", "/v1/items/A/stock")["waiting"], wrong(shop)]

        assert forked(trial) == [101, []], call


def test_units_that_come_while_a_large_order_is_being_recorded_stay_free_until_it_is_there(shop: Shop) -> None:
    shop.item("A")
    wanted = Ask("s", "POST", "/v1/backorders", shop.order_body("1", *[("A", 1)] * 101))
    hidden = []
    for call in calls_of(shop, "-api", lambda: ask(shop, wanted)):

        def trial(call: Call = call) -> Any:
            with Faults(shop.world, call, "dies after").at_work():
                ask(shop, wanted)
            shop.found("A", 3)
            rest(shop)
            there = bool(shop.ok("o", "GET", "/v1/backorders?sku=A")["items"])
            free = shop.ok("o", "GET", "/v1/items/A/stock")["free"]
            insist(shop, wanted)
            rest(shop)
            (order,) = shop.ok("o", "GET", "/v1/backorders?sku=A")["items"]
            served = sum(line["quantities"]["released"] for line in shop.read(order)["lines"])
            return [there, free, served, wrong(shop)]

        there, free, served, bad = forked(trial)
        assert (free, served, bad) == (0 if there else 3, 3, []), call
        hidden.append(not there)
    assert hidden.count(True) >= 3


def test_a_line_that_moves_while_the_end_of_its_queue_is_counted_counts_once(shop: Shop) -> None:
    shop.item("A")
    order = shop.order("1", ("A", 2))
    gold = Ask("o", "PATCH", f"/v1/backorders/{order['backorder_id']}", {"priority": "gold", "reason": "asked for"})
    calls = calls_of(shop, "-tally-demand", lambda: rest(shop))
    assert len(calls) >= 3
    for call in calls:

        def trial(call: Call = call) -> Any:
            answers: list[int] = []
            with Faults(shop.world, call, lambda: answers.append(ask_inside(shop, gold))).at_work():
                rest(shop)
            return [answers, shop.ok("o", "GET", "/v1/items/A/stock")["waiting"], wrong(shop)]

        assert forked(trial) == [[200], 2, []], call


def test_a_line_that_is_served_in_the_middle_of_its_move_keeps_what_it_got(shop: Shop) -> None:
    shop.item("A")
    order = shop.order("1", ("A", 3))
    shop.settle()
    shop.found("A", 1)
    gold = Ask("o", "PATCH", f"/v1/backorders/{order['backorder_id']}", {"priority": "gold", "reason": "asked for"})
    served = {"sku": "A", "cause": "supply", "rank": None}
    for call in calls_of(shop, "-api", lambda: ask(shop, gold)):

        def trial(call: Call = call) -> Any:
            with Faults(shop.world, call, lambda: work(shop, "allocate-stock", served)).at_work():
                status = insist(shop, gold)
                rest(shop)
            return [status, shop.units(order), wrong(shop)]

        assert forked(trial) == [200, {"waiting": 2, "released": 1}, []], call


def test_a_loss_that_comes_twice_is_not_refused_once_it_was_posted(shop: Shop) -> None:
    """The first sees too few units; goods come, and the second is posted; then the first answers."""
    shop.item("A")
    loss = correction(-2, "loss")
    calls = calls_of(shop, "-api", lambda: ask(shop, loss))
    assert len(calls) >= 3
    for call in calls:

        def trial(call: Call = call) -> Any:
            answers: list[int] = []

            def meanwhile() -> None:
                ask_inside(shop, correction(3, "more"))
                answers.append(ask_inside(shop, loss))

            with Faults(shop.world, call, meanwhile).at_work():
                answers.append(ask(shop, loss))
            return [answers, wrong(shop)]

        assert forked(trial) == [[201, 201], []], call


def a_loss(shop: Shop) -> None:
    ask_inside(shop, correction(-1, "loss"))


def another_worker_and_more_goods(shop: Shop) -> None:
    work(shop, "allocate-stock", {"sku": "A", "cause": "again", "rank": None})
    ask_inside(shop, correction(2, "more"))


def an_order_with_an_early_place(shop: Shop) -> None:
    day_before = (shop.world.clock.now() - timedelta(days=1)).isoformat()
    ask_inside(shop, Ask("s", "POST", "/v1/backorders", shop.order_body("early", ("A", 1), placed_at=day_before)))


def an_order_that_moves_up(shop: Shop) -> None:
    (last,) = shop.ok("o", "GET", "/v1/backorders?order_id=last&storefront=shop")["items"]
    gold = {"priority": "gold", "reason": "asked for"}
    ask_inside(shop, Ask("o", "PATCH", f"/v1/backorders/{last['backorder_id']}", gold))


@pytest.mark.parametrize("meanwhile", [an_order_with_an_early_place, an_order_that_moves_up])
def test_a_place_taken_in_the_middle_of_the_first_allocation_is_not_passed(
    shop: Shop, meanwhile: Callable[[Shop], None]
) -> None:
    shop.item("A")
    shop.order("1", ("A", 5))
    shop.order("last", ("A", 1))
    shop.settle()
    shop.found("A", 2)
    calls = calls_of(shop, "-allocate-stock", lambda: rest(shop))
    assert len(calls) >= 4
    for call in calls:

        def trial(call: Call = call) -> Any:
            with Faults(shop.world, call, lambda: meanwhile(shop)).at_work():
                rest(shop)
            return wrong(shop)

        assert forked(trial) == [], call


@pytest.mark.parametrize("meanwhile", [a_loss, another_worker_and_more_goods])
def test_whoever_comes_in_the_middle_of_an_allocation_the_books_are_right(
    shop: Shop, meanwhile: Callable[[Shop], None]
) -> None:
    shop.item("A")
    shop.order("1", ("A", 5))
    shop.settle()
    shop.found("A", 1)
    shop.settle()
    shop.found("A", 2)
    calls = calls_of(shop, "-allocate-stock", lambda: rest(shop))
    assert len(calls) >= 4
    for call in calls:

        def trial(call: Call = call) -> Any:
            with Faults(shop.world, call, lambda: meanwhile(shop)).at_work():
                rest(shop)
            return wrong(shop)

        assert forked(trial) == [], call
