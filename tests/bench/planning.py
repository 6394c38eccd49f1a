"""Open demand of a hundred SKUs becomes purchase orders to ten suppliers."""

from __future__ import annotations

from tests.bench.figures import Figure, exponent
from tests.bench.seeding import Seed, cards, queue_up, suppliers
from tests.bench.shop import Measured, Shop, opened, require

SIZES = (1_000, 10_000)
SUPPLIERS, SKUS, PACK = 10, 100, 6


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
    ordered = {line["sku"]: line["ordered"] for order in answer["orders"] for line in order["lines"]}
    needed = {item.sku: -(-seed.waiting(item.sku) // PACK) * PACK for item in items}
    require(ordered == needed, "what was ordered is not what was needed")
    shop.require_sound_books(settled=False)
    again = shop.ask("operations", "POST", "/v1/purchase-plans", {"dry_run": False})
    require(not [order for order in again["orders"] if order["lines"]], "a second plan ordered again")
    return measured


def benchmarks() -> list[Figure]:
    """Both sizes, each in a shop of its own."""
    figures: list[Figure] = []
    seconds: dict[int, float] = {}
    with opened() as shop:
        plan(shop, SKUS)  # once for everything that is made on first use
    for lines in SIZES:
        with opened() as shop:
            measured = plan(shop, lines)
        seconds[lines] = measured.cpu()
        used, name = measured.used(), f"plan {lines:,} lines"
        figures += [
            Figure(name, measured.cpu() * 1000, "CPU-ms", None, f"{SKUS} SKUs, {SUPPLIERS} suppliers"),
            Figure(name, measured.cpu() * 1e6 / lines, "CPU-us/line"),
            Figure(name, used.write_units, "write units"),
            Figure(name, used.read_units, "read units"),
            Figure(name, used.calls, "AWS calls"),
        ]
    small, large = SIZES
    growth = exponent((small, seconds[small]), (large, seconds[large]))
    return [*figures, Figure("plan: growth from 1,000 to 10,000", growth, "exponent")]
