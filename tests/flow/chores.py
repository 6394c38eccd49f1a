"""Stories of the doors no customer knocks at: purchasing, the hourly runs, the bulk queue, the audit's repairs."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tests.flow.conftest import Shop
from tests.flow.faults import Ask, Faults, Wanted, ask
from tests.flow.test_audit import tamper

_OK, _FAILED, _LATER = 200, 500, 503


@dataclass(frozen=True)
class Hours:
    """Time passes, and with it the hourly runs."""

    hours: float

    def once(self, shop: Shop) -> int:
        shop.world.advance(timedelta(hours=self.hours))
        return _OK


@dataclass(frozen=True)
class Sent:
    """A message on the queue of bulk orders."""

    body: Any

    def once(self, shop: Shop) -> int:
        shop.world.send("record-backorders", json.dumps(self.body))
        return _OK


@dataclass(frozen=True)
class Invoked:
    """An operator runs a function by hand, again if it failed."""

    function: str
    event: Any

    def once(self, shop: Shop) -> int:
        (function,) = (f for name, f in shop.world.lambdas.functions.items() if name.endswith(self.function))
        return _OK if shop.world.lambdas.invoke(function, self.event).error is None else _FAILED


@dataclass(frozen=True)
class Uploaded:
    """A file of opening stock."""

    lines: str

    def once(self, shop: Shop) -> int:
        headers = {"content-type": "application/x-ndjson", "idempotency-key": "file"}
        path = "/v1/imports?kind=opening_stock"
        answer = shop.world.http("POST", path, body=self.lines.encode(), headers=headers, token=shop.token("o"))
        return _LATER if answer.header("retry-after") else answer.status


Wishes = dict[str, Wanted]


def until(shop: Shop, hour: int) -> None:
    """Let time pass up to the next full hour of that name (UTC)."""
    now = shop.world.clock.now()
    then = now.replace(hour=hour, minute=0, second=0, microsecond=0)
    shop.world.advance(then - now + timedelta(days=int(then <= now)))


def buying(shop: Shop) -> Wishes:
    """Orders wait for three items of three suppliers; every purchase order stands at another point of its life.

    Of `acme` one is sent and one to be planned today, `slow` waits for approval since three days, `small` holds one.
    """
    shop.ok("o", "PUT", "/v1/settings", {"approval_value": "50"})
    shop.supplier("slow")
    shop.supplier("small", min_order_value="1000", max_wait_days=60)
    for sku, supplier, cost in (("A", "acme", "2.50"), ("B", "acme", "2.50"), ("S", "slow", "99"), ("M", "small", "1")):
        shop.item(sku, supplier_id=supplier, unit_cost=cost, moq=5)
    for n, sku in enumerate("AASM"):
        shop.order(str(n), (sku, 3))
    shop.settle()
    shop.ok("o", "POST", "/v1/purchase-plans", {"dry_run": False})
    shop.settle()
    by_supplier = {x["supplier_id"]: x for x in shop.ok("o", "GET", "/v1/purchase-orders")["items"]}
    path = {name: f"/v1/purchase-orders/{x['purchase_order_id']}" for name, x in by_supplier.items()}
    shop.order("late", ("B", 2), ("A", 4))
    shop.settle()
    shop.days(3)
    until(shop, 14)
    receipt = {
        "receipt_id": "r1",
        "supplier_id": "acme",
        "purchase_order_id": by_supplier["acme"]["purchase_order_id"],
        "lines": [{"sku": "A", "quantity": 5, "rejected": 1}, {"sku": "B", "quantity": 9}, {"sku": "X", "quantity": 1}],
    }
    dated = {"lines": [{"sku": "A", "status": "changed", "quantity": 4, "date": "2026-02-20T00:00:00Z"}]}
    for name, body in (("more", ("B", 6)), ("more2", ("A", 2))):
        shop.order(name, body)
    shop.settle()
    return {
        "order day": Hours(2),
        "plan": Ask("o", "POST", "/v1/purchase-plans", {"dry_run": False}),
        "approve": Ask("o", "POST", path["slow"] + "/approve", {}),
        "acknowledge": Ask("o", "POST", path["acme"] + "/acknowledge", dated),
        "receive": Ask("o", "POST", "/v1/receipts", receipt),
        "close short": Ask("o", "POST", path["acme"] + "/close-short", {"reason": "gone"}),
        "cancel purchase": Ask("o", "POST", path["slow"] + "/cancel", {"reason": "too dear"}),
    }


def night(shop: Shop) -> Wishes:
    """Everything the chaser is there for, an hour before its daily run: late goods, a receipt, a recording and a mail
    that were cut off, demand whose message was lost, a set that waits, news that came while mail was off."""
    shop.supplier("silent")
    for sku in ("A", "B", "C", "D"):
        shop.item(sku, supplier_id="silent" if sku == "D" else "acme")
    until(shop, 5)
    shop.order("set", ("A", 1), ("B", 1), shipping="hold")
    shop.order("wait", ("C", 3))
    shop.settle()
    shop.ok("o", "POST", "/v1/purchase-plans", {"dry_run": False})
    shop.days(6)
    until(shop, 3)
    _without_mail(shop)
    _cut_off(shop, "api", 6, Ask("s", "POST", "/v1/backorders", shop.order_body("big", *[("A", 1)] * 101)))
    goods = [{"sku": sku, "quantity": 1} for sku in ("A", "C")]
    receipt = {"receipt_id": "r", "supplier_id": "acme", "lines": goods}
    _cut_off(shop, "api", 3, Ask("o", "POST", "/v1/receipts", receipt))
    shop.order("told", ("C", 1))
    _cut_off(shop, "notify-customers", 7)
    return {"night": Hours(0.5)}


def _without_mail(shop: Shop) -> None:
    """Mails that nobody sends: to a supplier, and to a customer."""
    shop.ok("o", "PUT", "/v1/settings", {"mail_enabled": False})
    shop.order("quiet", ("D", 1))
    shop.settle()
    shop.ok("o", "POST", "/v1/purchase-plans", {"dry_run": False, "suppliers": ["silent"]})
    shop.settle()
    until(shop, 5)
    shop.ok("o", "PUT", "/v1/settings", {"mail_enabled": True})


def _cut_off(shop: Shop, function: str, n: int, wanted: Ask | None = None) -> None:
    (name,) = (name for name in shop.world.lambdas.functions if name.endswith(function))
    faults = Faults(shop.world, (name, n), "dies before")
    with faults.at_work():
        if wanted is not None:
            ask(shop, wanted)
        else:
            shop.settle()
    assert faults.happened, function


def books(shop: Shop) -> Wishes:
    """Counters that somebody changed by hand; and messages of the bulk queue."""
    shop.item("A", free=2)
    shop.item("L", backorder_limit=2)
    shop.order("1", ("A", 5), ("L", 1))
    shop.settle()
    bulk = {"storefront": "web"}
    repair = {"repair_id": "r1", "sku": "A", "actor": "ann", "reason": "counter was off"}
    return {
        "repair": Invoked("audit-books", {"repair": repair}),
        "walk": Invoked("audit-books", {"walk": True}),
        "bulk": Sent(shop.order_body("b1", ("A", 2), ("L", 1), **bulk)),
        "bulk refused": Sent(shop.order_body("b2", ("A", 2), ("L", 9), **bulk)),
        "bulk over": Sent(shop.order_body("b4", *[("A", 1)] * 100, ("L", 9), **bulk)),
        "bulk 101": Sent(shop.order_body("b3", *[("A", 1)] * 101, **bulk)),
        "import": Uploaded('{"sku": "A", "quantity": 3}\n{"sku": "L", "quantity": 1}\n'),
    }


SPOILT: dict[str, Callable[[Shop], None]] = {"repair": lambda shop: tamper(shop, "A", waiting=5)}
