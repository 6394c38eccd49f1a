"""What a simulation says is what happens when the change is then made."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from infra.local.world import World
from tests.flow.conftest import Json, Shop
from tests.flow.faults import forked

pytestmark = pytest.mark.slow

SKUS = "ABC"
UNITS = ("waiting", "allocated", "cancelled")
Deed = Callable[[Shop], Any]
Told = dict[tuple[str, str], Json]


def simulate(shop: Shop, *changes: Json, skus: str = "") -> Any:
    return shop.ok("o", "POST", "/v1/simulations", {"changes": list(changes), "skus": list(skus)})


def states(shop: Shop) -> Told:
    """Every line of every order as it is now, in the words of a simulation."""
    places = {
        (line["backorder_id"], line["line_id"]): line["place"]
        for sku in SKUS
        for line in shop.ok("o", "GET", f"/v1/items/{sku}/queue?limit=100")["items"]
    }
    out = {}
    for order in shop.ok("o", "GET", "/v1/backorders?customer_id=ann&storefront=local-shop&limit=100")["items"]:
        for line in order["lines"]:
            units, one = line["quantities"], (order["backorder_id"], line["line_id"])
            allocated = units["allocated"] + units["released"] + units["shipped"]
            promise = {name: line["promise"][name] for name in ("likely", "by", "basis")}
            out[one] = {"place": places.get(one), "waiting": units["waiting"], "allocated": allocated}
            out[one] |= {"cancelled": units["cancelled"], "promise": promise}
    return out


def said(told: Any, when: str) -> Told:
    out = {}
    for line in told["lines"]:
        state = line[when]
        promise = {name: state["promise"][name] for name in ("likely", "by", "basis")}
        out[line["backorder_id"], line["line_id"]] = state | {"promise": promise}
    return out


def story(shop: Shop, chance: random.Random) -> list[str]:
    """Some orders over three items, some of them hold sets, some units on the shelf and a purchase order on its way."""
    for sku in SKUS:
        shop.item(sku)
    ids = []
    for n in range(chance.randint(4, 9)):
        lines = [(sku, chance.randint(1, 4)) for sku in chance.sample(SKUS, chance.randint(1, 3))]
        more = {"shipping": chance.choice(["hold", "split"]), "priority": chance.choice(["standard", "silver"])}
        ids.append(shop.order(f"o{n}", *lines, **more)["backorder_id"])
        shop.settle()
        if chance.random() < 0.4:
            shop.found(chance.choice(SKUS), chance.randint(1, 5))
        if chance.random() < 0.3:
            shop.days(chance.choice([0.3, 1, 4]))
    dated = None
    while dated != shop.world.clock.now().date():  # settling may end on another day than it began
        dated = shop.world.clock.now().date()
        for sku in SKUS:  # a changed card dates everybody anew: nothing is left that time alone would move
            shop.item(sku, description=f"{sku} as of {dated}")
        shop.settle()
    return ids


def supposed(shop: Shop, ids: list[str], chance: random.Random) -> list[tuple[Json, Deed]]:
    """Changes, each with the deed that makes it in earnest."""
    one, other, sku, units = chance.choice(ids), chance.choice(ids), chance.choice(SKUS), chance.randint(1, 9)
    path = f"/v1/backorders/{other}"
    version = f'"{shop.read({"backorder_id": other})["version"]}"'
    amend = {"priority": "gold", "reason": "x"}
    out: list[tuple[Json, Deed]] = [
        (
            {"kind": "cancel_order", "backorder_id": one},
            lambda shop: shop.call("o", "POST", f"/v1/backorders/{one}/cancel", {"reason": "no"}),
        ),
        ({"kind": "receipt", "sku": sku, "quantity": units}, lambda shop: shop.receive(**{sku: units})),
        (
            {"kind": "priority", "backorder_id": other, "priority": "gold"},
            lambda shop: shop.ok("o", "PATCH", path, amend, if_match=version),
        ),
    ]
    for order in shop.ok("o", "GET", "/v1/purchase-orders")["items"]:
        if order["status"] in {"sent", "acknowledged", "partially_received"}:
            out += [redated(order, chance.randint(3, 30))]
    return out


def redated(order: Json, day: int) -> tuple[Json, Deed]:
    date, po = f"2026-02-{day % 28 + 1:02d}", order["purchase_order_id"]
    lines = [{"sku": x["sku"], "status": "changed", "date": date} for x in order["lines"] if x["open"]]
    change = {"kind": "purchase_order_date", "purchase_order_id": po, "date": date}
    return change, lambda shop: shop.ok("o", "POST", f"/v1/purchase-orders/{po}/acknowledge", {"lines": lines})


@pytest.mark.parametrize("seed", range(10))
def test_what_is_simulated_is_what_happens_then(seed: int) -> None:
    chance = random.Random(seed)
    with World.boot() as world:
        shop = Shop(world)
        shop.supplier()
        ids = story(shop, chance)
        for change, deed in supposed(shop, ids, chance):

            def trial(change: Json = change, deed: Deed = deed) -> Any:
                answer = shop.call("o", "POST", "/v1/simulations", {"changes": [change], "skus": list(SKUS)})
                before = states(shop)
                deed(shop)
                shop.settle()
                after = states(shop)
                if answer.status != 200:
                    return [answer.status, before == after]
                fared = {one for one in before if before[one] != after[one]}
                wrong = [
                    f"{one}: {found[one]} instead of {now.get(one)}"
                    for found, now in ((said(answer.body, "before"), before), (said(answer.body, "after"), after))
                    for one in found
                    if found[one] != now.get(one)
                ]
                return [wrong, sorted(map(str, fared ^ said(answer.body, "after").keys()))]

            assert forked(trial) in ([[], []], [409, True]), (seed, change)


def test_a_simulation_writes_nothing_but_its_key_and_no_mail_is_sent(shop: Shop) -> None:
    def books() -> list[str]:
        return sorted(str(item) for item in shop.items_of_table() if item["kind"] != {"S": "request"})

    shop.item("A", free=1)
    order = shop.order("1", ("A", 3))
    shop.settle()
    shop.days(1)
    before = books()
    mails, events = len(shop.mails()), len(shop.world.engine.events.published)
    told = simulate(shop, {"kind": "receipt", "sku": "A", "quantity": 2})
    assert [(x["order_id"], x["after"]["waiting"], x["after"]["allocated"]) for x in told["lines"]] == [("1", 0, 3)]
    simulate(shop, {"kind": "cancel_order", "backorder_id": order["backorder_id"]})
    shop.settle()
    assert books() == before
    assert (len(shop.mails()), len(shop.world.engine.events.published)) == (mails, events)


def test_a_cancelled_order_lets_the_others_move_up(shop: Shop) -> None:
    shop.item("A")
    first, second = shop.order("1", ("A", 2)), shop.order("2", ("A", 2))
    shop.settle()
    told = simulate(shop, {"kind": "cancel_order", "backorder_id": first["backorder_id"]})
    assert [(x["order_id"], x["before"]["place"], x["after"]["place"]) for x in told["lines"]] == [
        ("1", 1, None),
        ("2", 2, 1),
    ]
    assert told["lines"][1]["backorder_id"] == second["backorder_id"]


def test_units_set_aside_for_a_cancelled_order_go_to_who_waits(shop: Shop) -> None:
    shop.item("A", free=4)
    first = shop.order("1", ("A", 4))
    shop.settle()
    (release,) = shop.read(first)["releases"]
    shop.ok("o", "POST", f"/v1/releases/{release['release_id']}/recall", {"reason": "address"})
    shop.order("2", ("A", 3))
    shop.settle()
    told = simulate(shop, {"kind": "cancel_order", "backorder_id": first["backorder_id"]})
    units = [[x["order_id"], *(x[when][n] for n in UNITS for when in ("before", "after"))] for x in told["lines"]]
    assert (sorted(units), told["unchanged"]) == ([["1", 0, 0, 4, 0, 0, 4], ["2", 3, 0, 0, 3, 0, 0]], 0)


def test_what_only_the_clock_moves_is_no_difference(shop: Shop) -> None:
    """An overdue delivery is expected tomorrow; tonight nobody has been told yet that this is another day."""
    shop.supplier(order_weekdays=[4])
    shop.item("A")
    shop.order("1", ("A", 5))
    shop.days(8)
    last = shop.order("2", ("A", 3))
    shop.days(14.7)  # until the small hours
    told = simulate(shop, {"kind": "priority", "backorder_id": last["backorder_id"], "priority": "silver"})
    assert (told["lines"], told["unchanged"]) == ([], 2)


def test_other_head_starts_rank_who_waits_as_if_recorded_under_them(shop: Shop) -> None:
    shop.item("A")
    shop.order("old", ("A", 1))
    shop.days(3)
    shop.order("silver", ("A", 1), priority="silver")
    shop.settle()
    change = {"kind": "settings", "settings": {"head_start_days": {"standard": 0, "silver": 4}}}
    told = simulate(shop, change, skus="A")
    assert [(x["order_id"], x["before"]["place"], x["after"]["place"]) for x in told["lines"]] == [
        ("silver", 2, 1),
        ("old", 1, 2),
    ]


def test_a_slower_supplier_moves_only_what_is_not_ordered(shop: Shop) -> None:
    shop.item("A")
    shop.order("ordered", ("A", 1))
    shop.days(1)
    shop.order("open", ("A", 1))
    shop.settle()
    change = {"kind": "lead_time", "supplier_id": "acme", "lead_time_days": {"likely": 30, "by": 50}}
    (line,) = simulate(shop, change, skus="A")["lines"]
    assert line["order_id"] == "open"
    assert line["after"]["promise"]["by"] > line["before"]["promise"]["by"]


def test_impatience_lets_a_set_take_what_fits(shop: Shop) -> None:
    shop.item("A")
    shop.item("B")
    shop.order("set", ("A", 1), ("B", 1), shipping="hold")
    shop.order("split", ("A", 1))
    shop.settle()
    shop.found("A", 1)  # goes to the later order: the set is overtaken
    shop.settle()
    shop.order("more", ("A", 1))
    shop.settle()
    changes = [{"kind": "settings", "settings": {"patience_days": 0}}, {"kind": "receipt", "sku": "A", "quantity": 1}]
    patient = simulate(shop, changes[1])
    assert [x["order_id"] for x in patient["lines"] if x["after"]["allocated"]] == ["more"]
    impatient = simulate(shop, *changes)
    assert [x["order_id"] for x in impatient["lines"] if x["after"]["allocated"]] == ["set"]


@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        ([{"kind": "cancel_order"}], ["/changes/0/backorder_id"]),
        ([{"kind": "cancel_order", "backorder_id": "none"}], ["/changes/0/backorder_id"]),
        ([{"kind": "receipt", "sku": "A", "quantity": 1}, {"kind": "receipt", "sku": "N", "quantity": 1}], ["/changes/1/sku"]),
        ([{"kind": "receipt", "sku": "A", "priority": "x"}], ["/changes/0/priority", "/changes/0/quantity"]),
        ([{"kind": "purchase_order_date", "purchase_order_id": "x", "date": "2026-02-01"}], ["/changes/0/purchase_order_id"]),
        ([{"kind": "lead_time", "supplier_id": "x", "lead_time_days": {"likely": 1, "by": 2}}], ["/changes/0/supplier_id"]),
        ([{"kind": "settings", "settings": {"patience_days": 3}}], ["/skus"]),
        ([{"kind": "magic"}], ["/changes/0/kind"]),
        ([{"kind": "receipt", "sku": "A", "quantity": 1}] * 21, ["/changes"]),
        ([], ["/changes"]),
    ],
)  # fmt: skip
def test_what_cannot_be_supposed_is_named(shop: Shop, changes: list[Json], pointers: list[str]) -> None:
    shop.item("A")
    answer = shop.call("o", "POST", "/v1/simulations", {"changes": changes})
    assert (answer.status, [error["pointer"] for error in answer.body["errors"]]) == (422, pointers)


def test_another_date_brings_nothing_back_that_the_supplier_has_refused(shop: Shop) -> None:
    shop.item("A")
    waits = [shop.order(f"{n}", ("A", 5)) for n in range(2)]
    shop.days(1)
    (purchase,) = shop.ok("o", "GET", "/v1/purchase-orders")["items"]
    path = f"/v1/purchase-orders/{purchase['purchase_order_id']}/acknowledge"
    shop.ok("o", "POST", path, {"lines": [{"sku": "A", "status": "changed", "quantity": 6}]})
    shop.settle()
    sooner = {"kind": "purchase_order_date", "purchase_order_id": purchase["purchase_order_id"], "date": "2026-01-08"}
    told = shop.ok("o", "POST", "/v1/simulations", {"changes": [sooner], "skus": ["A"]})
    shop.ok("o", "POST", path, {"lines": [{"sku": "A", "status": "changed", "date": "2026-01-08"}]})
    shop.settle()
    last = shop.read(waits[1])["lines"][0]
    fared = {one["backorder_id"]: one["after"]["promise"] for one in told["lines"]}
    assert last["promise"]["basis"] == "next_order"
    assert fared.get(waits[1]["backorder_id"], last["promise"])["likely"] == last["promise"]["likely"]


def test_an_order_that_left_the_house_cannot_be_cancelled_in_thought_either(shop: Shop) -> None:
    shop.item("A", free=1)
    order = shop.order("1", ("A", 1))
    shop.settle()
    body = {"changes": [{"kind": "cancel_order", "backorder_id": order["backorder_id"]}]}
    answer = shop.call("o", "POST", "/v1/simulations", body)
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (409, "/changes/0/backorder_id")
    assert shop.call("s", "POST", "/v1/simulations", body).status == 403
