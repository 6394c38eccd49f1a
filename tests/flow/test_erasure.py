"""A person is forgotten: nothing that says who it was is left anywhere in the table, and not one unit is missing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared.audit.wire import plain
from shared.aws.customer_store import TableTraces
from shared.notifications.ports import mailbox_of
from tests.flow.conftest import Shop
from tests.flow.faults import MODES, Ask, Faults, ask, forked, insist, rest, wrong
from tests.flow.test_customer_page import link_of, look

pytestmark = pytest.mark.slow

LENA = {"id": "lena@home.example", "email": "lena@home.example", "name": "Lena Lind", "locale": "en", "country": "SE"}
WORDS = "a present for my sister Maja"
PARCEL = "JD0123456789"
PERSONAL = ("lena@home", "Lena Lind", "Maja", PARCEL, "moved to Oslo")
ERASE = {"email": "Lena@Home.example", "reason": "request 17", "cancel_open": True}
BUCKETS = ("ordered", "waiting", "allocated", "released", "shipped", "cancelled", "switched")


def table(shop: Shop) -> list[dict[str, Any]]:
    return [plain(item) for item in shop.items_of_table()]


def left(shop: Shop) -> list[str]:
    """Items that still say who it was, the mailbox's hash included."""
    marks = [mark.lower() for mark in (*PERSONAL, mailbox_of(LENA["email"]))]
    texts = [json.dumps(item, ensure_ascii=False).lower() for item in table(shop)]
    return [text[:200] for text in texts if any(mark in text for mark in marks)]


def units(shop: Shop) -> dict[str, int]:
    lines = [item for item in table(shop) if item["kind"] == "line"]
    return {bucket: sum(line[bucket] for line in lines) for bucket in BUCKETS}


def erase(shop: Shop, **changes: Any) -> Any:
    return shop.ok("o", "POST", "/v1/customers/erase", ERASE | changes)


def cancel(shop: Shop, order: Any, line: str) -> None:
    body = {"lines": [{"line_id": line, "quantity": 1}], "reason": WORDS}
    shop.ok("s", "POST", f"/v1/backorders/{order['backorder_id']}/cancel", body)


def shipped(shop: Shop) -> Any:
    """An order of hers that has left the house; its priority was changed for a reason that names her."""
    order = shop.order("1", ("A", 2), customer=LENA)
    body = {"priority": "gold", "reason": "Lena Lind has moved to Oslo"}
    shop.ok("o", "PATCH", f"/v1/backorders/{order['backorder_id']}", body, if_match='"1"')
    shop.found("A", 2)
    shop.days(0.1)
    (release,) = shop.read(order)["releases"]
    body = {"shipment_id": "s1", "carrier": "DHL", "tracking": PARCEL}
    shop.ok("s", "POST", f"/v1/releases/{release['release_id']}/ship", body)
    shop.days(0.1)
    return order


@pytest.fixture
def known(shop: Shop) -> Shop:
    """Everything there can be of Lena: shipped, waiting, as a guest under another id, and mails to an old address."""
    for sku in ("A", "B"):
        shop.item(sku)
    shipped(shop)
    waits = shop.order("2", ("A", 5), ("B", 3), customer=LENA)
    shop.order("3", ("B", 1), customer=LENA | {"id": "guest-7", "email": "LENA@home.example"})
    shop.settle()
    cancel(shop, waits, "0")
    moved = shop.order("4", ("B", 2), customer=LENA | {"id": "guest-8", "name": "Ann"})
    shop.order("5", ("A", 1), ("B", 1))
    shop.days(0.1)
    body = {"customer": {"email": "ann@example.com", "name": "Ann"}}
    shop.ok("s", "PATCH", f"/v1/backorders/{moved['backorder_id']}", body, if_match=f'"{shop.read(moved)["version"]}"')
    shop.days(0.1)
    return shop


def test_nothing_says_who_it_was_and_every_unit_is_where_it_was(known: Shop) -> None:
    before, orders = units(known), [item for item in table(known) if item["kind"] == "backorder"]
    others = {
        one["id"]: known.ok("o", "GET", f"/v1/backorders/{one['id']}") for one in orders if one["order_id"] in "45"
    }
    assert left(known)
    done = erase(known)
    assert [(one["order_id"], one["cancelled"]) for one in sorted(done["orders"], key=lambda one: one["order_id"])] == [
        *(("1", 0), ("2", 7), ("3", 1)),
    ]
    known.days(0.2)
    assert left(known) == []
    assert known.violations() == []
    after = units(known)
    assert (after["ordered"], after["shipped"], after["cancelled"]) == (before["ordered"], 2, before["cancelled"] + 8)
    assert {one: known.ok("o", "GET", f"/v1/backorders/{one}")["lines"] for one in others} == {
        one: seen["lines"] for one, seen in others.items()
    }
    assert known.ok("o", "GET", "/v1/backorders?customer_id=lena%40home.example&storefront=local-shop")["items"] == []


def test_the_history_still_tells_what_happened_and_who_erased_it(known: Shop) -> None:
    (order,) = [item for item in table(known) if item["kind"] == "backorder" and item["order_id"] == "2"]
    erase(known)
    events = known.ok("o", "GET", f"/v1/backorders/{order['id']}/history")["items"]
    assert [one["cause"] for one in events if one["event"] == "cancel"] == ["erased"] * 5
    (last,) = [one for one in events if one["event"] == "erase"]
    assert (last["actor"], last["cause"]) == ("operations:local-shop", "request 17")
    (noted,) = known.ok("o", "GET", "/v1/actions")["items"]
    assert (noted["action"], len(noted["detail"]["orders"])) == ("erase", 3)


def test_what_is_open_is_kept_and_named_unless_it_is_to_be_cancelled(known: Shop) -> None:
    before = units(known)
    done = erase(known, cancel_open=False)
    assert {one["order_id"]: one["why"][:9] for one in done["kept"]} == {"2": "7 unit(s)", "3": "1 unit(s)"}
    assert [one["order_id"] for one in done["orders"]] == ["1"]
    assert units(known) == before


def test_a_dry_run_says_the_same_and_changes_nothing(known: Shop) -> None:
    def books() -> list[dict[str, Any]]:
        return [item for item in table(known) if item["kind"] != "request"]

    before = books()
    dry = erase(known, dry_run=True)
    assert books() == before
    done = erase(known)
    assert {**dry, "dry_run": False, "orders": sorted(map(str, dry["orders"])), "notices": 0} == {
        **done,
        "orders": sorted(map(str, done["orders"])),
        "notices": 0,
    }


def test_again_there_is_nobody_to_be_found(known: Shop) -> None:
    erase(known)
    again = erase(known)
    assert (again["orders"], again["kept"], again["notices"]) == ([], [], 0)
    export = known.ok("o", "POST", "/v1/customers/export", {"email": LENA["email"], "reason": "check"})
    assert (export["orders"], export["others"]) == ([], [])


def test_an_answer_names_no_more_orders_than_can_be_kept_for_its_repeat(
    known: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.customers.erase.MOST_NAMED", 1)
    named, body = [], dict[str, Any]()
    while not named or body["cursor"]:
        piece = erase(known, **body)
        named.append([one["order_id"] for one in piece["orders"]])
        body = {"cursor": piece["next_cursor"]}
    assert (sorted(map(str, filter(None, named))), left(known)) == (["['1']", "['2']", "['3']"], [])


def test_nobody_is_mailed_and_no_link_leads_to_the_order_any_more(known: Shop) -> None:
    (order,) = [item for item in table(known) if item["kind"] == "backorder" and item["order_id"] == "2"]
    page = link_of(known.ok("o", "GET", f"/v1/backorders/{order['id']}"))
    look(known, page)
    mails = len(known.mails())
    erase(known)
    known.days(40)
    told = [to for mail in known.world.engine.ses.mailbox[mails:] for to in mail["to"]]
    assert set(told) == {"ann@example.com", "orders@acme.example"}
    look(known, page, 404)
    answer = known.call(
        "s",
        "PATCH",
        f"/v1/backorders/{order['id']}",
        {"customer": {"name": "Lena"}},
        if_match=f'"{version(known, order)}"',
    )
    assert (answer.status, answer.body["detail"]) == (409, "the customer of this order was erased")


def version(shop: Shop, order: Any) -> int:
    return int(shop.ok("o", "GET", f"/v1/backorders/{order['id']}")["version"])


def test_the_shop_that_repeats_its_order_meets_it_erased(known: Shop) -> None:
    erase(known)
    body = known.order_body("3", ("B", 1), customer=LENA | {"id": "guest-7", "email": "LENA@home.example"})
    again = known.call("s", "POST", "/v1/backorders", body)
    assert (again.status, again.body["customer"]["name"], again.body["status"]) == (200, "erased", "cancelled")
    assert again.body["links"]["customer"] is None
    known.settle()
    assert left(known) == []


def test_an_export_has_orders_histories_mails_and_what_else_is_known(known: Shop) -> None:
    found = known.ok("o", "POST", "/v1/customers/export", {"email": LENA["email"], "reason": "request 16"})
    orders = {one["order"]["order_id"]: one for one in found["orders"]}
    assert set(orders) == {"1", "2", "3"}
    assert orders["1"]["order"]["releases"][0]["shipments"][0]["tracking"] == PARCEL
    assert {"recorded", "mail_sent", "cancel"} <= {one["event"] for one in orders["2"]["history"]}
    assert {one["kind"] for one in found["others"]} == {"notice"}
    (noted,) = known.ok("o", "GET", "/v1/actions")["items"]
    assert (noted["action"], noted["reason"]) == ("export", "request 16")


def test_an_order_of_1114_lines_partly_given_partly_cancelled_is_erased(shop: Shop) -> None:
    for n in range(20):
        shop.item(f"S{n}")
    order = shop.order("big", *((f"S{n % 20}", 2) for n in range(1114)), customer=LENA)
    shop.settle()
    lines = [{"line_id": str(n), "quantity": 1} for n in range(0, 1114, 3)]
    body = {"lines": lines, "reason": WORDS}
    shop.ok("s", "POST", f"/v1/backorders/{order['backorder_id']}/cancel", body)
    shop.found("S1", 50)
    shop.settle()
    before = units(shop)
    done = erase(shop)
    assert [one["cancelled"] for one in done["orders"]] == [before["waiting"] + before["allocated"]]
    shop.days(0.2)
    assert (left(shop), shop.violations()) == ([], [])
    assert units(shop)["ordered"] == before["ordered"] == 2228


def test_cut_off_at_any_call_a_repeat_ends_it(known: Shop) -> None:
    wanted = Ask("o", "POST", "/v1/customers/erase", ERASE)

    def clean() -> Any:
        faults = Faults(known.world)
        with faults.at_work():
            insist(known, wanted)
            rest(known)
        return [[call for call, _ in faults.kinds if call[0].endswith("api")], units(known), left(known)]

    calls, expected, nothing = forked(clean)
    assert nothing == []
    writing = [call for n, call in enumerate(calls) if n > 2]
    for n, (name, number) in enumerate(writing):
        mode = MODES[n % len(MODES)]

        def trial(call: Any = (name, number), mode: Any = mode) -> Any:
            faults = Faults(known.world, call, mode)
            with faults.at_work():
                ask(known, wanted)
                rest(known)
                insist(known, wanted)
                rest(known)
            return [faults.happened, left(known), wrong(known), units(known)]

        assert forked(trial) == [True, [], [], expected], (number, mode)


def test_a_walk_that_runs_out_of_time_goes_on_where_it_stopped(known: Shop) -> None:
    """Each stretch ends behind its first trace, as in a table too large for one request."""
    body, found, stretches = {"email": LENA["email"], "reason": "check"}, [], 0
    for function in known.world.lambdas.named.values():
        if function.name.endswith("-api"):
            object.__setattr__(function, "timeout", 13)
    while True:
        piece = known.ok("o", "POST", "/v1/customers/export", body)
        stretches += 1
        found += [one["order"]["order_id"] for one in piece["orders"]]
        if piece["next_cursor"] is None:
            break
        body["cursor"] = piece["next_cursor"]
    assert sorted(found) == ["1", "2", "3"]
    assert stretches > TableTraces.segments
    stolen = known.call("o", "POST", "/v1/customers/export", {**body, "email": "ann@example.com"})
    assert stolen.status == 422


def test_who_only_asked_to_be_told_is_found_and_forgotten_too(shop: Shop) -> None:
    shop.item("A")
    shop.settle()
    body = {"email": LENA["email"], "locale": "en"}
    shop.ok("s", "POST", "/v1/items/A/subscriptions", body)
    found = shop.ok("o", "POST", "/v1/customers/export", {"email": LENA["email"], "reason": "request 16"})
    assert [(one["kind"], one["known"]["sku"]) for one in found["others"]] == [("subscription", "A")]
    assert erase(shop)["subscriptions"] == 1
    shop.found("A", 3)
    shop.days(3)
    assert (left(shop), shop.mails()) == ([], [])
