"""Nothing that AWS may do to a function changes what is counted: cut off, refused, done twice, delivered again, raced."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from infra.local.world import World
from tests.flow.conftest import Shop
from tests.flow.faults import (
    MODES,
    Ask,
    Call,
    Faults,
    ask,
    ask_inside,
    different,
    forked,
    insist,
    picture,
    rest,
    wrong,
)
from tests.flow.stories import SCENES, Asks

pytestmark = pytest.mark.slow

OURS = ("api", "tally-demand", "allocate-stock", "release-orders", "fan-out-changes")
Scene = tuple[Shop, Asks]

CRASHES = (
    ("shelf", "found A"),
    ("shelf", "record early"),
    ("shelf", "record limited"),
    ("shelf", "cancel i"),
    ("shelf", "switch s"),
    ("shelf", "hold s"),
    ("shelf", "split i"),
    ("shelf", "gold i"),
    ("shelf", "auto k"),
    ("shelf", "pick r"),
    ("shelf", "recall r"),
    ("large", "record 101"),
    ("large", "complete"),
)
RACES = (
    ("found A", "cancel i"),
    ("found A", "hold s"),
    ("found A", "gold s"),
    ("found B", "switch i"),
    ("auto k", "recall r"),
    ("auto k", "cancel k"),
    ("cancel s", "found A"),
    ("gold i", "found B"),
    ("lost A", "found B"),
    ("pick r", "recall r"),
    ("recall r", "ship r"),
    ("record limited", "switch t"),
    ("switch s", "cancel s"),
    ("record", "record"),
)


@pytest.fixture(scope="module")
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    """One prepared world at a time; trials run in forks and leave it as it is."""
    with World.boot() as world:
        shop = Shop(world)
        shop.supplier()
        yield shop, SCENES[request.param](shop)


on_the_shelf = pytest.mark.parametrize("scene", ["shelf"], indirect=True)
with_large_orders = pytest.mark.parametrize("scene", ["large"], indirect=True)


def calls_of(shop: Shop, wanted: Ask) -> tuple[list[Call], dict[str, Any], int]:
    """The calls of our functions when all goes well, the state in the end, and the answer."""

    def clean() -> Any:
        faults = Faults(shop.world)
        with faults.at_work():
            status = insist(shop, wanted)
            rest(shop)
        return [[call for call, _ in faults.kinds], picture(shop), status, wrong(shop)]

    calls, state, status, bad = forked(clean)
    assert bad == []
    return [(name, n) for name, n in calls if name.endswith(OURS)], state, status


@pytest.mark.parametrize(("scene", "name"), CRASHES, indirect=["scene"])
def test_whatever_call_goes_wrong_a_repeat_ends_in_the_same_state(scene: Scene, name: str) -> None:
    shop, asks = scene
    wanted = asks[name]
    calls, expected, status = calls_of(shop, wanted)
    assert len(calls) > 5
    for n, call in enumerate(calls):
        mode, late = MODES[n % len(MODES)], n % 2 == 1

        def trial(call: Call = call, mode: Any = mode, late: bool = late) -> Any:
            faults = Faults(shop.world, call, mode)
            with faults.at_work():
                ask(shop, wanted)
                if late:
                    rest(shop)
                answer = insist(shop, wanted)
                rest(shop)
            return [faults.happened, answer, wrong(shop), different(picture(shop), expected)]

        happened, answer, bad, differs = forked(trial)
        assert (happened, bad, differs) == (True, [], []), (call, mode)
        assert answer in {status, 200}, (call, mode)


@on_the_shelf
@pytest.mark.parametrize(("first", "second"), RACES)
def test_one_operation_in_the_middle_of_another_ends_as_if_one_had_been_first(
    scene: Scene, first: str, second: str
) -> None:
    shop, asks = scene
    one, other = asks[first], asks[second]
    possible = [forked(partial(in_turn, shop, *turn)) for turn in orders(one, other)]
    for call in calls_of(shop, one)[0]:

        def trial(call: Call = call) -> Any:
            answers: list[int] = []
            faults = Faults(shop.world, call, lambda: answers.append(ask_inside(shop, other)))
            with faults.at_work():
                insist(shop, one)
                rest(shop)
            return [wrong(shop), answers, picture(shop)]

        bad, answers, state = forked(trial)
        assert (bad, len(answers)) == ([], 1), call
        assert state in possible, (call, min((different(state, p) for p in possible), key=len))


def between_ranks(shop: Shop) -> list[str]:
    return [name for name, state in picture(shop).items() if name.startswith("order") and state["between"]]


def orders(one: Ask, other: Ask) -> Iterator[tuple[Ask, Ask, bool]]:
    for settled in (False, True):
        yield one, other, settled
        yield other, one, settled


def in_turn(shop: Shop, first: Ask, second: Ask, settled: bool) -> dict[str, Any]:
    insist(shop, first)
    if settled:
        rest(shop)
    insist(shop, second)
    rest(shop)
    assert wrong(shop) == []
    return picture(shop)


@with_large_orders
def test_a_large_order_asked_for_twice_at_once_is_recorded_once(scene: Scene) -> None:
    shop, asks = scene
    wanted = asks["record 101"]
    calls, expected, _ = calls_of(shop, wanted)
    for call in (c for c in calls if c[0].endswith("api")):

        def trial(call: Call = call) -> Any:
            faults = Faults(shop.world, call, lambda: ask_inside(shop, wanted))
            with faults.at_work():
                answer = insist(shop, wanted)
                rest(shop)
            return [answer, wrong(shop), different(picture(shop), expected)]

        assert forked(trial) == [201, [], []], call


@with_large_orders
def test_a_large_order_refused_in_the_middle_of_its_removal_is_refused_again_for_the_same_reason(scene: Scene) -> None:
    shop, asks = scene
    wanted, smaller = asks["record over"], asks["record 101"]
    calls, untouched, _ = calls_of(shop, wanted)
    _, recorded, _ = calls_of(shop, smaller)
    for n, call in enumerate(calls):
        mode = MODES[n % len(MODES)]

        def trial(call: Call = call, mode: Any = mode) -> Any:
            faults = Faults(shop.world, call, mode)
            with faults.at_work():
                ask(shop, wanted)
                again = problem_of(shop, wanted)
                refused = different(picture(shop), untouched)
                less = insist(shop, smaller)
                rest(shop)
            return [faults.happened, again, refused, less, different(picture(shop), recorded), wrong(shop)]

        told = [409, "limit-exceeded", ["/lines/100/quantity", "/lines/101/quantity"]]
        assert forked(trial) == [True, told, [], 201, [], []], (call, mode)


@with_large_orders
def test_who_removes_a_refused_order_does_not_touch_one_that_was_begun_meanwhile(scene: Scene) -> None:
    shop, asks = scene
    wanted, smaller = asks["record over"], asks["record 101"]
    calls, untouched, _ = calls_of(shop, wanted)
    _, recorded, _ = calls_of(shop, smaller)
    ends = []
    for call in calls:

        def trial(call: Call = call) -> Any:
            answers: list[int] = []
            with Faults(shop.world, call, lambda: answers.append(ask_inside(shop, smaller))).at_work():
                ask(shop, wanted)
            rest(shop)
            expected = recorded if answers == [201] else untouched
            return [answers, different(picture(shop), expected), wrong(shop)]

        answers, differs, bad = forked(trial)
        assert (differs, bad) == ([], []), (call, answers)
        ends += answers
    assert {201, 409} == set(ends)


def problem_of(shop: Shop, wanted: Ask) -> list[Any]:
    """Status, type and fields of the answer."""
    insist(shop, wanted)
    answer = shop.world.gateway.handle(wanted.request(shop))
    problem = json.loads(answer.body)
    return [answer.status, problem["type"].rpartition(":")[2], [error["pointer"] for error in problem["errors"]]]


@with_large_orders
@pytest.mark.parametrize("name", ["gold set", "gold fewer", "split fewer"])
def test_a_change_that_takes_several_transactions_is_finished_whoever_was_cut_off(scene: Scene, name: str) -> None:
    shop, asks = scene
    wanted = asks[name]
    calls, expected, _ = calls_of(shop, wanted)
    for call in (c for c in calls if c[0].endswith("api")):

        def trial(call: Call = call) -> Any:
            faults = Faults(shop.world, call, "dies after")
            with faults.at_work():
                ask(shop, wanted)
                rest(shop)
            between = between_ranks(shop)
            alone = [wrong(shop), between]
            insist(shop, wanted)
            rest(shop)
            return [*alone, wrong(shop), different(picture(shop), expected)]

        assert forked(trial) == [[], [], [], []], call


@with_large_orders
def test_a_cancellation_in_the_middle_of_a_large_change_of_rank_does_not_stop_it(scene: Scene) -> None:
    shop, asks = scene
    wanted, other = asks["gold set"], asks["cancel set"]
    for call in (c for c in calls_of(shop, wanted)[0] if c[0].endswith("api")):

        def trial(call: Call = call) -> Any:
            faults = Faults(shop.world, call, lambda: ask_inside(shop, other))
            with faults.at_work():
                insist(shop, wanted)
            rest(shop)
            between = between_ranks(shop)
            return [wrong(shop), between]

        assert forked(trial) == [[], []], call


@on_the_shelf
@pytest.mark.parametrize("name", ["found A", "found B 4", "record", "switch i", "hold s", "recall r"])
def test_everything_delivered_twice_and_again_later_out_of_order_counts_once(scene: Scene, name: str) -> None:
    shop, asks = scene
    _, expected, _ = calls_of(shop, asks[name])

    def trial() -> Any:
        delivered: list[tuple[Any, Any]] = []
        invoke = shop.world.lambdas.invoke

        def twice(function: Any, event: Any, *, given_away: bool = False) -> Any:
            if isinstance(event, dict) and "Records" in event and function.name.endswith(OURS):
                delivered.append((function, copy.deepcopy(event)))
                invoke(function, copy.deepcopy(event))
            return invoke(function, event, given_away=given_away)

        shop.world.lambdas.invoke = twice  # type: ignore[method-assign]
        insist(shop, asks[name])
        rest(shop)
        shop.world.lambdas.invoke = invoke  # type: ignore[method-assign]
        once = different(picture(shop), expected)
        for function, event in reversed(delivered):
            invoke(function, event)
        rest(shop)
        return [len(delivered) > 2, once, different(picture(shop), expected), wrong(shop)]

    assert forked(trial) == [True, [], [], []]
