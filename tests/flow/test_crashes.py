"""Nothing that AWS may do to a function changes what is counted: cut off, refused, done twice, delivered again, raced."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Any

import pytest

from infra.local.world import World
from tests.flow.conftest import Shop, warm_up
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
    struck,
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
    warm_up()
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


def of_api(calls: list[Call]) -> list[Call]:
    return [call for call in calls if call[0].endswith("api")]


def told_apart(shop: Shop, wanted: Ask) -> list[Call]:
    """The calls of the API; where one operation is called many times in a row (a read for each of 54 items, and nothing
    is written in between), the first, the middle and the last of them."""

    def clean() -> Any:
        with Faults(shop.world).at_work() as faults:
            insist(shop, wanted)
        return [(call, what) for call, what in faults.kinds if call[0].endswith("api")]

    runs = [[(name, n) for (name, n), _ in run] for _, run in groupby(forked(clean), key=itemgetter(1))]
    return [call for run in runs for call in dict.fromkeys((run[0], run[len(run) // 2], run[-1]))]


@pytest.mark.parametrize(("scene", "name"), CRASHES, indirect=["scene"])
def test_whatever_call_goes_wrong_a_repeat_ends_in_the_same_state(scene: Scene, name: str) -> None:
    shop, asks = scene
    wanted = asks[name]
    calls, expected, status = calls_of(shop, wanted)
    assert len(calls) > 5
    answers: list[int] = []

    def repeated(*, late: bool) -> None:
        ask(shop, wanted)
        if late:
            rest(shop)
        answers.append(insist(shop, wanted))
        rest(shop)

    def judge() -> Any:
        return [answers, wrong(shop), different(picture(shop), expected)]

    for late in (False, True):
        plan = {call: MODES[n % len(MODES)] for n, call in enumerate(calls) if n % 2 == late}
        for call, (answered, bad, differs) in struck(shop, plan, partial(repeated, late=late), judge).items():
            assert (bad, differs) == ([], []), (call, plan[call])
            assert set(answered) <= {status, 200}, (call, plan[call])


@on_the_shelf
@pytest.mark.parametrize(("first", "second"), RACES)
def test_one_operation_in_the_middle_of_another_ends_as_if_one_had_been_first(
    scene: Scene, first: str, second: str
) -> None:
    shop, asks = scene
    one, other = asks[first], asks[second]
    possible = [forked(partial(in_turn, shop, *turn)) for turn in orders(one, other)]
    answers: list[int] = []

    def story() -> None:
        insist(shop, one)
        rest(shop)

    def meets() -> None:
        answers.append(ask_inside(shop, other))

    plan = dict.fromkeys(calls_of(shop, one)[0], meets)
    for call, (bad, answered, state) in struck(
        shop, plan, story, lambda: [wrong(shop), answers, picture(shop)]
    ).items():
        assert (bad, len(answered)) == ([], 1), call
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
    answers: list[int] = []

    def story() -> None:
        answers.append(insist(shop, wanted))
        rest(shop)

    plan = dict.fromkeys(of_api(calls), partial(ask_inside, shop, wanted))
    for call, end in struck(
        shop, plan, story, lambda: [answers, wrong(shop), different(picture(shop), expected)]
    ).items():
        assert end == [[201], [], []], call


@with_large_orders
def test_a_large_order_refused_in_the_middle_of_its_removal_is_refused_again_for_the_same_reason(scene: Scene) -> None:
    shop, asks = scene
    wanted, smaller = asks["record over"], asks["record 101"]
    calls, untouched, _ = calls_of(shop, wanted)
    _, recorded, _ = calls_of(shop, smaller)
    heard: list[Any] = []

    def story() -> None:
        ask(shop, wanted)
        again = problem_of(shop, wanted)
        refused = different(picture(shop), untouched)
        heard.extend([again, refused, insist(shop, smaller)])
        rest(shop)

    plan = {call: MODES[n % len(MODES)] for n, call in enumerate(calls)}
    told = [409, "limit-exceeded", ["/lines/100/quantity", "/lines/101/quantity"]]
    for call, end in struck(
        shop, plan, story, lambda: [*heard, different(picture(shop), recorded), wrong(shop)]
    ).items():
        assert end == [told, [], 201, [], []], (call, plan[call])


@with_large_orders
@pytest.mark.parametrize("every", [3, pytest.param(1, marks=pytest.mark.long)])
def test_who_removes_a_refused_order_does_not_touch_one_that_was_begun_meanwhile(scene: Scene, every: int) -> None:
    shop, asks = scene
    wanted, smaller = asks["record over"], asks["record 101"]
    calls, untouched, _ = calls_of(shop, wanted)
    _, recorded, _ = calls_of(shop, smaller)
    answers: list[int] = []

    def story() -> None:
        ask(shop, wanted)
        rest(shop)

    def meets() -> None:
        answers.append(ask_inside(shop, smaller))

    def judge() -> Any:
        expected = recorded if answers == [201] else untouched
        return [answers, different(picture(shop), expected), wrong(shop)]

    ends = struck(shop, dict.fromkeys(list(calls)[::every], meets), story, judge)
    for call, (answered, differs, bad) in ends.items():
        assert (differs, bad) == ([], []), (call, answered)
    assert {201, 409} == {status for answered, *_ in ends.values() for status in answered}


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
    _, expected, _ = calls_of(shop, wanted)

    def story() -> None:
        ask(shop, wanted)
        rest(shop)

    def judge() -> Any:
        alone = [wrong(shop), between_ranks(shop)]
        insist(shop, wanted)
        rest(shop)
        return [*alone, wrong(shop), different(picture(shop), expected)]

    for call, end in struck(shop, dict.fromkeys(told_apart(shop, wanted), "dies after"), story, judge).items():
        assert end == [[], [], [], []], call


@with_large_orders
def test_a_cancellation_in_the_middle_of_a_large_change_of_rank_does_not_stop_it(scene: Scene) -> None:
    shop, asks = scene
    wanted, other = asks["gold set"], asks["cancel set"]

    def story() -> None:
        insist(shop, wanted)
        rest(shop)

    plan = dict.fromkeys(told_apart(shop, wanted), partial(ask_inside, shop, other))
    for call, end in struck(shop, plan, story, lambda: [wrong(shop), between_ranks(shop)]).items():
        assert end == [[], []], call


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
