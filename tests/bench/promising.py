"""Everybody who waits for one SKU is dated anew: when a supplier puts off half of what is on order, and when it is said again."""

from __future__ import annotations

from tests.bench.allocating import allocate, wait_for_one
from tests.bench.figures import Figure
from tests.bench.shop import Measured, Shop, opened, require

SIZES = (1_000, 10_000)
PUT_OFF_TO = "2026-03-20"


def put_off(shop: Shop, lines: int) -> tuple[Measured, Measured, int]:
    """Date `lines` lines after half their units were put off, then again: both runs, and how many lines got new dates.

    WrongResultError unless these are the lines beyond the first half and nothing else was written, and the second run wrote nothing.
    """
    sku, units = wait_for_one(shop, lines)
    (order,) = shop.ask("operations", "POST", "/v1/purchase-plans", {"dry_run": False})["orders"]
    allocate(shop, sku)
    before = _dates(shop)
    later = order["lines"][0]["ordered"] - sum(units) // 2
    answer = {"sku": sku, "status": "backordered", "quantity": later, "date": PUT_OFF_TO}
    path = f"/v1/purchase-orders/{order['purchase_order_id']}/acknowledge"
    shop.ask("operations", "POST", path, {"lines": [answer]})
    first = allocate(shop, sku)
    after = _dates(shop)
    changed = [n for n, dates in enumerate(after) if dates != before[n]]
    reached = _reached(units, sum(units) // 2)
    require(changed == list(range(reached, lines)), f"{len(changed)} of {lines} lines have new dates")
    again = allocate(shop, sku)
    require(_dates(shop) == after, "the second run changed something")
    require(again.used().write_units == 0, f"the second run wrote {again.used().write_units} units")
    shop.require_sound_books(settled=False)
    return first, again, len(changed)


def _reached(units: list[int], supply: int) -> int:
    """How many lines, from the first on, are wholly served by these units."""
    for n, wanted in enumerate(units):
        supply -= wanted
        if supply < 0:
            return n
    return len(units)


def _dates(shop: Shop) -> list[list[str]]:
    """Every promise of every line, in queue order."""
    lines = [item for item in shop.items() if item["kind"]["S"] == "line"]
    return [
        [str(promise) for promise in line["promises"]["L"]] for line in sorted(lines, key=lambda x: str(x["sk"]["S"]))
    ]


def benchmarks() -> list[Figure]:
    """Both sizes, each in a shop of its own."""
    figures: list[Figure] = []
    with opened() as shop:
        put_off(shop, 10)  # once for everything that is made on first use
    for lines in SIZES:
        with opened() as shop:
            first, again, changed = put_off(shop, lines)
        one, two = first.used(), again.used()
        name = f"date {lines:,} lines anew, {changed:,} change"
        figures += [
            Figure(name, first.cpu() * 1000 / lines, "CPU-ms/line"),
            Figure(name, one.write_units / changed, "write units/changed line"),
            Figure(name, one.read_units / lines, "read units/line"),
            Figure(name, one.calls, "AWS calls"),
            Figure(f"again, nothing changes, {lines:,} lines", two.read_units, "read units"),
        ]
    return figures
