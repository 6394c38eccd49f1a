"""A shop on the local runner in which most things have happened once."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from infra.local import control
from infra.local.http_messages import Response
from infra.local.world import World

Json = dict[str, Any]


@dataclass
class Shop:
    """One backorder with a released and a waiting line, a release, and a purchase order that was sent."""

    world: World
    calls: int = 0
    names: dict[str, str] = field(default_factory=dict)

    def send(
        self, who: str, method: str, target: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Response:
        """`body`: a JSON value, or bytes as they are. `who`: storefront, operations or both, or a token."""
        self.calls += 1
        given = {"content-type": "application/json"}
        if method == "POST":
            given["idempotency-key"] = f"key-{self.calls}"
        given = {name: value for name, value in (given | (headers or {})).items() if value}
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.world.http(method, target.format_map(self.names), body=raw, headers=given, token=self.token(who))

    def token(self, who: str) -> str:
        names = {"both": ("storefront", "operations")}.get(who, (who,))
        client = "ops" if who == "operations" else "shop"
        return who if who.count(".") == 2 else self.world.token(*names, client=client)

    def ok(self, who: str, method: str, target: str, body: Any = None) -> Any:
        response = self.send(who, method, target, body)
        assert response.status < 300, (method, target, response.text)
        return response.json()

    def table(self) -> list[str]:
        """Everything that is stored, comparable. An order's directory entries may precede it and are left out."""
        names = [one.name for one in self.world.template.of_type("AWS::DynamoDB::Table")]
        stored = [item for name in names for item in self.world.engine.dynamodb.table(name).items()]
        facts = [item for item in stored if not item["pk"]["S"].startswith(("CUST#", "OPEN"))]
        return sorted(json.dumps(item, sort_keys=True) for item in facts)

    def version(self) -> str:
        reply = self.world.http("GET", "/v1/backorders/{id}".format_map(self.names), token=self.token("storefront"))
        return reply.header("etag") or ""


SUPPLIER = {
    "name": "Acme",
    "email": "orders@acme.example",
    "order_weekdays": [0, 1, 2, 3, 4, 5, 6],
    "lead_time_days": {"likely": 5, "by": 9},
    "min_order_value": "0",
    "currency": "EUR",
}
ORDER: Json = {
    "order_id": "A",
    "placed_at": "2026-01-05T08:00:00Z",
    "customer": {"id": "ann", "email": "ann@example.com", "name": "Ann", "locale": "en", "country": "SE"},
    "priority": "standard",
    "need_by": "2026-03-01T00:00:00Z",
    "shipping": "split",
    "payment": {"mode": "deferred", "authorisation_expires_at": "2026-02-01T00:00:00Z"},
    "currency": "EUR",
    "lines": [
        {"line_id": "1", "sku": "LANTERN", "quantity": 6, "unit_price": "7.95"},
        {"line_id": "2", "sku": "CANDLE", "quantity": 4, "unit_price": "1.20"},
    ],
}


def opened() -> Shop:
    """The shop with its first order, of six lanterns that were there and four candles that were not."""
    shop = Shop(World.boot())
    shop.ok("operations", "PUT", "/v1/suppliers/acme", SUPPLIER)
    for sku, limit in {"LANTERN": None, "CANDLE": None, "RARE": 5}.items():
        card = {"supplier_id": "acme", "unit_cost": "2.50", "backorder_limit": limit}
        shop.ok("operations", "PUT", f"/v1/items/{sku}", card)
    subscribe(shop)
    again(shop, ORDER)
    return shop


def subscribe(shop: Shop) -> None:
    """Somebody is told that there is a lamp; the way out of it stands in his mail."""
    shop.ok("operations", "PUT", "/v1/items/LAMP", {"supplier_id": "acme", "unit_cost": "2.50"})
    found = {"correction_id": "lamp", "sku": "LAMP", "delta": 1, "reason": "count"}
    shop.ok("operations", "POST", "/v1/stock-corrections", found)
    shop.ok("storefront", "POST", "/v1/items/LAMP/subscriptions", {"email": "bea@example.com"})
    shop.world.settle()
    shop.names["subscriber_token"] = link_in(control.mails(shop.world)[-1]["text"], "u")


def link_in(text: str, side: str = "p") -> str:
    """The token of the link to the supplier's (or, at side `u`, the subscriber's) page."""
    (token,) = re.findall(rf"/{side}/([A-Za-z0-9_-]+)", text)
    return str(token)


def again(shop: Shop, order: Json) -> None:
    """Another order, with its release and its purchase order if it gets one; the shop's names are theirs now."""
    found = {"correction_id": f"for-{order['order_id']}", "sku": "LANTERN", "delta": 6, "reason": "count"}
    shop.ok("operations", "POST", "/v1/stock-corrections", found)
    recorded = shop.ok("storefront", "POST", "/v1/backorders", order)
    shop.names["id"] = recorded["backorder_id"]
    shop.names["customer_token"] = recorded["links"]["customer"].rpartition("/")[2]
    shop.world.settle()
    releases = shop.ok("storefront", "GET", "/v1/backorders/{id}")["releases"]
    plan = shop.ok("operations", "POST", "/v1/purchase-plans", {})
    shop.world.settle()
    if releases:
        shop.names["release"] = releases[0]["release_id"]
    if plan["orders"]:
        shop.names["po"] = plan["orders"][0]["purchase_order_id"]
        shop.names["token"] = link_in(control.mails(shop.world)[-1]["text"])
