"""The whole life of a line: recorded, tallied, planned, received, allocated, released, shipped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.costs.prices import REGION
from tests.bench import spent
from tests.bench.figures import Figure
from tests.bench.recording import body
from tests.bench.seeding import Seed, cards, suppliers
from tests.bench.shop import Measured, Shop, opened, require

MAIL = ("notify-customers", "send-purchase-orders")
"""Functions that only mail: how many mails there are is the merchant's choice, and SES is the price of them."""

WRITE_UNITS_PER_LINE = 10.0
CUT_OFF = datetime(2026, 1, 5, 15, 0, tzinfo=UTC)  # of a Monday: then the day's demand is ordered


@dataclass(frozen=True)
class Day:
    """Orders of a number of lines over SKUs and suppliers, one every five minutes; then delivery and shipment."""

    start: datetime
    hours: int
    orders: int
    lines: int
    skus: int
    suppliers: int


MERCHANT = Day(CUT_OFF - timedelta(hours=9), hours=24, orders=100, lines=3, skus=30, suppliers=3)
LONELY = Day(CUT_OFF - timedelta(minutes=10), hours=1, orders=1, lines=3, skus=3, suppliers=1)


def live(shop: Shop, day: Day) -> Measured:
    """From the first order to the last shipment. WrongResultError unless every unit was shipped and no book is off."""
    who = suppliers(day.suppliers)
    items = cards(day.skus, who)
    Seed(items, who).plant(shop)
    with shop.measured() as measured:
        ordered = _take_orders(shop, day, [item.sku for item in items])
        _wait_until(shop, CUT_OFF + timedelta(minutes=5))
        _deliver(shop)
        _wait_until(shop, CUT_OFF + timedelta(minutes=15))
        shipped = _ship(shop)
        _wait_until(shop, day.start + timedelta(hours=day.hours))
    require(shipped == ordered, f"{ordered} units were ordered, {shipped} shipped")
    shop.require_sound_books(settled=True)
    lines = [item for item in shop.items() if item["kind"]["S"] == "line"]
    require(len(lines) == day.orders * day.lines, f"{len(lines)} lines")
    require(all(line["shipped"] == line["ordered"] for line in lines), "a line is not shipped in full")
    return measured


def idle(shop: Shop) -> Measured:
    """A day on which nothing happens: what the schedules cost by themselves."""
    who = suppliers(MERCHANT.suppliers)
    Seed(cards(MERCHANT.skus, who), who).plant(shop)
    shop.world.settle()
    with shop.measured() as measured:
        shop.world.advance(timedelta(hours=24))
    shop.require_sound_books(settled=True)
    return measured


def _wait_until(shop: Shop, at: datetime) -> None:
    shop.world.advance(max(timedelta(0), at - shop.world.clock.now()))


def _take_orders(shop: Shop, day: Day, skus: list[str]) -> int:
    """One order every five minutes, so that nothing is gained by treating them together."""
    units = 0
    for n in range(day.orders):
        chosen = [skus[(n * day.lines + i) % len(skus)] for i in range(day.lines)]
        shop.ask("storefront", "POST", "/v1/backorders", body(f"order-{n}", chosen))
        units += 2 * day.lines
        shop.world.advance(timedelta(minutes=5))
    return units


def _pages(shop: Shop, path: str) -> list[Any]:
    found, cursor = [], ""
    while True:
        page = shop.ask("operations", "GET", path + cursor)
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        cursor = f"{'&' if '?' in path else '?'}cursor={page['next_cursor']}"


def _deliver(shop: Shop) -> None:
    """The suppliers confirm, and bring everything at once."""
    orders = _pages(shop, "/v1/purchase-orders")
    require(bool(orders), "the schedule planned nothing")
    for order in orders:
        shop.ask(
            "operations", "POST", f"/v1/purchase-orders/{order['purchase_order_id']}/acknowledge", _accepted(order)
        )
    shop.world.settle()
    for order in orders:
        receipt = {
            "receipt_id": f"receipt-{order['purchase_order_id']}",
            "supplier_id": order["supplier_id"],
            "purchase_order_id": order["purchase_order_id"],
            "lines": [{"sku": line["sku"], "quantity": line["ordered"]} for line in order["lines"]],
        }
        shop.ask("operations", "POST", "/v1/receipts", receipt)


def _accepted(order: Any) -> Any:
    return {"lines": [{"sku": line["sku"], "status": "accepted"} for line in order["lines"]]}


def _ship(shop: Shop) -> int:
    """Ship every release as it is; units shipped."""
    units = 0
    for release in _pages(shop, "/v1/releases"):
        name = release["release_id"]
        shop.ask("operations", "POST", f"/v1/releases/{name}/ship", {"shipment_id": f"shipment-{name}"})
        units += sum(line["quantity"] for line in release["lines"])
    return units


def benchmarks() -> list[Figure]:
    """A day of a merchant, an order that is alone, and a day without anything."""
    figures: list[Figure] = []
    with opened(LONELY.start) as shop:
        live(shop, LONELY)  # once for everything that is made on first use
    for name, day in (("a merchant's day", MERCHANT), ("a lonely order", LONELY)):
        with opened(day.start) as shop:
            measured = live(shop, day)
        lines = day.orders * day.lines
        used = measured.used(without=MAIL)
        mail = measured.used().write_units - used.write_units
        target = WRITE_UNITS_PER_LINE if day is MERCHANT else None
        figures += [
            Figure(name, used.write_units / lines, "write units/line", target, f"{lines} lines, without mail"),
            Figure(name, used.read_units / lines, "read units/line"),
            Figure(name, used.calls / lines, "AWS calls/line"),
            Figure(name, measured.cpu(without=MAIL) * 1000 / lines, "CPU-ms/line"),
            Figure(f"{name}: mail", mail / lines, "write units/line"),
            *spent.figures(name, measured.spent, lines, day.lines, REGION),
        ]
    with opened(MERCHANT.start) as shop:
        used = idle(shop).used()
    figures += [
        Figure("a day without orders", used.write_units, "write units"),
        Figure("a day without orders", used.read_units, "read units"),
    ]
    return figures
