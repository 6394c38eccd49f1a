"""The hard cases: ten thousand who wait for one SKU, a thousand who want the last five hundred, an order of 1,114 lines.

In each of them something goes wrong at the worst moment, and the end is still exact.
"""

from __future__ import annotations

import contextlib
import json
import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from infra.local.engine.errors import ServiceError
from infra.local.http_messages import Response
from infra.local.world import World
from shared.audit import check_table
from shared.audit.wire import plain
from tests.bench.seeding import Seed, cards, suppliers
from tests.bench.shop import Shop as BenchShop
from tests.bench.shop import WrongResultError
from tests.flow.conftest import Shop, warm_up
from tests.flow.faults import Ask, Call, Faults, Mode, What, ask, forked, insist, refusal, rest, struck, wrong

pytestmark = pytest.mark.slow

SKU = "SKU-00000"
DEATHS: tuple[Mode, ...] = ("dies before", "dies after")
TIMEOUTS: tuple[Mode, ...] = ("times out before", "times out after")


def lines_of(shop: Shop) -> list[dict[str, Any]]:
    return [plain(item) for item in shop.items_of_table() if item["kind"] == {"S": "line"}]


# -- the hot SKU


def queue_of(lines: int) -> tuple[World, Shop]:
    """A world in which so many one-unit lines of one SKU wait, and as many units have just come."""
    warm_up()
    world = World.boot()
    shop, bench, who = Shop(world), BenchShop(world), suppliers(1)
    seed = Seed(cards(1, who), who)
    first = world.clock.now() - timedelta(hours=6)
    for n in range(lines):
        seed.order(n, first + timedelta(seconds=n), (SKU, 1))
    seed.plant(bench)
    shop.ok("o", "PUT", "/v1/settings", {"mail_enabled": False})
    received = [{"sku": SKU, "quantity": lines}]
    shop.ok("o", "POST", "/v1/receipts", {"receipt_id": "r", "supplier_id": "supplier-0", "lines": received})
    return world, shop


@pytest.fixture
def queue(request: pytest.FixtureRequest) -> Iterator[Shop]:
    world, shop = queue_of(request.param)
    with world:
        yield shop


def serve(shop: Shop) -> None:
    """One delivery of the message that units have come."""
    message = {"sku": SKU, "cause": "supply", "rank": None}
    with contextlib.suppress(WrongResultError):  # it is cut off: the message stays in its queue
        BenchShop(shop.world).invoke("allocate-stock", message, queue="allocate-stock.fifo")


def writes_of(shop: Shop, work: Callable[[Shop], None]) -> list[Call]:
    """The allocator's writes that move units: what lies between two of them is a boundary of its chunks."""

    def clean() -> Any:
        with Faults(shop.world).at_work() as faults:
            work(shop)
        kinds = ("dynamodb.TransactWriteItems", "dynamodb.UpdateItem")
        return [call for call, what in faults.kinds if call[0].endswith("allocate-stock") and what in kinds]

    return [(name, n) for name, n in forked(clean)]


def given(shop: Shop) -> list[list[int]]:
    """For each kind of outcome that lines have: (units released, times allocated)."""
    found = {(x["released"], sum(e[1] == "allocate" for e in x["log"])) for x in lines_of(shop)}
    return sorted(map(list, found))


@pytest.mark.long
@pytest.mark.parametrize("queue", [200], indirect=True)
def test_a_crash_at_any_boundary_of_the_chunks_gives_every_waiting_line_its_unit_once(queue: Shop) -> None:
    """200 lines are two chunks of 95 in a transaction each and ten lines one by one, with the counters' writes before
    and after: the same chunks as of 10,000, and all their boundaries. Everybody downstream is run to the end, too."""
    calls = writes_of(queue, lambda shop: shop.settle())
    assert len(calls) >= 2 + 1 + 10 + 1
    for call in calls:
        for mode in DEATHS:

            def trial(call: Call = call, mode: Mode = mode) -> Any:
                with Faults(queue.world, call, mode).at_work() as faults:
                    rest(queue)
                    queue.days(0.01)
                releases = sum(item["kind"] == {"S": "release"} for item in queue.items_of_table())
                return [faults.happened, given(queue), releases, wrong(queue)]

            assert forked(trial) == [True, [[1, 1]], 200, []], (call, mode)


@pytest.mark.parametrize("queue", [10_000], indirect=True)
def test_ten_thousand_units_for_ten_thousand_lines_of_one_sku_survive_a_crash_between_chunks(queue: Shop) -> None:
    """106 transactions; of their boundaries the first, the middle and the last (all of them: see the smaller queue)."""
    calls = writes_of(queue, serve)
    assert len(calls) == 106
    plan: dict[Call, What] = {calls[0]: "dies after", calls[53]: "dies before", calls[105]: "dies before"}
    cut_off: list[Any] = []

    def twice() -> None:
        serve(queue)
        cut_off.append(given(queue))
        serve(queue)

    def judge() -> Any:
        (stock,) = (plain(x) for x in queue.items_of_table() if x["kind"] == {"S": "stock"})
        books = check_table(queue.items_of_table(), settled=False)
        return [*cut_off, given(queue), stock["free"], stock["waiting"], books]

    for call, end in struck(queue, plan, twice, judge).items():
        assert end == [[[0, 0], [1, 1]], [[1, 1]], 0, 0, []], call


@pytest.mark.long
@pytest.mark.parametrize("queue", [10_000], indirect=True)
def test_ten_thousand_units_survive_a_crash_at_each_boundary_of_their_106_chunks(queue: Shop) -> None:
    """One after the other: before a chunk is before or after its neighbour."""
    plan: dict[Call, What] = dict.fromkeys(writes_of(queue, serve), "dies after")

    def twice() -> None:
        serve(queue)
        serve(queue)

    def judge() -> Any:
        (stock,) = (plain(x) for x in queue.items_of_table() if x["kind"] == {"S": "stock"})
        return [given(queue), stock["free"], stock["waiting"], check_table(queue.items_of_table(), settled=False)]

    ends = struck(queue, plan, twice, judge)
    assert list(ends.values()) == [[[[1, 1]], 0, 0, []]] * 106


# -- the last five hundred

CLIENTS, ROOM = 1_000, 500
DEEPEST = 8
BURST = 8  # a transaction refused as often as it is tried leaves a request undecided


class Crowd:
    """Clients who all want a unit of the same item, and come back as long as they are told to.

    Requests run in one thread, so they are concurrent in this sense: at any AWS call of a request others may begin and
    run to their end, up to eight inside each other, so that whatever one has read may be stale when it writes. What
    two transactions at the very same moment would add is injected: TransactionConflict, now and then and in bursts,
    and answers that are lost after the fact.
    """

    def __init__(self, shop: Shop, clients: int) -> None:
        self.shop, self.chance = shop, random.Random(7)
        self.waiting = [Ask("s", "POST", "/v1/backorders", shop.order_body(str(n), (SKU, 1))) for n in range(clients)]
        self.accepted: list[Response] = []
        self.refused: list[tuple[int, Response]] = []
        self.undecided: list[Response] = []
        self.most, self.deepest, self.conflicts, self.lost, self.depth = 0, 0, 0, 0, 0
        self._bursts = {30: BURST, 400: BURST}

    def rush(self) -> None:
        engine = self.shop.world.engine
        engine.before.append(self._before)
        engine.after.append(self._after)
        while self.waiting:
            self.shop.world.clock.tick()
            self._let_in()
        engine.before.remove(self._before)
        engine.after.remove(self._after)

    def _let_in(self) -> None:
        wanted = self.waiting.pop(0)
        self.depth += 1
        self.deepest = max(self.deepest, self.depth)
        answer = self.shop.world.gateway.handle(wanted.request(self.shop))
        self.depth -= 1
        if answer.status in {200, 201}:
            self.accepted.append(answer)
        elif answer.status == 503:
            self.undecided.append(answer)
            self.waiting.append(wanted)
        else:
            self.refused.append((self.short(), answer))

    def short(self) -> int:
        """Units that wait beyond what is free, as the table has it now."""
        (table,) = self.shop.world.template.of_type("AWS::DynamoDB::Table")
        key = {"pk": {"S": f"I#{SKU}"}, "sk": {"S": "STOCK"}}
        answer = self.shop.world.engine.execute("dynamodb", "GetItem", {"TableName": table.name, "Key": key})
        return int(answer["Item"]["short"]["N"])

    def _before(self, _caller: str | None, service: str, operation: str, params: dict[str, Any]) -> None:
        while self.waiting and self.depth < DEEPEST and self.chance.random() < 0.4:
            self._let_in()
        if operation == "TransactWriteItems" and self._conflict():
            self.conflicts += 1
            raise refusal(service, operation, params)

    def _conflict(self) -> bool:
        burst = next((at for at, left in self._bursts.items() if left and len(self.accepted) >= at), None)
        if burst is None:
            return self.chance.random() < 0.1
        self._bursts[burst] -= 1
        return True

    def _after(self, _caller: str | None, _service: str, operation: str, *_: Any) -> None:
        if operation != "TransactWriteItems":
            return
        self.most = max(self.most, self.short())
        if self.chance.random() < 0.05:
            self.lost += 1
            raise ServiceError("InternalServerError", "the answer was lost", 500)


def test_of_a_thousand_who_want_the_last_five_hundred_units_at_once_five_hundred_get_one(shop: Shop) -> None:
    shop.item(SKU, backorder_limit=ROOM)
    shop.ok("o", "PUT", "/v1/settings", {"mail_enabled": False})
    crowd = Crowd(shop, CLIENTS)
    crowd.rush()
    assert (len(crowd.accepted), len(crowd.refused), crowd.most) == (ROOM, CLIENTS - ROOM, ROOM)
    assert crowd.deepest == DEEPEST
    assert min(crowd.conflicts, crowd.lost) > 20
    assert all(answer.header("retry-after") for answer in crowd.undecided)
    assert {json.loads(x.body)["type"].rpartition(":")[2] for x in crowd.undecided} == {"contended", "unavailable"}
    for short, answer in crowd.refused:
        problem = json.loads(answer.body)
        told = (problem["status"], [error["pointer"] for error in problem["errors"]])
        assert (short, told) == (ROOM, (409, ["/lines/0/quantity"])), problem
    shop.settle()
    assert shop.ok("o", "GET", f"/v1/items/{SKU}/stock")["waiting"] == ROOM
    assert len(lines_of(shop)) == ROOM


# -- the order of 1,114 lines

LARGEST = 1_114


@pytest.fixture(scope="module")
def catalogue() -> Iterator[Shop]:
    """Trials run in forks and leave it as it is."""
    warm_up()
    with World.boot() as world:
        shop = Shop(world)
        shop.supplier()
        for n in range(20):
            shop.item(f"S{n}", backorder_limit=100 if n == 0 else None)
        shop.ok("o", "PUT", "/v1/settings", {"mail_enabled": False})
        shop.settle()
        yield shop


def largest(shop: Shop) -> dict[str, Any]:
    return shop.order_body("big", *((f"S{n % 20}", 1) for n in range(LARGEST)), storefront="local-shop")


def cut_offs(
    shop: Shop, function: str, send: Callable[[Shop], object], modes: tuple[Mode, ...] = DEATHS
) -> list[tuple[Call, Mode]]:
    """Every AWS call of the function that records, before and after."""

    def clean() -> Any:
        with Faults(shop.world).at_work() as faults:
            send(shop)
        return [call for call, _ in faults.kinds if call[0].endswith(function)]

    calls = [(name, n) for name, n in forked(clean)]
    assert len(calls) >= -(-LARGEST // 90) + 4
    return [(call, mode) for call in calls for mode in modes]


def whole_or_nothing(shop: Shop) -> list[Any]:
    """How many orders there are to be seen, how many lines of them, and how many lines there are at all."""
    views = shop.ok("o", "GET", "/v1/backorders?storefront=local-shop&order_id=big")["items"]
    return [len(views), sum(len(view["lines"]) for view in views), len(lines_of(shop))]


COMPLETE, ABSENT = [1, LARGEST, LARGEST], [0, 0, 0]


@pytest.mark.long
def test_an_order_of_1114_lines_cut_off_at_any_call_is_complete_once_the_client_repeats_it(catalogue: Shop) -> None:
    wanted = Ask("so", "POST", "/v1/backorders", largest(catalogue))
    for call, mode in cut_offs(catalogue, "api", lambda shop: ask(shop, wanted), DEATHS + TIMEOUTS):

        def trial(call: Call = call, mode: Mode = mode) -> Any:
            with Faults(catalogue.world, call, mode).at_work() as faults:
                first = ask(catalogue, wanted)
                between = whole_or_nothing(catalogue)[:2] in (COMPLETE[:2], ABSENT[:2])
                second = insist(catalogue, wanted)
            books = check_table(catalogue.items_of_table(), settled=False)
            return [faults.happened, first, between, second, whole_or_nothing(catalogue), books]

        failed = 500 if mode in DEATHS else 503
        assert forked(trial) == [True, failed, True, 201, COMPLETE, []], (call, mode)


def test_an_order_of_1114_lines_that_nobody_repeats_is_complete_or_gone_within_two_hours(catalogue: Shop) -> None:
    wanted = Ask("so", "POST", "/v1/backorders", largest(catalogue))
    ends = []
    calls = list(dict(cut_offs(catalogue, "api", lambda shop: ask(shop, wanted))))

    def left_alone() -> None:
        ask(catalogue, wanted)
        catalogue.days(2 / 24)

    def judge() -> Any:
        listed = sum(item["pk"] == {"S": "OPEN"} for item in catalogue.items_of_table())
        return [whole_or_nothing(catalogue), listed, wrong(catalogue)]

    for mode in DEATHS:
        for call, (end, listed, bad) in struck(catalogue, dict.fromkeys(calls, mode), left_alone, judge).items():
            assert (end in (COMPLETE, ABSENT), listed, bad) == (True, end[0], []), (call, mode, end)
            ends.append(end)
    assert ends.count(COMPLETE) == 1  # only who died after the last write left it whole


@pytest.mark.long
def test_an_order_of_1114_lines_on_the_bulk_queue_is_complete_once_it_is_delivered_again(catalogue: Shop) -> None:
    body = json.dumps(largest(catalogue))

    def send(shop: Shop) -> None:
        shop.world.send("record-backorders", body)
        shop.settle()

    for call, mode in cut_offs(catalogue, "record-backorders", send, DEATHS + TIMEOUTS):

        def trial(call: Call = call, mode: Mode = mode) -> Any:
            with Faults(catalogue.world, call, mode).at_work() as faults:
                send(catalogue)
            return [faults.happened, whole_or_nothing(catalogue), wrong(catalogue)]

        assert forked(trial) == [True, COMPLETE, []], (call, mode)
