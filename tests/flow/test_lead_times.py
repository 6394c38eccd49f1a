"""Suppliers are learned from the service's own purchase orders."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.flow.conftest import Shop
from tests.flow.test_supply import plan

pytestmark = pytest.mark.slow


def foretold(shop: Shop) -> tuple[float, float]:
    """Days from now to `likely` and `by` of a unit nobody has ordered yet."""
    promise = shop.ok("s", "GET", "/v1/items/A/availability?quantity=1")["promise"]
    now = shop.world.clock.now()
    likely, by = ((datetime.fromisoformat(promise[name]) - now).total_seconds() / 86_400 for name in ("likely", "by"))
    return likely, by


def bought(shop: Shop, n: int, days: float) -> None:
    """One order, planned and sent; its goods come after so many days, and another day passes."""
    shop.order(str(n), ("A", 1))
    shop.settle()
    (purchase,) = plan(shop)
    shop.settle()
    shop.days(days)
    lines = [{"sku": "A", "quantity": 1}]
    name = purchase["purchase_order_id"]
    body = {"receipt_id": f"r{n}", "supplier_id": "acme", "purchase_order_id": name, "lines": lines}
    for _ in range(2):  # the second says nothing new
        shop.ok("o", "POST", "/v1/receipts", body)
    shop.settle()
    shop.days(1)


def card(shop: Shop, **changes: Any) -> Any:
    days = {"order_weekdays": list(range(7)), "lead_time_days": {"likely": 12, "by": 20}}
    body = {"name": "Acme", "email": "orders@acme.example"} | days
    return shop.ok("o", "PUT", "/v1/suppliers/acme", body | changes)


def test_dates_follow_what_the_supplier_did_and_no_longer_his_card(shop: Shop) -> None:
    """The card says 12 and 20 days; five orders come after two."""
    assert card(shop)["learned"] is None
    shop.item("A")
    before = foretold(shop)
    for n in range(5):
        bought(shop, n, 2)
    learned = card(shop)["learned"]
    assert learned["receipts"] == 5
    assert learned["by_percent"] == 90
    after = foretold(shop)
    assert after[0] < before[0] - 4
    assert after[1] < before[1]
    assert after[0] <= after[1]


def test_what_clients_say_of_a_supplier_does_not_wipe_out_what_he_did(shop: Shop) -> None:
    card(shop)
    shop.item("A")
    for n in range(3):
        bought(shop, n, 2)
    learned = card(shop)["learned"]
    assert learned["receipts"] == 3
    assert card(shop, name="Acme & Sons")["learned"] == learned
