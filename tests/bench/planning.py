"""Open demand of a hundred SKUs becomes purchase orders to ten suppliers; and once that of a thousand to fifty."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.bench.figures import Figure, exponent
from tests.bench.seeding import Seed, cards, queue_up, queue_up_together, suppliers
from tests.bench.shop import Json, Measured, Shop, opened, require

SIZES = (1_000, 10_000)
SUPPLIERS, SKUS, PACK = 10, 100, 6
LARGE, LARGE_SUPPLIERS, LARGE_SKUS, LINES_EACH = 100_000, 50, 1_000, 10
AFTER_CUT_OFF = datetime(2026, 1, 5, 15, tzinfo=UTC)


def plan(shop: Shop, lines: int) -> Measured:
    """Plan the demand of `lines` orders. WrongResultError unless every SKU is ordered once, rounded up to packs."""
    who = suppliers(SUPPLIERS)
    items = cards(SKUS, who, PACK)
    seed = Seed(items, who)
    queue_up(seed, lines, [item.sku for item in items], shop.world.clock.now())
    seed.plant(shop)
    with shop.measured() as measured:
        answer = shop.ask("operations", "POST", "/v1/purchase-plans", {"dry_run": False})
    require(len(answer["orders"]) == SUPPLIERS, f"{len(answer['orders'])} purchase orders")
    require(_ordered(answer["orders"]) == _needed(seed), "what was ordered is not what was needed")
    shop.require_sound_books(settled=False)
    again = shop.ask("operations", "POST", "/v1/purchase-plans", {"dry_run": False})
    require(not [order for order in again["orders"] if order["lines"]], "a second plan ordered again")
    return measured


def plan_by_schedule(shop: Shop, lines: int) -> Measured:
    """One hourly run over the demand of `lines` lines, LARGE_SKUS SKUs and LARGE_SUPPLIERS suppliers. WrongResultError
    unless that one run orders every SKU once, rounded up to packs, and a second one nothing."""
    who = suppliers(LARGE_SUPPLIERS)
    seed = Seed(cards(LARGE_SKUS, who, PACK), who)
    queue_up_together(seed, lines // LINES_EACH, LINES_EACH, shop.world.clock.now())
    seed.plant(shop)
    with shop.measured() as measured:
        shop.run("plan-purchase-orders")
    require(measured.invocations == 1, f"{measured.invocations} invocations")
    orders = list(_orders(shop))
    require(len(orders) == LARGE_SUPPLIERS, f"{len(orders)} purchase orders")
    require(_ordered(orders) == _needed(seed), "what was ordered is not what was needed")
    shop.run("plan-purchase-orders")
    require(len(list(_orders(shop))) == len(orders), "a second run ordered again")
    return measured


def _orders(shop: Shop) -> list[Json]:
    found, cursor = [], ""
    while True:
        page = shop.ask("operations", "GET", f"/v1/purchase-orders?limit=100{cursor}")
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"


def _ordered(orders: list[Json]) -> dict[str, int]:
    return {line["sku"]: line["ordered"] for order in orders for line in order["lines"]}


def _needed(seed: Seed) -> dict[str, int]:
    return {sku: -(-seed.waiting(sku) // PACK) * PACK for sku in seed.skus}


def benchmarks() -> list[Figure]:
    """All sizes, each in a shop of its own."""
    figures: list[Figure] = []
    seconds: dict[int, float] = {}
    with opened() as shop:
        plan(shop, SKUS)  # once for everything that is made on first use
    for lines in SIZES:
        with opened() as shop:
            measured = plan(shop, lines)
        seconds[lines] = measured.cpu()
        figures += _figures(lines, measured, f"{SKUS} SKUs, {SUPPLIERS} suppliers")
    small, large = SIZES
    growth = exponent((small, seconds[small]), (large, seconds[large]))
    figures.append(Figure("plan: growth from 1,000 to 10,000", growth, "exponent"))
    with opened(AFTER_CUT_OFF) as shop:
        measured = plan_by_schedule(shop, LARGE)
    return figures + _figures(LARGE, measured, f"{LARGE_SKUS} SKUs, {LARGE_SUPPLIERS} suppliers, one run")


def _figures(lines: int, measured: Measured, note: str) -> list[Figure]:
    used, name = measured.used(), f"plan {lines:,} lines"
    return [
        Figure(name, measured.cpu() * 1000, "CPU-ms", None, note),
        Figure(name, measured.cpu() * 1e6 / lines, "CPU-us/line"),
        Figure(name, used.write_units, "write units"),
        Figure(name, used.read_units, "read units"),
        Figure(name, used.calls, "AWS calls"),
    ]
