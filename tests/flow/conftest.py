"""A whole shop on the local runner: real handlers, the template's topology, virtual time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from importlib import import_module
from typing import Any, get_args

import pytest

from infra.local import control
from infra.local.lambdas import load
from infra.local.world import World
from shared.audit import check_table
from shared.notifications.render import Skin, environment
from tests.flow import published

Json = dict[str, Any]


@dataclass
class Answer:
    status: int
    body: Any
    headers: dict[str, str]


@dataclass
class Shop:
    """Drives the service over HTTP, as storefront `s` or operator `o`."""

    world: World
    calls: int = 0
    tokens: dict[str, str] = field(default_factory=dict)

    def call(self, who: str, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        self.calls += 1
        if method == "POST":
            headers.setdefault("idempotency_key", f"key-{self.calls}")
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        response = self.world.http(method, path, json=body, token=self.token(who), headers=given)
        text = response.body.decode() if isinstance(response.body, bytes) else response.body
        names = {name.lower(): value for name, value in dict(response.headers).items()}
        return Answer(response.status, json.loads(text) if text else None, names)

    def token(self, who: str) -> str:
        scopes = {"s": ("storefront",), "o": ("operations",), "so": ("storefront", "operations")}
        if who not in self.tokens:
            self.tokens[who] = self.world.token(*scopes[who])
        return self.tokens[who]

    def ok(self, who: str, method: str, path: str, body: Any = None, **headers: str) -> Any:
        answer = self.call(who, method, path, body, **headers)
        assert answer.status < 300, (method, path, answer.status, answer.body)
        return answer.body

    def supplier(self, supplier_id: str = "acme", **changes: Any) -> None:
        card = {
            "name": "Acme",
            "email": "orders@acme.example",
            "country": "SE",
            "order_weekdays": [0, 1, 2, 3, 4],
            "lead_time_days": {"likely": 5, "by": 9},
            "min_order_value": "0",
            "currency": "EUR",
            "max_wait_days": 7,
        }
        self.ok("o", "PUT", f"/v1/suppliers/{supplier_id}", card | changes)

    def item(self, sku: str, free: int = 0, **changes: Any) -> None:
        card = {"supplier_id": "acme", "unit_cost": "2.50", "currency": "EUR", "description": f"Thing {sku}"}
        self.ok("o", "PUT", f"/v1/items/{sku}", card | changes)
        if free:
            self.found(sku, free)

    def found(self, sku: str, units: int, reason: str = "opening") -> Any:
        body = {"correction_id": f"c{self.calls}", "sku": sku, "delta": units, "reason": reason}
        return self.ok("o", "POST", "/v1/stock-corrections", body)

    def order_body(self, order_id: str, *lines: tuple[str, int], **changes: Any) -> Json:
        return {
            "order_id": order_id,
            "customer": {"id": "ann", "email": "ann@example.com", "name": "Ann", "locale": "en", "country": "SE"},
            "currency": "EUR",
            "lines": [
                {"line_id": str(n), "sku": sku, "quantity": quantity, "unit_price": "10.00"}
                for n, (sku, quantity) in enumerate(lines)
            ],
        } | changes

    def order(self, order_id: str, *lines: tuple[str, int], who: str = "s", **changes: Any) -> Any:
        return self.ok(who, "POST", "/v1/backorders", self.order_body(order_id, *lines, **changes))

    def read(self, order: Json) -> Any:
        return self.ok("o", "GET", f"/v1/backorders/{order['backorder_id']}")

    def units(self, order: Json, line: int = 0) -> Json:
        """The quantities of a line that are not zero."""
        quantities = self.read(order)["lines"][line]["quantities"]
        return {name: n for name, n in quantities.items() if n and name != "ordered"}

    def receive(self, **units: int) -> Any:
        lines = [{"sku": sku, "quantity": n} for sku, n in units.items()]
        body = {"receipt_id": f"r{self.calls}", "supplier_id": "acme", "lines": lines}
        return self.ok("o", "POST", "/v1/receipts", body)

    def settle(self) -> None:
        self.world.settle()

    def days(self, n: float) -> None:
        self.world.advance(timedelta(days=n))

    def mails(self) -> list[str]:
        return [mail["tags"]["kind"] for mail in self.world.engine.ses.mailbox]

    def items_of_table(self) -> Iterator[Any]:
        for table in self.world.template.of_type("AWS::DynamoDB::Table"):
            yield from self.world.engine.dynamodb.table(table.name).items()

    def violations(self) -> list[Any]:
        return check_table(self.items_of_table())

    def counted(self, metric: str, **by: str) -> float:
        """What was counted in all, of every service; with `by` only of that value of its third dimension."""
        told = (one for one in self.world.output.metrics.as_json() if one["name"] == metric)
        return sum(one["sum"] for one in told if by.items() <= one["dimensions"].items())

    def dead_letters(self) -> list[Any]:
        return list(control.dead_letters(self.world))


@pytest.fixture
def shop() -> Iterator[Shop]:
    """A shop with one supplier; afterwards nothing may be wrong in its books, nor in what it published."""
    warm_up()
    with World.boot() as world:
        shop = Shop(world)
        shop.supplier()
        yield shop
        sound(shop)


def sound(shop: Shop) -> None:
    """Once it rests nothing may be wrong in the books of a shop, nor in what it published."""
    shop.settle()
    assert shop.violations() == []
    assert shop.dead_letters() == []
    assert list(published.wrong(published.ours(shop.world.engine.events))) == []


@cache
def warm_up() -> None:
    """Do what a process does only once in its life (importing doors, making clients, compiling letters) before tests
    fork it: each of thousands of forks would do it again. Call it before a world is booted."""
    import_module("functions.api.routes").load_all()  # not above: whoever makes time virtual imports this first
    for skin in get_args(Skin):
        letters = environment(skin)
        for name in letters.list_templates(extensions=["jinja"]):
            letters.get_template(name)
    with World.boot() as world:
        for function in world.lambdas.functions.values():
            load(function.handler)
        _play(Shop(world))


def _play(shop: Shop) -> None:
    """An order's life, from its mail to its end: every service of AWS is called in it."""
    shop.supplier()
    shop.item("A")
    order = shop.order("1", ("A", 3))
    shop.days(1)
    shop.receive(A=2)
    shop.settle()
    (release,) = shop.read(order)["releases"]
    shop.ok("o", "POST", f"/v1/releases/{release['release_id']}/ship", {"shipment_id": "s"})
    shop.ok("s", "POST", f"/v1/backorders/{order['backorder_id']}/cancel", {"reason": "changed my mind"})
    shop.settle()
