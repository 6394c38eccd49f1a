"""The traps that other engines fell into, T1 to T17, and the double order by lag: one test each, in their order.

Each name says what must hold; its trap is the way in which a well-known shop, ERP or book broke it.
"""

from __future__ import annotations

import itertools
import json
from datetime import timedelta
from typing import Any

import pytest

from shared.audit import check_table
from tests.bench.seeding import Seed, cards, queue_up, suppliers
from tests.bench.shop import Shop as BenchShop
from tests.flow.conftest import Answer, Shop
from tests.flow.faults import Ask, Call, Faults, ask, ask_inside, forked, insist, rest, struck, wrong

pytestmark = pytest.mark.slow

Json = dict[str, Any]


def plan(shop: Shop) -> list[Any]:
    return list(shop.ok("o", "POST", "/v1/purchase-plans", {"dry_run": False})["orders"])


def stock(shop: Shop, sku: str = "A") -> Json:
    return dict(shop.ok("o", "GET", f"/v1/items/{sku}/stock"))


def counted(shop: Shop, sku: str, units: int, name: str) -> Any:
    body = {"correction_id": name, "sku": sku, "counted": units, "reason": "count"}
    return shop.ok("o", "POST", "/v1/stock-corrections", body)


def path(order: Json) -> str:
    return f"/v1/backorders/{order['backorder_id']}"


def promise(shop: Shop, order: Json) -> tuple[str, str]:
    """Basis and likely day of the first line's current promise."""
    view = shop.read(order)["lines"][0]["promise"]
    return view["basis"], (view["likely"] or "")[:10]


def release_of(shop: Shop, order: Json, n: int = -1) -> str:
    return f"/v1/releases/{shop.read(order)['releases'][n]['release_id']}"


def earlier(shop: Shop, minutes: int) -> str:
    return (shop.world.clock.now() - timedelta(minutes=minutes)).isoformat()


def calls_of(shop: Shop, wanted: Ask, *functions: str) -> list[Call]:
    """The AWS calls of some functions when nothing disturbs them."""

    def clean() -> Any:
        with Faults(shop.world).at_work() as faults:
            insist(shop, wanted)
            rest(shop)
        return [call for call, _ in faults.kinds if call[0].endswith(functions)]

    return [(name, n) for name, n in forked(clean)]


def test_t01_a_shortage_or_a_loss_hits_the_last_in_the_queue_whoever_came_to_be_recorded_last(shop: Shop) -> None:
    """A set decided whom to disappoint: six runs of the same five orders disappointed four different customers."""
    shop.item("A")

    def trial(turns: tuple[int, ...]) -> Any:
        orders = {n: shop.order(str(n), ("A", 1), placed_at=earlier(shop, 60 - n)) for n in turns}
        shop.settle()
        shop.receive(A=4)
        shop.settle()
        short = [n for n, order in orders.items() if shop.units(order) == {"waiting": 1}]
        for n in set(orders) - set(short):
            shop.ok("o", "POST", release_of(shop, orders[n]) + "/recall")
        shop.found("A", -1, reason="damage")
        lost = [n for n, order in orders.items() if shop.units(order) == {"waiting": 1}]
        return [short, sorted(lost), wrong(shop)]

    for turns in itertools.islice(itertools.permutations(range(5)), 0, 120, 20):
        assert forked(lambda turns=turns: trial(turns)) == [[4], [3, 4], []], turns


def test_t02_a_line_larger_than_the_stock_is_not_passed_over_in_silence(shop: Shop) -> None:
    """A line that did not fit was dropped, and the next smaller one served."""
    shop.item("A")
    shop.item("B")
    big, small = shop.order("1", ("A", 10)), shop.order("2", ("A", 1))
    shop.settle()
    shop.receive(A=3)
    shop.settle()
    assert (shop.units(big), shop.units(small)) == ({"waiting": 7, "released": 3}, {"waiting": 1})
    together = shop.order("3", ("B", 1), ("A", 1), shipping="hold")
    alone = shop.order("4", ("B", 1))
    shop.settle()
    shop.receive(B=1)
    shop.settle()
    assert (shop.units(together), shop.units(alone)) == ({"waiting": 1}, {"released": 1})
    history = shop.ok("s", "GET", path(together) + "/history")["items"]
    (overtaken,) = [e for e in history if e["event"] == "overtaken"]
    assert overtaken["cause"] == "others were served: its parcel is not complete"


HAD = ("released", "allocated", "shipped")
OPTIONS = list(
    itertools.product(HAD, ("split", "hold"), ("standard", "gold", "critical"), (None, 9), ("http", "queue"))
)


def test_t03_no_combination_of_options_gives_units_that_somebody_else_has(shop: Shop) -> None:
    """One option made the check forget what was allocated already, and the checkout always set it."""
    for n, (had, *_, limit, _door) in enumerate(OPTIONS):
        shop.item(f"S{n}", free=5, backorder_limit=limit)
        first = shop.order(f"first {n}", (f"S{n}", 3))
        shop.settle()
        if had != "released":
            verb, body = ("ship", {"shipment_id": f"s{n}"}) if had == "shipped" else ("recall", None)
            shop.ok("o", "POST", f"{release_of(shop, first)}/{verb}", body)
    for n, (_, shipping, priority, _, door) in enumerate(OPTIONS):
        options = {"shipping": shipping, "priority": priority, "storefront": "local-shop"}
        body = shop.order_body(f"second {n}", (f"S{n}", 4), **options)
        if door == "http":
            shop.ok("so", "POST", "/v1/backorders", body)
        else:
            shop.world.send("record-backorders", json.dumps(body))
    shop.settle()
    for n, option in enumerate(OPTIONS):
        now = stock(shop, f"S{n}")
        given = 2 if "split" in option else 0
        out = now["allocated"] + now["released"] + now["shipped"]
        assert (out, now["free"], now["waiting"]) == (3 + given, 2 - given, 4 - given), option
        assert now[option[0]] >= 3, option


def test_t04_one_early_unit_does_not_answer_for_fifty_waiters(shop: Shop) -> None:
    """The first delivery, of any size, gave everybody its date."""
    shop.item("A")
    first = shop.order("1", ("A", 1))
    shop.settle()
    (early,) = plan(shop)
    late = shop.order("2", ("A", 50))
    shop.settle()
    assert (promise(shop, first)[0], promise(shop, late)[0]) == ("purchase_order", "next_order")
    (second,) = plan(shop)
    shop.settle()
    for order, units, day in ((early, 1, "2026-01-12"), (second, 50, "2026-02-02")):
        line = {"sku": "A", "status": "accepted", "quantity": units, "date": f"{day}T00:00:00Z"}
        orders = f"/v1/purchase-orders/{order['purchase_order_id']}"
        shop.ok("o", "POST", orders + "/acknowledge", {"lines": [line]})
    shop.settle()
    assert promise(shop, first) == ("purchase_order", "2026-01-12")
    assert promise(shop, late) == ("purchase_order", "2026-02-02")


def test_t05_parts_of_a_line_over_several_receipts_are_the_whole_and_no_more(shop: Shop) -> None:
    """The second part was what was available, not what was left to give: of 13 wanted, 10 and then 13 more."""
    shop.item("A")
    order = shop.order("1", ("A", 13))
    shop.settle()
    parts = []
    for units in (10, 2, 13):
        shop.receive(A=units)
        shop.settle()
        parts.append(sum(x["quantity"] for x in shop.read(order)["releases"][-1]["lines"]))
    assert parts == [10, 2, 1]
    assert shop.units(order) == {"released": 13}
    assert (stock(shop)["released"], stock(shop)["free"], stock(shop)["waiting"]) == (13, 12, 0)


def test_t06_every_counter_is_what_its_entries_add_up_to_after_every_operation(shop: Shop) -> None:
    """The ledger was given the whole line for each part of it, the counter only the part."""
    shop.item("A")
    shop.item("B")
    order, other = shop.order("1", ("A", 9), ("B", 2)), shop.order("2", ("A", 3))
    shop.settle()
    operations = (
        lambda: shop.receive(A=4, B=5),
        lambda: shop.receive(A=3),
        lambda: shop.ok("s", "POST", path(order) + "/cancel", {"reason": "no", "lines": [a_line("0", 1)]}),
        lambda: shop.ok("s", "POST", path(order) + "/lines/0/switch", {"sku": "B", "quantity": 1}),
        lambda: shop.ok("o", "POST", release_of(shop, order, 0) + "/ship", {"shipment_id": "s", "lines": [a_line("0", 3)]}),
        lambda: shop.found("A", 2),
        lambda: shop.ok("o", "POST", release_of(shop, other) + "/recall"),
        lambda: shop.ok("s", "PATCH", path(other), {"lines": [a_line("0", 2)]}, if_match='"2"'),
        lambda: shop.ok("s", "POST", path(other) + "/cancel", {"reason": "no", "lines": [a_line("0", 1)]}),
        lambda: counted(shop, "A", 5, "c"),
    )  # fmt: skip
    for n, operation in enumerate(operations):
        operation()
        assert check_table(shop.items_of_table(), settled=False) == [], n
        shop.settle()
        assert shop.violations() == [], n
        lines = [line for one in (order, other) for line in replayed(shop, one)]
        for sku in "AB":
            now = stock(shop, sku)
            for bucket in ("waiting", "allocated", "released", "shipped"):
                assert sum(units.get(bucket, 0) for of, units in lines if of == sku) == now[bucket], (n, sku, bucket)


def a_line(line_id: str, units: int) -> Json:
    return {"line_id": line_id, "quantity": units}


def replayed(shop: Shop, order: Json) -> list[tuple[str, Json]]:
    """SKU and quantities of every line, from the order's history alone; they are those of the order."""
    view = shop.read(order)
    units = {line["line_id"]: {"waiting": line["quantities"]["ordered"]} for line in view["lines"]}
    for event in shop.ok("s", "GET", path(order) + "/history")["items"]:
        if event["source"]:
            line = units[event["line_id"]]
            line[event["source"]] -= event["units"]
            line[event["target"]] = line.get(event["target"], 0) + event["units"]
    kept = [{name: n for name, n in units[line["line_id"]].items() if n} for line in view["lines"]]
    assert kept == [shop.units(order, n) for n in range(len(kept))]
    return [(line["sku"], found) for line, found in zip(view["lines"], kept, strict=True)]


@pytest.mark.parametrize("every", [2, pytest.param(1, marks=pytest.mark.long)])
def test_t07_counters_lose_nothing_when_one_operation_runs_inside_another(shop: Shop, every: int) -> None:
    """Counters were read, changed and written back, so the second of two writers undid the first."""
    shop.item("A", backorder_limit=50)
    first, second = shop.order("0", ("A", 9)), shop.order("1", ("A", 9))
    shop.settle()
    shop.receive(A=3)
    shop.settle()
    before = stock(shop)
    one, other = contenders(shop, "one", first), contenders(shop, "other", second)
    answers: list[int] = []

    def judge() -> Any:
        after = stock(shop)
        moved = {key: after[key] - before[key] for key in ("received", "corrections")}
        open_units = after["waiting"] - after["free"] - before["waiting"] + before["free"]
        return [[status < 300 for status in answers], moved, open_units, wrong(shop)]

    for name, (outer, units, left) in one.items():

        def story(outer: Ask = outer) -> None:
            answers.append(ask(shop, outer))
            rest(shop)

        calls = calls_of(shop, outer, "api", "allocate-stock", "tally-demand")
        for n, (inside, (inner, more, left_by_it)) in enumerate(other.items()):

            def meets(inner: Ask = inner) -> None:
                answers.append(ask_inside(shop, inner))

            expected = [[True, True], added(units, more), left + left_by_it, []]
            for call, end in struck(shop, dict.fromkeys(list(calls)[n % every :: every], meets), story, judge).items():
                assert end == expected, (name, inside, call)


Contender = tuple[Ask, Json, int]


def contenders(shop: Shop, name: str, order: Json) -> dict[str, Contender]:
    """Requests that change the counters of one SKU; units that came by them; what they do to waiting - free."""
    receipt = {"receipt_id": name, "supplier_id": "acme", "lines": [{"sku": "A", "quantity": 2}]}
    correction = {"correction_id": name, "sku": "A", "delta": 1, "reason": "count"}
    cancel = {"reason": "no", "lines": [a_line("0", 1)]}
    return {
        "receive": (Ask("o", "POST", "/v1/receipts", receipt), {"received": 2}, -2),
        "correct": (Ask("o", "POST", "/v1/stock-corrections", correction), {"corrections": 1}, -1),
        "record": (Ask("s", "POST", "/v1/backorders", shop.order_body(name, ("A", 4))), {}, 4),
        "cancel": (Ask("s", "POST", path(order) + "/cancel", cancel), {}, -1),
    }


def added(one: Json, other: Json) -> Json:
    return {key: one.get(key, 0) + other.get(key, 0) for key in ("received", "corrections")}


def test_t08_lines_of_one_order_that_share_an_item_are_counted_together(shop: Shop) -> None:
    """Each line was checked against the same stock, so that two of them could sell it twice."""
    shop.item("L", backorder_limit=5)
    shop.item("A", free=4)
    for lines in ([("L", 3), ("L", 3)], [("A", 1)] * 100 + [("L", 3), ("L", 3)]):
        refused = shop.call("s", "POST", "/v1/backorders", shop.order_body("1", *lines))
        named = [f"/lines/{n}/quantity" for n, (sku, _) in enumerate(lines) if sku == "L"]
        assert (refused.status, pointers(refused)) == (409, named)
    shop.settle()
    assert (stock(shop, "L")["waiting"], stock(shop)["waiting"], stock(shop)["free"]) == (0, 0, 4)
    shop.order("2", ("L", 3), ("L", 2))
    assert shop.call("s", "POST", "/v1/backorders", shop.order_body("3", ("L", 1))).status == 409
    together, apart = shop.order("4", ("A", 3), ("A", 3), shipping="hold"), shop.order("5", ("A", 3), ("A", 3))
    shop.settle()
    assert [shop.units(together, n) for n in (0, 1)] == [{"waiting": 3}, {"waiting": 3}]
    assert [shop.units(apart, n) for n in (0, 1)] == [{"released": 3}, {"waiting": 2, "released": 1}]


def pointers(answer: Answer) -> list[str]:
    return [error["pointer"] for error in answer.body["errors"]]


def test_t09_a_count_is_no_delivery(shop: Shop) -> None:
    """Setting a count right released a backorder although nothing had come, as if the count were a delivery."""
    shop.item("A", free=2)
    shop.order("0", ("A", 2))
    order = shop.order("1", ("A", 3))
    shop.settle()
    (purchase,) = plan(shop)
    shop.settle()
    assert counted(shop, "A", 2, "as it is")["delta"] == 0
    shop.settle()
    assert shop.units(order) == {"waiting": 3}
    assert counted(shop, "A", 3, "one more")["delta"] == 1
    shop.settle()
    assert shop.units(order) == {"waiting": 2, "released": 1}
    assert (stock(shop)["received"], stock(shop)["corrections"], stock(shop)["on_order"]) == (0, 3, 3)
    view = shop.ok("o", "GET", f"/v1/purchase-orders/{purchase['purchase_order_id']}")
    assert (view["status"], view["lines"][0]["open"], view["lines"][0]["received"]) == ("sent", 3, 0)


def test_t10_amending_down_and_back_keeps_the_place_and_makes_no_supply(shop: Shop) -> None:
    """A waiting order edited down and up again handed its unit to another."""
    shop.item("A")
    first, second = shop.order("1", ("A", 3)), shop.order("2", ("A", 1))
    shop.settle()
    shop.ok("s", "PATCH", path(first), {"lines": [a_line("0", 1)]}, if_match='"1"')
    refused = shop.call("s", "PATCH", path(first), {"lines": [a_line("0", 3)]}, if_match='"2"')
    assert refused.status == 422
    shop.settle()
    assert (stock(shop)["free"], shop.units(second)) == (0, {"waiting": 1})
    shop.found("A", 1)
    shop.settle()
    assert (shop.units(first), shop.units(second)) == ({"released": 1, "cancelled": 2}, {"waiting": 1})


def test_t11_dividing_a_shipment_makes_no_waiting_unit_a_unit_on_the_shelf(shop: Shop) -> None:
    """The units of a new parcel were born on hand, whatever they had been in the old one."""
    shop.item("A")
    order = shop.order("1", ("A", 5))
    shop.settle()
    shop.receive(A=2)
    shop.settle()
    shop.ok("o", "POST", release_of(shop, order) + "/ship", {"shipment_id": "s1", "lines": [a_line("0", 1)]})
    assert (shop.units(order), stock(shop)["free"]) == ({"waiting": 3, "allocated": 1, "shipped": 1}, 0)
    shop.settle()
    assert (shop.units(order), stock(shop)["free"]) == ({"waiting": 3, "released": 1, "shipped": 1}, 0)
    shop.ok("s", "PATCH", path(order), {"shipping": "hold"}, if_match='"1"')
    shop.settle()
    shop.ok("s", "PATCH", path(order), {"shipping": "split"}, if_match='"2"')
    shop.settle()
    assert (shop.units(order), stock(shop)["free"]) == ({"waiting": 3, "released": 1, "shipped": 1}, 0)


def test_t12_filling_a_part_leaves_exactly_the_rest_to_fill(shop: Shop) -> None:
    """Of 7 wanted 5 came, 5 were filled and 3 left to fill; the next order got a unit that was not there."""
    shop.item("A")
    first, second = shop.order("1", ("A", 7)), shop.order("2", ("A", 2))
    shop.settle()
    shop.receive(A=5)
    shop.settle()
    (needed,) = plan(shop)
    assert (needed["lines"][0]["ordered"], stock(shop)["free"]) == (4, 0)
    shop.receive(A=3)
    shop.settle()
    assert (shop.units(first), shop.units(second)) == ({"released": 7}, {"waiting": 1, "released": 1})
    assert shop.ok("s", "GET", "/v1/items/A/availability?quantity=1")["available_now"] == 0
    assert (stock(shop)["waiting"], stock(shop)["free"]) == (1, 0)


def test_t13_what_is_ordered_is_whole_packs_and_never_below_the_minimum(shop: Shop) -> None:
    """The minimum was converted into order units in floats and came out a trifle below itself."""
    shop.supplier(min_order_value="435.00", max_wait_days=20)
    shop.item("A", moq=50, pack_size=12, unit_cost="0.07")
    shop.order("1", ("A", 1))
    shop.settle()
    (held,) = plan(shop)
    assert (held["status"], held["lines"][0]["ordered"], held["value"]) == ("held", 60, "4.20")
    shop.supplier(min_order_value="0")
    shop.supplier("exact", min_order_value="435.00", max_wait_days=20)
    shop.item("B", supplier_id="exact", unit_cost="4.35")  # in floats a hundred of these are worth less
    shop.order("2", ("B", 100))
    shop.settle()
    orders = {order["supplier_id"]: order for order in plan(shop)}
    assert [(x["sku"], x["ordered"]) for x in orders["acme"]["lines"]] == [("A", 60)]
    assert orders["exact"]["status"] != "held"


def test_t14_the_dates_of_an_order_are_those_of_the_supplier_it_goes_to(shop: Shop) -> None:
    """The supplier was chosen without a quantity, none was found, and its lead time counted for nothing."""
    shop.supplier("near", order_weekdays=[0, 1, 2, 3, 4], lead_time_days={"likely": 9, "by": 12})
    shop.supplier("far", order_weekdays=[2], lead_time_days={"likely": 40, "by": 60})
    shop.item("A", supplier_id="near", moq=10, pack_size=5)
    shop.item("A", supplier_id="far", moq=500, pack_size=100)
    shop.item("B", supplier_id="near", moq=10, pack_size=5)
    for quantity in (1, 7, 501):
        for sku, day in (("A", "2026-02-16"), ("B", "2026-01-14")):
            asked = shop.ok("s", "GET", f"/v1/items/{sku}/availability?quantity={quantity}")["promise"]
            assert (asked["basis"], asked["likely"][:10]) == ("next_order", day)
    order = shop.order("1", ("A", 7), ("B", 7))
    shop.days(3)
    bought = shop.ok("o", "GET", "/v1/purchase-orders?status=sent")["items"]
    found = {x["supplier_id"]: (x["lines"][0]["sku"], x["lines"][0]["ordered"]) for x in bought}
    assert found == {"far": ("A", 500), "near": ("B", 10)}
    expected = {x["lines"][0]["sku"]: x["lines"][0]["expected"]["likely"][:10] for x in bought}
    dates = {x["sku"]: x["promise"]["likely"][:10] for x in shop.read(order)["lines"]}
    assert expected == dates == {"A": "2026-02-16", "B": "2026-01-14"}


def test_t15_units_follow_one_stated_order_and_no_field_that_happens_to_sort(shop: Shop) -> None:
    """What was served first hung on a sequence number that was meant for something else."""
    shop.item("A")
    placed = {"z": 30, "9": 10, "10": 20, "a": 20}  # minutes ago
    names = {}
    customer = {"id": "zoe", "email": "zoe@example.com", "name": "Zoe", "locale": "en", "country": "SE"}
    for n, (name, minutes) in enumerate(placed.items()):
        body = shop.order_body(name, ("A", 1), placed_at=earlier(shop, minutes))
        body["customer"] = customer | {"id": f"c{9 - n}"}
        names[shop.ok("s", "POST", "/v1/backorders", body)["backorder_id"]] = name
    many = shop.order_body("m", *[("A", 1)] * 12)
    for n, line in enumerate(many["lines"]):
        line["line_id"] = f"l{12 - n}"
    names[shop.ok("s", "POST", "/v1/backorders", many)["backorder_id"]] = "m"
    shop.settle()
    stated = [("z", "0"), ("10", "0"), ("a", "0"), ("9", "0"), *(("m", f"l{12 - n}") for n in range(12))]
    for served in range(len(stated)):
        queue = shop.ok("o", "GET", "/v1/items/A/queue")["items"]
        assert [(names[x["backorder_id"]], x["line_id"]) for x in queue] == stated[served:]
        shop.receive(A=1)
        shop.settle()
    assert stock(shop)["released"] == len(stated)


def test_t16_what_is_cleaned_up_is_cleaned_up_to_the_last_line(shop: Shop) -> None:
    """A clean-up joined the ids into one text of limited length, and what was cut off stayed."""
    for n in range(7):
        shop.item(f"S{n}")
    kept = shop.order("kept", ("S0", 1))
    shop.days(0.1)
    before = {(item["pk"]["S"], item["sk"]["S"]) for item in shop.items_of_table()}
    large = Ask("s", "POST", "/v1/backorders", shop.order_body("big", *((f"S{n % 7}", 1) for n in range(1114))))
    *_, opening = calls_of(shop, large, "api")
    with Faults(shop.world, opening, "dies before").at_work():
        ask(shop, large)
    assert sum(item["kind"] == {"S": "line"} for item in shop.items_of_table()) == 1115
    shop.days(0.1)  # the chaser comes every hour
    left = {(item["pk"]["S"], item["sk"]["S"]) for item in shop.items_of_table()} - before
    assert left == set()
    assert shop.units(kept) == {"waiting": 1}


def test_t16_what_is_counted_is_counted_to_the_last_page(shop: Shop) -> None:
    """So many lines of one SKU that DynamoDB answers in pages: a count that stopped early would make supply."""
    sku = "SKU-00000"

    def trial() -> Any:
        who = suppliers(1)
        seed, bench = Seed(cards(1, who), who), BenchShop(shop.world)
        units = sum(n for _, n in queue_up(seed, 4_000, [sku], shop.world.clock.now()))
        seed.plant(bench)
        shop.receive(**{sku: units})
        bench.invoke("allocate-stock", {"sku": sku, "cause": "x", "rank": None}, queue="allocate-stock.fifo")
        with Faults(shop.world).at_work() as faults:
            found = counted(shop, sku, units, "all")
        pages = [what for _, what in faults.kinds].count("dynamodb.Query")
        return [found["delta"], stock(shop, sku)["released"] == units, pages > 1]

    assert forked(trial) == [0, True, True]


def test_t17_nothing_is_shipped_that_was_not_received(shop: Shop) -> None:
    """Shipping a backorder needed stock that was booked first, and nothing but an exception said so."""
    shop.item("A")
    order = shop.order("1", ("A", 5))
    shop.settle()
    first = f"/v1/releases/{order['backorder_id']}.r1/ship"
    assert shop.call("o", "POST", first, {"shipment_id": "s0"}).status == 404
    shop.receive(A=2)
    shop.settle()
    for units in (3, 5):
        refused = shop.call("o", "POST", first, {"shipment_id": "s1", "lines": [a_line("0", units)]})
        assert (refused.status, pointers(refused)) == (422, ["/lines/0/quantity"])
    shop.ok("o", "POST", first, {"shipment_id": "s1"})
    assert shop.call("o", "POST", first, {"shipment_id": "s2"}).status == 409
    assert shop.call("o", "POST", first.replace("r1", "r2"), {"shipment_id": "s2"}).status == 404
    shop.settle()
    assert (shop.units(order), stock(shop)["free"]) == ({"waiting": 3, "shipped": 2}, 0)
    shop.receive(A=3)
    shop.settle()
    shop.ok("o", "POST", first.replace("r1", "r2"), {"shipment_id": "s2"})
    assert (shop.read(order)["status"], shop.units(order)) == ("shipped", {"shipped": 5})


@pytest.mark.parametrize("settled", [True, False], ids=["counted before", "not yet counted"])
def test_the_double_order_by_lag_units_received_while_the_tally_still_says_waiting_are_not_ordered_again(
    shop: Shop, settled: bool
) -> None:
    """Received and allocated, but the demand that planning reads had not heard of it: planning bought them twice.
    Here planning runs at every AWS call of those who allocate, release and count."""
    shop.item("A")
    order = shop.order("1", ("A", 3))
    if settled:
        shop.settle()
    receipt = {"receipt_id": "r", "supplier_id": "acme", "lines": [{"sku": "A", "quantity": 3}]}
    received = Ask("o", "POST", "/v1/receipts", receipt)

    def trial(call: Call | None = None) -> Any:
        insist(shop, received)
        planned = Ask("o", "POST", "/v1/purchase-plans", {"dry_run": False})
        answers = [ask(shop, planned)] if call is None else []
        with Faults(shop.world, call, lambda: answers.append(ask_inside(shop, planned))).at_work():
            rest(shop)
        bought = shop.ok("o", "GET", "/v1/purchase-orders")["items"]
        return [answers, bought, shop.units(order), wrong(shop)]

    expected = [[200], [], {"released": 3}, []]
    assert forked(trial) == expected
    calls = after_receipt(shop, received)
    assert len(calls) > 10
    for call in calls:
        assert forked(lambda call=call: trial(call)) == expected, call


def after_receipt(shop: Shop, received: Ask) -> list[Call]:
    def clean() -> Any:
        insist(shop, received)
        with Faults(shop.world).at_work() as faults:
            rest(shop)
        return [call for call, _ in faults.kinds if not call[0].endswith(("api", "notify-customers"))]

    return [(name, n) for name, n in forked(clean)]
