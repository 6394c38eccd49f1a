"""The built-in order book: one week of an invented shop for hiking and kitchen things, the same at every run.

Products, customers and demand are of our own making. Demand is lumpy as in real shops: a few products are in most
orders, most orders are small, and now and then somebody orders by the crate.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from infra.local.demo.book import Action, BookLine, Cancellation, CancelledUnits, Order, OrderBook
from infra.local.demo.chance import fraction, happens, pick

ORDERS = 150
_MONDAY = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
_DAYS, _OPEN_SECONDS = 7, 12 * 3600
_CUSTOMERS = 90
_COUNTRIES = ("Sweden", "Sweden", "Netherlands", "Netherlands", "Germany", "Germany", "United Kingdom", "USA",
              "France", "Spain", "EIRE", "Finland")  # fmt: skip
_THINGS = ("kettle", "lantern", "trail mug", "rain cape", "bread knife", "camp stool", "spice tin", "wool blanket",
           "folding saw", "tea strainer", "map case", "enamel bowl")  # fmt: skip
_MAKES = ("Fjordlight", "Oak & Ember", "Northpine", "Little Harbour")
_CANCELLED = 0.05


def built_in_order_book(limit: int = ORDERS) -> OrderBook:
    """150 orders of one week from Monday 2026-01-05, or the first `limit`, and the cancellations that follow some."""
    skus = _catalog()
    times = sorted(_time(str(number)) for number in range(ORDERS))
    orders = [_order(number, at, list(skus)) for number, at in enumerate(times[:limit], start=1)]
    cancellations = [_cancellation(order) for order in orders if happens(_CANCELLED, "back", order.order_id)]
    actions: list[Action] = sorted([*orders, *cancellations], key=lambda action: action.at)
    return OrderBook(
        source="built-in order book",
        currency="EUR",
        actions=tuple(actions),
        descriptions=skus,
        rules={},
        read=Counter(
            orders=len(orders),
            lines=sum(len(order.lines) for order in orders),
            cancellations=len(cancellations),
            skus=len(skus),
        ),
    )


def _catalog() -> dict[str, str]:
    return {
        f"{make[0]}{thing[:2].upper()}-{number:02}": f"{make} {thing}"
        for number, (thing, make) in enumerate(((t, m) for t in _THINGS for m in _MAKES), start=1)
    }


def _time(about: str) -> datetime:
    day = int(fraction("day", about) * _DAYS)
    return _MONDAY + timedelta(days=day, seconds=round(fraction("second", about) * _OPEN_SECONDS))


def _order(number: int, at: datetime, skus: list[str]) -> Order:
    order_id = f"W{number:04}"
    customer = int(fraction("customer", order_id) * _CUSTOMERS)
    lines = tuple(_line(order_id, n, skus) for n in range(1, _few("lines", order_id, most=9) + 1))
    return Order(
        at=at,
        order_id=order_id,
        customer_id=f"c{customer:03}",
        country=pick(_COUNTRIES, "country", str(customer)),
        lines=lines,
    )


def _line(order_id: str, number: int, skus: list[str]) -> BookLine:
    about = (order_id, str(number))
    # The square draws most lines from the front of the catalog: a fifth of the products has nearly half the demand.
    sku = skus[int(fraction("sku", *about) ** 2 * len(skus))]
    crate = 12 if happens(0.05, "crate", *about) else 1
    price = f"{3 + round(fraction('price', sku) * 60)}.{pick(('00', '50', '95'), 'cents', sku)}"
    return BookLine(str(number), sku, crate * _few("units", *about, most=8), price)


def _few(*about: str, most: int) -> int:
    """1 to `most`, small numbers far more often."""
    return 1 + int(fraction(*about) ** 3 * most)


def _cancellation(order: Order) -> Cancellation:
    parts = tuple(CancelledUnits(order.order_id, line.line_id, line.quantity) for line in order.lines)
    hours = 1 + round(fraction("hours", order.order_id) * 60)
    return Cancellation(order.at + timedelta(hours=hours), f"C-{order.order_id}", parts)
