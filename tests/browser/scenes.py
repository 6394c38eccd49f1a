"""What there is to look at: pages in the states that have the most to show, behind the links of real mails."""

from __future__ import annotations

import re
from typing import Any

from infra.local import control
from tests.flow.conftest import Shop
from tests.flow.test_consent import acknowledged, customer

REMEDIES = {
    "remedies": [
        {"remedy_id": "sorry", "kind": "discount", "cost": "5.00", "code": "SORRY5"},
        {"remedy_id": "ship", "kind": "free_shipping", "cost": "4.50"},
    ],
    "remedy_budget_per_month": "1000",
}


def order_with_a_question(shop: Shop, locale: str = "en", shipping: str = "split") -> Any:
    """An order of two lines, one late, in a country whose law asks the customer; remedies and another item offered."""
    shop.ok("o", "PUT", "/v1/settings", REMEDIES)
    shop.item("A", description="Copper lantern", alternatives=["B"])
    shop.item("B", free=9, description="Brass lantern")
    shop.item("C", free=5, description="Candle, white")
    who = customer("US") | {"locale": locale}
    order = shop.order("1001", ("A", 3), ("C", 2), customer=who, shipping=shipping)
    shop.settle()
    shop.days(0.5)
    acknowledged(shop, 60)
    shop.settle()
    return order


def subscriber(shop: Shop, locale: str = "en") -> None:
    """Somebody was told that an item is there again."""
    wish = {"email": "bea@example.com", "locale": locale}
    shop.ok("s", "POST", "/v1/items/B/subscriptions", wish)
    shop.settle()


def mail(shop: Shop, kind: str) -> dict[str, Any]:
    """The last mail of that kind."""
    return next(one for one in reversed(control.mails(shop.world)) if one["kind"] == kind)


def links(one: dict[str, Any]) -> list[str]:
    """Every link of a mail that leads to the service."""
    return [address for address in re.findall(r'href="([^"]+)"', one["html"]) if address.startswith("http")]
