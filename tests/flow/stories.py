"""Stories that touch every door that counts units: a prepared shop, and a request whose way is then made hard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.flow.conftest import Shop
from tests.flow.faults import Ask

Asks = dict[str, Ask]


def shelf(shop: Shop) -> Asks:
    """Orders in every condition over two items, a limited and an empty one; and what may be asked of them.

    `r` is released, `h` waits as a set, `s` and `t` wait line by line, `k` is recalled, `i` is an impatient set that
    keeps one unit.
    """
    for sku, more in (("A", {}), ("B", {}), ("C", {"backorder_limit": 5}), ("D", {})):
        shop.item(sku, **more)
    ids: dict[str, str] = {}

    def order(name: str, *lines: tuple[str, int], **more: Any) -> None:
        ids[name] = shop.order(name, *lines, **more)["backorder_id"]

    order("i", ("A", 1), ("B", 1), shipping="hold")
    order("j", ("A", 1))
    shop.settle()
    shop.found("A", 1)
    shop.settle()
    shop.days(15)
    order("h", ("A", 1), ("B", 1), shipping="hold")
    shop.settle()
    shop.found("A", 1)
    shop.settle()
    order("r", ("D", 3))
    order("k", ("D", 2), ("B", 1))
    shop.found("D", 5)
    shop.settle()
    recalled = release_of(shop, ids["k"])
    shop.ok("o", "POST", f"/v1/releases/{recalled}/recall")
    order("s", ("A", 3), ("B", 1))
    order("t", ("B", 2), ("C", 1))
    shop.settle()
    path = {name: f"/v1/backorders/{backorder_id}" for name, backorder_id in ids.items()}
    release = f"/v1/releases/{release_of(shop, ids['r'])}"
    version_k = shop.read({"backorder_id": ids["k"]})["version"]
    pick = {"shipment_id": "s1", "lines": [{"line_id": "0", "quantity": 1}]}
    return {
        "found A": found("A", 2),
        "found B": found("B", 2),
        "found B 4": found("B", 4),
        "lost A": found("A", -1),
        "lost D": found("D", -1),
        "count A": Ask(
            "o", "POST", "/v1/stock-corrections", {"correction_id": "n", "sku": "A", "counted": 3, "reason": "count"}
        ),
        "record": Ask("s", "POST", "/v1/backorders", shop.order_body("new", ("A", 1), ("B", 1))),
        "record early": Ask(
            "s", "POST", "/v1/backorders", shop.order_body("gold", ("A", 1), ("B", 1), priority="gold")
        ),
        "record limited": Ask("s", "POST", "/v1/backorders", shop.order_body("lim", ("C", 3), ("A", 1))),
        "cancel s": Ask("s", "POST", path["s"] + "/cancel", {"reason": "no"}),
        "cancel i": Ask("s", "POST", path["i"] + "/cancel", {"reason": "no"}),
        "cancel k": Ask("s", "POST", path["k"] + "/cancel", {"reason": "no"}),
        "switch s": Ask("s", "POST", path["s"] + "/lines/0/switch", {"sku": "B", "quantity": 2}),
        "switch i": Ask("s", "POST", path["i"] + "/lines/0/switch", {"sku": "D"}),
        "switch t": Ask("s", "POST", path["t"] + "/lines/0/switch", {"sku": "C"}),
        "hold s": Ask("s", "PATCH", path["s"], {"shipping": "hold"}),
        "split i": Ask("s", "PATCH", path["i"], {"shipping": "split"}),
        "split h": Ask("s", "PATCH", path["h"], {"shipping": "split"}),
        "fewer s": Ask("s", "PATCH", path["s"], {"lines": [{"line_id": "0", "quantity": 1}]}),
        "gold s": Ask("o", "PATCH", path["s"], {"priority": "gold", "reason": "x"}),
        "gold i": Ask("o", "PATCH", path["i"], {"priority": "gold", "reason": "x"}),
        "gold k": Ask("o", "PATCH", path["k"], {"priority": "gold", "reason": "x"}, version=version_k),
        "auto k": Ask("o", "PATCH", path["k"], {"release": "automatic"}, version=version_k),
        "ship r": Ask("o", "POST", release + "/ship", {"shipment_id": "s1"}),
        "pick r": Ask("o", "POST", release + "/ship", pick),
        "recall r": Ask("o", "POST", release + "/recall"),
    }


def release_of(shop: Shop, backorder_id: str) -> str:
    (release,) = shop.read({"backorder_id": backorder_id})["releases"]
    return str(release["release_id"])


def found(sku: str, units: int) -> Ask:
    body = {"correction_id": f"{sku} {units}", "sku": sku, "delta": units, "reason": "count"}
    return Ask("o", "POST", "/v1/stock-corrections", body)


def large(shop: Shop) -> Asks:
    """Orders that need several transactions for everything."""
    skus = [f"S{n:02d}" for n in range(54)]
    for sku in skus:
        shop.item(sku)
    shop.item("A")
    shop.item("L", backorder_limit=3)
    ids = {}
    for name, shipping in (("set", "hold"), ("wide", "split")):
        body = shop.order_body(name, *((sku, 1) for sku in skus), shipping=shipping)
        ids[name] = shop.ok("s", "POST", "/v1/backorders", body)["backorder_id"]
    shop.settle()
    for sku in skus[1:]:
        shop.found(sku, 1)
    shop.settle()
    path = {name: f"/v1/backorders/{backorder_id}" for name, backorder_id in ids.items()}
    lines = [("A", 1)] * 100 + [("L", 2)]
    fewer = {"lines": [{"line_id": str(n), "quantity": 0} for n in range(50)]}
    return {
        "record 101": Ask("s", "POST", "/v1/backorders", shop.order_body("big", *lines)),
        "record 101 early": Ask("s", "POST", "/v1/backorders", shop.order_body("big", *lines, priority="gold")),
        "record over": Ask("s", "POST", "/v1/backorders", shop.order_body("big", *lines, ("L", 2))),
        "complete": found("S00", 1),
        "cancel set": Ask("s", "POST", path["set"] + "/cancel", {"reason": "no"}),
        "gold set": Ask("o", "PATCH", path["set"], {"priority": "gold", "reason": "x"}),
        "split fewer": Ask(
            "s",
            "PATCH",
            path["set"],
            {"shipping": "split"} | fewer,
        ),
        "fewer set": Ask("s", "PATCH", path["set"], fewer),
        "gold fewer": Ask(
            "o",
            "PATCH",
            path["set"],
            {"priority": "gold", "reason": "x"} | fewer,
        ),
    }


def long(shop: Shop) -> Asks:
    """An order in one parcel whose many lines want two items only: changing it takes several transactions, too, and yet
    few calls follow from it."""
    for sku in "AB":
        shop.item(sku)
    lines = [("A", 1), ("B", 1)] * 55
    backorder_id = shop.ok("s", "POST", "/v1/backorders", shop.order_body("long", *lines, shipping="hold"))
    shop.settle()
    shop.found("A", 55)
    shop.settle()
    path = f"/v1/backorders/{backorder_id['backorder_id']}"
    fewer = {"lines": [{"line_id": str(n), "quantity": 0} for n in range(100)]}
    return {
        "gold long": Ask("o", "PATCH", path, {"priority": "gold", "reason": "x"}),
        "fewer long": Ask("s", "PATCH", path, fewer),
        "cancel long": Ask("s", "POST", path + "/cancel", {"reason": "no"}),
        "complete long": found("B", 55),
    }


SCENES: dict[str, Callable[[Shop], Asks]] = {"shelf": shelf, "large": large, "long": long}
