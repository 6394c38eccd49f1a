"""Half the demand arrives for many who wait for one SKU; and the same message once more, when nothing is free."""

from __future__ import annotations

from collections.abc import Iterator

from tests.bench.figures import Figure, exponent
from tests.bench.seeding import Seed, cards, queue_up, suppliers
from tests.bench.shop import Measured, Shop, opened, require

SIZES = {100: 5, 1_000: 4, 10_000: 2}
"""Waiting lines -> runs, of which the fastest counts: what disturbs a run only ever slows it down."""

SMALLEST, MIDDLE, LARGEST = SIZES
CPU_PER_LINE = 0.5
EXPONENT = 1.1
RESCAN_GROWTH = 1.5


def wait_for_one(shop: Shop, lines: int) -> tuple[str, list[int]]:
    """Plant `lines` waiting lines of one SKU: the SKU and the units in queue order."""
    who = suppliers(1)
    items = cards(1, who)
    seed = Seed(items, who)
    sku = items[0].sku
    wanted = queue_up(seed, lines, [sku], shop.world.clock.now())
    seed.plant(shop)
    return sku, [units for _, units in wanted]


def receive(shop: Shop, sku: str, units: int) -> None:
    """Units arrive that nobody ordered; they are free."""
    body = {"receipt_id": f"receipt-{sku}", "supplier_id": "supplier-0", "lines": [{"sku": sku, "quantity": units}]}
    shop.ask("operations", "POST", "/v1/receipts", body)


def allocate(shop: Shop, sku: str) -> Measured:
    """Run the allocation as the change of the stock would."""
    with shop.measured() as measured:
        message = {"sku": sku, "cause": "supply", "rank": None}
        shop.invoke("allocate-stock", message, queue="allocate-stock.fifo")
    return measured


def expected(units: list[int], free: int) -> Iterator[tuple[int, int]]:
    """First come, first served, to the last unit."""
    for wanted in units:
        given = min(free, wanted)
        free -= given
        yield given, wanted - given


def half_arrives(shop: Shop, lines: int) -> tuple[Measured, Measured]:
    """Allocate half the demand, then run again. WrongResultError unless the queue was served to the unit."""
    sku, units = wait_for_one(shop, lines)
    free = sum(units) // 2
    receive(shop, sku, free)
    first = allocate(shop, sku)
    require(list(_in_queue_order(shop)) == list(expected(units, free)), f"{lines} lines were not served in order")
    again = allocate(shop, sku)
    require(list(_in_queue_order(shop)) == list(expected(units, free)), "the second run changed something")
    require(again.used().write_units == 0, f"the second run wrote {again.used().write_units} units")
    shop.require_sound_books(settled=False)
    return first, again


def _in_queue_order(shop: Shop) -> Iterator[tuple[int, int]]:
    """(released, waiting) of every line."""
    lines = [item for item in shop.items() if item["kind"]["S"] == "line"]
    for item in sorted(lines, key=lambda line: str(line["sk"]["S"])):
        yield int(item["released"]["N"]), int(item["waiting"]["N"])


def benchmarks() -> list[Figure]:
    """All sizes, each run in a shop of its own."""
    figures: list[Figure] = []
    first: dict[int, float] = {}
    again: dict[int, float] = {}
    _run(10)  # once for everything that is made on first use
    for lines, times in SIZES.items():
        runs = [_run(lines) for _ in range(times)]
        first[lines], again[lines] = (min(run[n].cpu() for run in runs) for n in (0, 1))
        one, two = (measured.used() for measured in runs[-1])
        name, repeat = f"allocate half to {lines:,} lines", f"again, nothing free, {lines:,} lines"
        target = CPU_PER_LINE if lines == LARGEST else None
        figures += [
            Figure(name, first[lines] * 1000, "CPU-ms", None, f"least of {times}"),
            Figure(name, first[lines] * 1000 / lines, "CPU-ms/line", target, "per waiting line, half of them served"),
            Figure(name, one.write_units / lines, "write units/line"),
            Figure(name, one.read_units / lines, "read units/line"),
            Figure(name, one.calls, "AWS calls"),
            Figure(repeat, again[lines] * 1000, "CPU-ms", None, f"least of {times}"),
            Figure(repeat, two.read_units, "read units"),
        ]
    growth = exponent((MIDDLE, first[MIDDLE]), (LARGEST, first[LARGEST]))
    rescan = again[LARGEST] / again[SMALLEST]
    return [
        *figures,
        Figure("allocate: growth from 1,000 to 10,000", growth, "exponent", EXPONENT),
        Figure("again: growth from 100 to 10,000", rescan, "times", RESCAN_GROWTH),
    ]


def _run(lines: int) -> tuple[Measured, Measured]:
    with opened() as shop:
        return half_arrives(shop, lines)
