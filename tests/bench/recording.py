"""Recording an order over HTTP: new, and repeated."""

from __future__ import annotations

from typing import Any

from tests.bench.figures import Figure, middle, spread
from tests.bench.seeding import Seed, cards, suppliers
from tests.bench.shop import Measured, Shop, opened, require

LARGEST = 1114  # lines of the largest order in a year of a gift wholesaler
SIZES = {1: 100, 3: 200, 15: 60, 100: 10, LARGEST: 3}
"""Lines an order -> orders that are timed."""

TARGETS = {3: 10.0}


def open_catalogue(shop: Shop, items: int = LARGEST) -> list[str]:
    """Plant a catalogue; returns its SKUs."""
    who = suppliers(3)
    catalogue = cards(items, who)
    Seed(catalogue, who).plant(shop)
    return [card.sku for card in catalogue]


def body(order_id: str, skus: list[str]) -> dict[str, Any]:
    """An order of two units of each SKU."""
    return {
        "order_id": order_id,
        "customer": {
            "id": "c-1042",
            "email": "astrid.lindqvist@example.com",
            "name": "Astrid Lindqvist",
            "locale": "sv",
            "country": "SE",
        },
        "currency": "EUR",
        "lines": [
            {"line_id": str(n + 1), "sku": sku, "quantity": 2, "unit_price": "19.90"} for n, sku in enumerate(skus)
        ],
    }


def record(shop: Shop, order: dict[str, Any], *, key: str | None = None) -> tuple[Any, Measured]:
    """Record one order and require that the answer is it, whole and waiting."""
    with shop.measured() as measured:
        answer = shop.ask("storefront", "POST", "/v1/backorders", order, key=key)
    wanted = [(line["line_id"], line["sku"], line["quantity"]) for line in order["lines"]]
    got = [(line["line_id"], line["sku"], line["quantities"]["waiting"]) for line in answer["lines"]]
    require(got == wanted, f"{order['order_id']}: recorded {len(got)} lines of {len(wanted)}")
    require(all(line["promise"]["by"] for line in answer["lines"]), f"{order['order_id']}: a line without a promise")
    return answer, measured


def benchmarks() -> list[Figure]:
    """Each size in a shop of its own."""
    figures = []
    for lines, orders in SIZES.items():
        figures += _recorded(lines, orders)
    return figures + _repeated()


def _recorded(lines: int, orders: int) -> list[Figure]:
    with opened() as shop:
        skus = open_catalogue(shop)[:lines]
        record(shop, body("warm-up", skus))
        runs = [record(shop, body(f"order-{n}", skus))[1] for n in range(orders)]
        shop.require_sound_books(settled=False)
        stored = sum(item["kind"]["S"] == "line" for item in shop.items())
    require(stored == lines * (orders + 1), f"{stored} lines are stored")
    seconds = [run.cpu() for run in runs]
    used = runs[-1].used()
    name = f"record {lines:,} lines" if lines > 1 else "record 1 line"
    return [
        Figure(name, middle(seconds), "CPU-ms/order", TARGETS.get(lines), spread(seconds)),
        Figure(name, used.write_units, "write units"),
        Figure(name, used.read_units, "read units"),
        Figure(name, used.calls, "AWS calls"),
    ]


def _repeated(times: int = 100) -> list[Figure]:
    with opened() as shop:
        skus = open_catalogue(shop, 3)
        order = body("order-1", skus)
        first, _ = record(shop, order, key="first")
        runs = []
        for n in range(times):
            again, measured = record(shop, order, key="first" if n % 2 else f"other-{n}")
            require(again["backorder_id"] == first["backorder_id"], "a repeat became another order")
            runs.append(measured)
        stored = sum(item["kind"]["S"] == "line" for item in shop.items())
        require(stored == 3, f"{times} repeats left {stored} lines")
        shop.require_sound_books(settled=False)
    seconds = [run.cpu() for run in runs]
    used = runs[-1].used()
    return [
        Figure("repeat of 3 lines", middle(seconds), "CPU-ms/request", None, spread(seconds)),
        Figure("repeat of 3 lines", used.write_units, "write units"),
        Figure("repeat of 3 lines", used.read_units, "read units"),
        Figure("repeat of 3 lines", used.calls, "AWS calls"),
    ]
