"""A shop that goes about its business, hour by hour, with suppliers and a warehouse that do their part, or do not."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import EndpointConnectionError

from infra.local.engine import ServiceError
from infra.local.world import World

Json = dict[str, Any]

_HOUR = timedelta(hours=1)
_REACHED = 1 / 4  # of the attempts at a provider that is down: an answer that says nothing; the others get none
_OPEN = range(8, 19)
_NIGHT = timedelta(hours=13)
_A_DAY_LATE = 1 / 16
_ORDERS_AN_HOUR = (0, 2)
_SUPPLIERS = {"northwind": 4, "fjord": 6, "atelier": 9}
_GOODS = (
    *(("northwind", name) for name in ("TEAPOT", "KETTLE", "CUP", "SAUCER", "TRAY")),
    *(("fjord", name) for name in ("LANTERN", "CANDLE", "BLANKET", "RUG")),
    *(("atelier", name) for name in ("VASE", "MIRROR", "CLOCK")),
)


@dataclass
class Shop:
    """Drives one world. `silent` is a supplier that neither delivers nor answers from `trouble` on; `no_mail`: from
    then on the mail provider is not reached, or answers 503. Same seed, same business."""

    world: World
    trouble: datetime
    silent: str | None = None
    no_mail: bool = False
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    calls: int = 0
    tokens: dict[str, str] = field(default_factory=dict)
    comes: dict[str, datetime] = field(default_factory=dict)

    def open(self) -> None:
        """Suppliers, items and what lies on the shelf on the first day."""
        if self.no_mail:
            self.world.engine.before.append(self._refuse_mail)
        for supplier, days in _SUPPLIERS.items():
            card: Json = {"name": supplier.title(), "email": f"orders@{supplier}.example", "currency": "EUR"}
            card |= {"order_weekdays": [0, 1, 2, 3, 4], "lead_time_days": {"likely": days, "by": days + 3}}
            self._call("PUT", f"/v1/suppliers/{supplier}", card)
        for n, (supplier, sku) in enumerate(_GOODS):
            card = {"supplier_id": supplier, "unit_cost": f"{3 + n}.50", "description": sku.title(), "pack_size": 6}
            if n % 3 == 0:
                card["reorder_point"] = 12
            self._call("PUT", f"/v1/items/{sku}", card)
            opening = {"correction_id": f"open-{sku}", "sku": sku, "delta": 30, "reason": "opening"}
            self._call("POST", "/v1/stock-corrections", opening)

    def run(self, until: datetime) -> None:
        """Hour after hour to that instant."""
        while (now := self.world.clock.now()) < until:
            if now.hour in _OPEN and now.weekday() < 6:
                for _ in range(self.chance.randint(*_ORDERS_AN_HOUR)):
                    self._order()
            if now.hour == 10:
                self._hear_suppliers(now)
            if now.hour == 14:
                self._ship()
            self.world.advance(_HOUR if now.hour in _OPEN else _NIGHT)

    def _order(self) -> None:
        self.calls += 1
        goods = self.chance.sample(_GOODS, self.chance.choice((1, 1, 1, 2, 3)))
        self._call(
            "POST",
            "/v1/backorders",
            {
                "order_id": f"{100_000 + self.calls}",
                "customer": {
                    "id": f"c-{self.calls % 90}",
                    "email": f"c{self.calls % 90}@example.com",
                    "name": "Customer",
                    "locale": "en",
                    "country": "SE",
                },
                "currency": "EUR",
                "lines": [
                    {"line_id": str(n), "sku": sku, "quantity": self.chance.randint(1, 3), "unit_price": "19.90"}
                    for n, (_, sku) in enumerate(goods, start=1)
                ],
            },
            who="storefront",
        )

    def _hear_suppliers(self, now: datetime) -> None:
        for order in self._all("/v1/purchase-orders?limit=100"):
            if order["supplier_id"] == self.silent and now >= self.trouble:
                continue
            if order["status"] == "sent":
                self._confirm(order, now)
            elif order["status"] in {"acknowledged", "partially_received"}:
                self._deliver(order, now)

    def _confirm(self, order: Json, now: datetime) -> None:
        due = now + timedelta(days=_SUPPLIERS[order["supplier_id"]] - 1)
        # Some deliveries come a day late, as they do; few enough that suppliers keep seven dates in ten.
        late = timedelta(days=1 if self.chance.random() < _A_DAY_LATE else 0)
        self.comes[order["purchase_order_id"]] = due + late
        lines = [{"sku": line["sku"], "status": "accepted", "date": f"{due:%Y-%m-%d}"} for line in order["lines"]]
        self._call("POST", f"/v1/purchase-orders/{order['purchase_order_id']}/acknowledge", {"lines": lines})

    def _deliver(self, order: Json, now: datetime) -> None:
        name = order["purchase_order_id"]
        if self.comes.get(name, now).date() > now.date():
            return
        lines = [{"sku": line["sku"], "quantity": line["open"]} for line in order["lines"] if line["open"]]
        body = {"receipt_id": f"r-{name}", "supplier_id": order["supplier_id"], "purchase_order_id": name}
        if lines:
            self._call("POST", "/v1/receipts", body | {"lines": lines})

    def _ship(self) -> None:
        for release in list(self._all("/v1/releases?limit=100")):
            self.calls += 1
            body = {"shipment_id": f"s-{self.calls}", "carrier": "Post"}
            self._call("POST", f"/v1/releases/{release['release_id']}/ship", body)

    def _all(self, path: str) -> Iterator[Json]:
        cursor = ""
        while True:
            page = self._call("GET", path + (f"&cursor={cursor}" if cursor else ""))
            yield from page["items"]
            cursor = page["next_cursor"]
            if not cursor:
                return

    def _call(self, method: str, path: str, body: Any = None, who: str = "operations") -> Json:
        self.calls += 1
        if who not in self.tokens:
            self.tokens[who] = self.world.token(who)
        headers = {"idempotency-key": f"k-{self.calls}"} if method == "POST" else {}
        answer = self.world.http(method, path, json=body, headers=headers, token=self.tokens[who])
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {answer.text}")
        found: Json = answer.json()
        return found

    def _refuse_mail(self, _caller: str | None, service: str, operation: str, _params: Any) -> None:
        if service != "sesv2" or operation != "SendEmail" or self.world.clock.now() < self.trouble:
            return
        if self.chance.random() < _REACHED:
            raise ServiceError("ServiceUnavailable", "the provider is down", 503)
        raise EndpointConnectionError(endpoint_url="https://email.eu-west-1.amazonaws.com")
