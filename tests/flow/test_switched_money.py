"""The money of units that were switched: it goes with them, and is given back when they are given up."""

from __future__ import annotations

from typing import Any

import pytest

from tests.flow.conftest import Json, Shop
from tests.flow.faults import Ask, Faults, ask, ask_inside, forked, rest, wrong
from tests.flow.test_consent import events
from tests.flow.test_meetings import calls_of
from tests.flow.test_payments import report

pytestmark = pytest.mark.slow


def switch(shop: Shop, order: Json, line_id: str, sku: str, units: int) -> str:
    path = f"/v1/backorders/{order['backorder_id']}/lines/{line_id}/switch"
    return str(shop.ok("s", "POST", path, {"sku": sku, "quantity": units})["added_line_id"])


def cancelled(shop: Shop, order: Json, **units: int) -> None:
    lines = [{"line_id": line_id, "quantity": n} for line_id, n in units.items()]
    path = f"/v1/backorders/{order['backorder_id']}/cancel"
    shop.ok("s", "POST", path, {"lines": lines, "reason": "no"} if lines else {"reason": "no"})
    shop.settle()


def money(shop: Shop) -> list[tuple[str, str, str, int, str]]:
    """Payment events of cancelled units: (what, line, sku, units, price)."""
    due = [(kind, one) for kind in ("refund", "void") for one in events(shop, f"payment.{kind}_due")]
    return [(kind, one["line_id"], one["sku"], one["units"], one["unit_price"]) for kind, one in due]


@pytest.mark.parametrize(("mode", "kind"), [("prepaid", "refund"), ("deferred", "void")])
def test_switched_units_take_their_money_along_and_the_shop_is_told_where_to(shop: Shop, mode: str, kind: str) -> None:
    for sku in ("A", "B"):
        shop.item(sku)
    order = shop.order("1", ("A", 3), payment={"mode": mode})
    shop.settle()
    assert switch(shop, order, "0", "B", 2) == "0.s1"
    shop.settle()
    assert money(shop) == []
    (amended,) = events(shop, "backorder.amended")
    moved = {"from_line_id": "0", "from_sku": "A", "line_id": "0.s1", "sku": "B", "units": 2, "unit_price": "10.00"}
    assert (amended["change"], amended["switched"]) == ("switch", moved)
    cancelled(shop, order)
    assert sorted(money(shop)) == [(kind, "0", "A", 1, "10.00"), (kind, "0.s1", "B", 2, "10.00")]


def test_of_a_switched_line_of_a_large_order_the_shop_is_told_what_its_head_knows(shop: Shop) -> None:
    for sku in ("A", "B"):
        shop.item(sku)
    order = shop.order("1", *([("A", 1)] * 120))
    switch(shop, order, "0", "B", 1)
    shop.settle()
    (amended,) = events(shop, "backorder.amended")
    moved = {"from_line_id": "0", "line_id": "0.s1", "sku": "B", "units": 1, "unit_price": "10.00"}
    assert amended["switched"] == moved


def handed_out_and_paid(shop: Shop) -> tuple[Json, str]:
    """An order for five, of which two are being packed and paid for; its release."""
    for sku in ("A", "B", "C"):
        shop.item(sku, free=2 if sku == "A" else 0)
    order = shop.order("1", ("A", 5), payment={"mode": "deferred"})
    shop.settle()
    report(shop, order, "captured")
    return order, shop.read(order)["releases"][0]["release_id"]


def test_what_was_captured_for_units_that_were_switched_is_paid_back_once_they_are_given_up(shop: Shop) -> None:
    """Of two that were paid for one stays what it is, the other becomes B and then C."""
    order, release = handed_out_and_paid(shop)
    shop.ok("o", "POST", f"/v1/releases/{release}/recall", {"reason": "damaged"})
    shop.settle()
    cancelled(shop, order, **{"0": 1})
    assert switch(shop, order, "0", "B", 3) == "0.s1"
    assert switch(shop, order, "0.s1", "C", 2) == "0.s1.s1"
    shop.settle()
    assert money(shop) == [("refund", "0", "A", 1, "10.00")]
    cancelled(shop, order)
    assert sorted(money(shop)) == [
        ("refund", "0", "A", 1, "10.00"),
        ("refund", "0.s1.s1", "C", 1, "10.00"),
        ("void", "0", "A", 1, "10.00"),
        ("void", "0.s1", "B", 1, "10.00"),
        ("void", "0.s1.s1", "C", 1, "10.00"),
    ]
    told = [mail["text"] for mail in shop.world.engine.ses.mailbox if mail["tags"]["kind"] == "cancelled"]
    assert all("We refund what you paid for them." in text for text in told)


def test_money_for_a_unit_that_is_not_found_while_others_are_switched_is_never_lost(shop: Shop) -> None:
    """The warehouse misses one of the two in the middle of the switch: it was captured, whichever line it is in."""
    order, release = handed_out_and_paid(shop)
    path = f"/v1/backorders/{order['backorder_id']}"
    shop.ok("o", "PATCH", path, {"release": "held"}, if_match=f'"{shop.read(order)["version"]}"')
    wanted = Ask("s", "POST", f"{path}/lines/0/switch", {"sku": "B"})
    found = {"shipment_id": "s1", "lines": [{"line_id": "0", "quantity": 1}]}
    for call in calls_of(shop, "-api", lambda: ask(shop, wanted)):

        def trial(call: Any = call) -> Any:
            ship = Ask("s", "POST", f"/v1/releases/{release}/ship", found)
            with Faults(shop.world, call, lambda: ask_inside(shop, ship)).at_work():
                status = ask(shop, wanted)
            rest(shop)
            cancelled(shop, order)
            paid = sum(units for kind, _, _, units, _ in money(shop) if kind == "refund")
            return [status, paid, wrong(shop)]

        assert forked(trial) == [200, 1, []], call


def test_who_switches_what_was_paid_for_and_cancels_the_rest_reads_that_the_rest_was_never_charged(shop: Shop) -> None:
    order, release = handed_out_and_paid(shop)
    shop.ok("o", "POST", f"/v1/releases/{release}/recall", {"reason": "damaged"})
    switch(shop, order, "0", "B", 2)
    cancelled(shop, order, **{"0": 3})
    shop.days(0.1)
    assert money(shop) == [("void", "0", "A", 3, "10.00")]
    (told,) = [mail["text"] for mail in shop.world.engine.ses.mailbox if mail["tags"]["kind"] == "cancelled"]
    assert "You have not been charged for them" in told
