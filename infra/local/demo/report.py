"""The report: what was read, how it was played, what became of it, and one last line for programs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain

from infra.local.demo import customers, play, readers, setting_up, storefront, suppliers, supply, warehouse
from infra.local.demo.book import OrderBook
from infra.local.demo.figures import Figures
from infra.local.demo.service import Stopwatch
from infra.local.demo.supply import Supply

_KEYS = (
    "orders", "lines", "units_ordered", "units_backordered", "purchase_orders", "units_purchased", "receipts",
    "units_allocated", "units_released", "units_shipped", "units_cancelled", "units_switched", "units_in", "mails",
    "promises", "promises_kept", "dead_letters", "invariant_violations", "virtual_days", "wall_seconds",
)  # fmt: skip
_SHOWN = 10


def last_line(figures: Figures) -> str:
    """`REPORT {json}`, the keys always in the same order."""
    return "REPORT " + json.dumps({key: figures.json[key] for key in _KEYS})


def render(
    book: OrderBook, supply_side: Supply, did: Counter[str], refusals: list[str], figures: Figures, watch: Stopwatch
) -> str:
    """The whole report as text, its last line included."""
    parts = (
        _read(book),
        _played(supply_side),
        _did(did, refusals),
        _became(figures),
        _time(watch, figures.json["wall_seconds"]),
        _verdict(figures),
        [last_line(figures)],
    )
    return "\n".join(line for part in parts for line in part)


def _read(book: OrderBook) -> Iterator[str]:
    yield f"What was read: {book.source}"
    yield from _counts(book.read)
    if +book.skipped:
        yield "  left out, rows:"
        yield from _ruled(book.skipped, book.rules)
    if +book.remarks:
        yield "  remarkable:"
        yield from _ruled(book.remarks, book.rules)
    for example in book.examples:
        yield f"  for example {example}"
    yield ""


def _played(supply_side: Supply) -> Iterator[str]:
    yield "How it was played (who supplies what, and how people behave, is our rule; no file says it)"
    actors = (supply, setting_up, storefront, customers, readers, suppliers, warehouse, play)
    for rule in chain.from_iterable(actor.RULE for actor in actors):
        yield f"  - {rule}"
    yield f"  - Lead times: {supply_side.lead_time_source}."
    yield ""


def _did(did: Counter[str], refusals: list[str]) -> Iterator[str]:
    yield "What people did"
    yield from _counts(did)
    for refusal in refusals[:_SHOWN]:
        yield f"  {refusal}"
    yield ""


def _became(figures: Figures) -> Iterator[str]:
    told = figures.json
    yield "What became of it"
    yield from _counts({key: value for key, value in told.items() if isinstance(value, int)})
    yield "  units are now: " + _inline(told["units_in"])
    yield "  (a switched unit is ordered twice: on the line it left and on the line it went to)"
    yield "  purchase orders sent: " + _inline(figures.purchase_orders)
    yield "  mails: " + _inline(figures.mails)
    promises = figures.orders.promises
    judged = promises["kept"] + promises["broken"]
    share = f", {promises['kept'] / judged:.1%} of those due" if judged else ""
    yield (
        f"  first promises of lines that waited: {promises['kept']} kept{share}, {promises['broken']} broken, "
        f"{promises['open']} not due yet, {promises['void']} void (taken back in time)"
    )
    yield "  (kept: by its `by` date no unit of the line waited any more)"
    yield ""


def _time(watch: Stopwatch, wall_seconds: float) -> Iterator[str]:
    yield f"Where the time went ({wall_seconds:.1f} s)"
    for name, seconds in sorted(watch.seconds.items(), key=lambda pair: -pair[1]):
        calls = watch.calls[name]
        yield f"  {seconds:9.1f} s  {calls:7} x {seconds / calls * 1000:8.1f} ms  {name}"
    yield ""


def _verdict(figures: Figures) -> Iterator[str]:
    if figures.sound:
        yield "Sound: every request answered as expected, no dead letter, no rule broken, all sums agree."
        return
    yield "NOT SOUND"
    problems: Iterable[tuple[str, list[object]]] = (
        ("unexpected answer", list(figures.failures)),
        ("dead letter", list(figures.dead_letters)),
        ("rule broken", figures.violations),
        ("sums differ", list(figures.disagreements)),
    )
    for name, found in problems:
        for one in found[:_SHOWN]:
            yield f"  {name}: {one}"
        if len(found) > _SHOWN:
            yield f"  {name}: and {len(found) - _SHOWN} more"


def _counts(counts: Counter[str] | dict[str, int]) -> Iterator[str]:
    for name, count in counts.items():
        yield f"  {count:>9}  {name}"


def _ruled(counts: Counter[str], rules: dict[str, str]) -> Iterator[str]:
    for name, count in counts.items():
        if count:
            yield f"  {count:>9}  {name}: {rules[name]}"


def _inline(counts: Counter[str] | dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items()) or "none"
