"""Operations that meet in the middle of each other: what must not come of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.flow.conftest import Shop
from tests.flow.faults import Ask, Call, Faults, ask_inside, forked, rest, wrong

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
    assert len(calls) > 3
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


def test_a_repeated_switch_names_the_line_it_added(shop: Shop) -> None:
    shop.item("A")
    shop.item("B")
    order = shop.order("1", ("A", 2))
    path = f"/v1/backorders/{order['backorder_id']}/lines/0/switch"
    first, again = (shop.call("s", "POST", path, {"sku": "B"}, idempotency_key="k") for _ in range(2))
    assert (first.body["added_line_id"], again.body["added_line_id"]) == ("0.s1", "0.s1")
