"""Orders that wait to be shipped in one parcel: what they may take, keep and must give back, and when."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from shared.aws.allocation_store import TableAllocationStore
from shared.aws.table import Table
from shared.backorders.model import Line, LineChange
from shared.backorders.ports import Stale
from shared.inventory.model import Stock
from tests.flow.conftest import Shop
from tests.flow.faults import Ask, Call, Faults, ask_inside, forked, picture, rest, wrong
from tests.flow.test_meetings import calls_of

pytestmark = pytest.mark.slow


def confirmed(shop: Shop, sku: str, days: int, **short: Any) -> None:
    """The supplier of the day's purchase order says when a SKU comes, and whether less of it does."""
    shop.days(0.5)
    (purchase,) = shop.ok("o", "GET", "/v1/purchase-orders")["items"]
    date = (shop.world.clock.now() + timedelta(days=days)).date().isoformat()
    body = {"lines": [{"sku": sku, "status": "accepted", "date": date} | short]}
    shop.ok("o", "POST", f"/v1/purchase-orders/{purchase['purchase_order_id']}/acknowledge", body)
    shop.settle()


@pytest.mark.parametrize(("days", "has"), [(4, {"allocated": 1}), (20, {"waiting": 1})])
def test_a_set_takes_what_there_is_when_the_rest_is_confirmed_to_come_soon(
    shop: Shop, days: int, has: dict[str, int]
) -> None:
    for sku in "AB":
        shop.item(sku)
    whole, later = shop.order("1", ("A", 1), ("B", 1), shipping="hold"), shop.order("2", ("A", 1))
    shop.settle()
    confirmed(shop, "B", days)
    shop.found("A", 1)
    shop.settle()
    assert shop.units(whole) == has
    assert shop.units(later) == ({"waiting": 1} if "allocated" in has else {"released": 1})


@pytest.mark.parametrize(
    ("short", "has"), [({}, {"allocated": 1}), ({"status": "changed", "quantity": 1}, {"waiting": 1})]
)
def test_a_day_makes_nobody_look_at_a_set_that_yields_to_whoever_is_before_it(
    shop: Shop, short: dict[str, Any], has: dict[str, int]
) -> None:
    """What is confirmed comes within the horizon two days from now; of one unit the first order has the better right."""
    for sku in "AB":
        shop.item(sku)
    shop.order("1", ("B", 1))
    whole = shop.order("2", ("A", 1), ("B", 1), shipping="hold")
    shop.settle()
    confirmed(shop, "B", 9, **short)
    shop.found("A", 1)
    shop.settle()
    assert shop.units(whole) == {"waiting": 1}
    sent: list[str] = []

    def count(caller: str | None, service: str, operation: str, params: dict[str, Any]) -> None:
        if operation == "SendMessageBatch" and "allocate-stock" in params["QueueUrl"]:
            bodies = [json.loads(entry["MessageBody"]) for entry in params["Entries"]]
            sent.extend(body["sku"] for body in bodies if body["cause"] == "daily")

    shop.days(1)
    shop.world.engine.before.append(count)
    shop.days(2)
    assert shop.units(whole) == has
    assert ("A" in sent) is ("allocated" in has)


def test_units_that_a_set_gives_back_from_behind_the_queue_head_are_its_own_place_again(shop: Shop) -> None:
    shop.item("A", free=2)
    shop.item("B")
    order = shop.order("1", ("A", 2), ("B", 1))
    shop.settle()
    shop.days(1)
    shop.order("2", ("A", 1))
    shop.found("A", 1)
    shop.settle()
    (release,) = shop.read(order)["releases"]
    shop.ok("o", "POST", f"/v1/releases/{release['release_id']}/recall")
    shop.settle()
    changed = {"release": "automatic", "shipping": "hold"}
    path, version = f"/v1/backorders/{order['backorder_id']}", shop.read(order)["version"]
    shop.ok("o", "PATCH", path, changed, if_match=f'"{version}"')
    shop.settle()
    assert shop.units(order) == {"waiting": 2}
    assert shop.violations() == []
    shop.found("B", 1)
    shop.settle()
    assert [shop.units(order, n) for n in range(2)] == [{"released": 2}, {"released": 1}]


def test_a_set_leaves_what_is_due_to_an_order_before_it_when_units_are_lost_meanwhile(shop: Shop) -> None:
    for sku in "AB":
        shop.item(sku)
    first = shop.order("1", ("B", 1))
    whole = shop.order("2", ("A", 1), ("B", 1), shipping="hold")
    shop.settle()
    shop.found("A", 1)
    shop.found("B", 2)
    body = {"correction_id": "lost", "sku": "B", "delta": -1, "reason": "damage"}
    lost = Ask("o", "POST", "/v1/stock-corrections", body)
    sets = []
    for call in calls_of(shop, "-allocate-stock", lambda: rest(shop)):

        def trial(call: Call = call) -> Any:
            before: list[Any] = []

            def some_are_lost() -> None:
                before.append(picture(shop)["line 2/1"])
                ask_inside(shop, lost)

            with Faults(shop.world, call, some_are_lost).at_work():
                rest(shop)
            return [before[0] == {"waiting": 1}, shop.units(first), shop.units(whole, 1), wrong(shop)]

        lost_before_the_set, served, set_, bad = forked(trial)
        assert bad == []
        if lost_before_the_set:
            assert (served, set_) == ({"released": 1}, {"waiting": 1}), call
        sets.append(lost_before_the_set)
    assert sets.count(True) >= 3
    assert False in sets


def test_patience_begins_when_an_order_is_overtaken_first_and_not_each_time(shop: Shop) -> None:
    for sku in "AB":
        shop.item(sku)
    whole = shop.order("1", ("A", 1), ("B", 1), shipping="hold")
    for n in range(2, 5):
        shop.order(str(n), ("A", 1))
    shop.settle()
    for days in (8, 7):
        shop.found("A", 1)
        shop.settle()
        assert shop.units(whole) == {"waiting": 1}
        shop.days(days)
    shop.found("A", 1)
    shop.settle()
    assert shop.units(whole) == {"allocated": 1}


def test_a_set_that_lost_a_line_while_it_was_completed_takes_nothing_more_as_if_it_were_whole(shop: Shop) -> None:
    for sku in "ABC":
        shop.item(sku)
    whole, later = shop.order("1", ("A", 1), ("B", 1), shipping="hold"), shop.order("2", ("B", 1))
    shop.settle()
    confirmed(shop, "B", 4)
    shop.found("A", 1)
    shop.settle()
    assert shop.units(whole) == {"allocated": 1}
    shop.found("B", 1)
    switch = Ask("s", "POST", f"/v1/backorders/{whole['backorder_id']}/lines/0/switch", {"sku": "C"})
    befores = []
    for call in calls_of(shop, "-allocate-stock", lambda: rest(shop)):

        def trial(call: Call = call) -> Any:
            before: list[Any] = []

            def switched() -> None:
                before.append(picture(shop)["line 1/1"])
                ask_inside(shop, switch)

            with Faults(shop.world, call, switched).at_work():
                rest(shop)
            return [before[0], shop.units(whole, 1), shop.units(later), wrong(shop)]

        before, its, other, bad = forked(trial)
        assert bad == []
        if before == {"waiting": 1}:
            assert (its, other) == ({"waiting": 1}, {"released": 1}), call
        befores.append(before)
    assert befores.count({"waiting": 1}) >= 3


def store_of(shop: Shop) -> TableAllocationStore:
    return TableAllocationStore(Table(next(iter(shop.world.template.of_type("AWS::DynamoDB::Table"))).name))


def allocated(line: Line, units: int) -> LineChange:
    return LineChange(line).move("allocate", "waiting", units, at=0, actor="system", cause="supply")


def test_what_a_batch_remembers_of_an_order_costs_at_most_a_second_try(shop: Shop) -> None:
    for sku in "AB":
        shop.item(sku)
    order = shop.order("1", ("A", 2), ("B", 1), shipping="hold")
    shop.settle()
    store = store_of(shop)
    seen = store.careful_order(order["backorder_id"])
    less = {"reason": "no", "lines": [{"line_id": "0", "quantity": 1}]}
    shop.ok("s", "POST", f"/v1/backorders/{order['backorder_id']}/cancel", less)
    assert store.careful_order(order["backorder_id"]) is seen
    with pytest.raises(Stale):
        store.give(store.stock("A") or Stock("A"), [allocated(seen.lines[0], 2)], None)
    assert [line.waiting for line in store.careful_order(order["backorder_id"]).lines] == [1, 1]


def test_what_a_batch_has_written_it_reads_again_and_nothing_else(shop: Shop) -> None:
    for sku in "AB":
        shop.item(sku)
    first, second = (shop.order(n, ("A", 1), ("B", 1), shipping="hold") for n in "12")
    shop.settle()
    shop.found("A", 1)
    store = store_of(shop)
    seen = [store.careful_order(order["backorder_id"]) for order in (first, second)]
    stocks = store.stocks("AB")
    queues = {sku: store.queue_as_read(stock) for sku, stock in stocks.items()}
    assert [len(list(queue)) for queue in queues.values()] == [2, 2]
    store.give(stocks["A"], [allocated(seen[0].lines[0], 1)], None)
    again = [store.careful_order(order["backorder_id"]) for order in (first, second)]
    assert [line.allocated for line in again[0].lines] == [1, 0]
    assert again[1] is seen[1]
    assert [stock.free for stock in store.stocks("AB").values()] == [0, 0]
    assert store.stocks("B")["B"] is stocks["B"]
    assert store.queue_as_read(stocks["B"]) is queues["B"]
    assert store.queue_as_read(store.stocks("A")["A"]) is not queues["A"]


def lines_read(shop: Shop) -> set[str]:
    """Queues of which the allocator reads single lines from now on, as it goes."""
    lines: set[str] = set()

    def count(caller: str | None, service: str, operation: str, params: dict[str, Any]) -> None:
        if (caller or shop.world.lambdas.running or "").endswith("allocate-stock") and operation == "BatchGetItem":
            keys = [key for table in params["RequestItems"].values() for key in table["Keys"]]
            lines.update(key["pk"]["S"] for key in keys if key["pk"]["S"].startswith("Q#"))

    shop.world.engine.before.append(count)
    return lines


def test_a_set_that_lacks_something_is_not_read_whole(shop: Shop) -> None:
    skus = [f"S{n:02}" for n in range(40)]
    for sku in skus:
        shop.item(sku)
    shop.order("1", *((sku, 1) for sku in skus), shipping="hold")
    shop.settle()
    lines = lines_read(shop)
    shop.receive(S00=1)
    shop.settle()
    assert 1 <= len(lines) <= 3
    lines.clear()
    shop.receive(**dict.fromkeys(skus[1:], 1))
    shop.settle()
    assert len(lines) == len(skus)
    assert shop.ok("o", "GET", "/v1/backorders?sku=S00")["items"][0]["status"] == "ready"


def test_an_impatient_set_takes_line_by_line_what_there_is_and_is_not_read_whole(shop: Shop) -> None:
    skus = [f"S{n:02}" for n in range(40)]
    for sku in skus:
        shop.item(sku)
    whole = shop.order("1", *((sku, 2) for sku in skus), shipping="hold")
    shop.order("2", ("S00", 1))
    shop.settle()
    shop.receive(S00=1)
    shop.settle()
    shop.days(15)
    lines = lines_read(shop)
    shop.receive(S00=1, S01=2)
    shop.settle()
    assert [shop.units(whole, n) for n in (0, 1)] == [{"waiting": 1, "allocated": 1}, {"allocated": 2}]
    assert len(lines) <= 5
