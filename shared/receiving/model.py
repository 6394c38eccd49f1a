"""A delivery as it was counted, and what became of each of its lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Outcome = Literal["posted", "over", "not_ordered", "rejected", "unknown_sku"]


@dataclass(frozen=True)
class CountedLine:
    """One line of the delivery: `quantity` good units for the shelf, `rejected` ones on top that never get there."""

    sku: str
    quantity: int
    rejected: int = 0


@dataclass(frozen=True)
class Receipt:
    """The document. `against` is the order it was posted to (None: as free stock), `problem` says why if it names
    another. Times are microseconds since 1970."""

    receipt_id: str
    supplier_id: str
    purchase_order_id: str | None
    received_at: int
    lines: tuple[CountedLine, ...]
    digest: str
    request_key: str
    actor: str
    at: int
    status: Literal["posting", "posted"] = "posting"
    against: str | None = None
    problem: str | None = None


@dataclass(frozen=True)
class SkuTotal:
    """All lines of one SKU in a receipt together; `n` is the first of them."""

    n: int
    sku: str
    quantity: int
    rejected: int


@dataclass(frozen=True)
class Posted:
    """What was posted of one SKU: units into stock, and of these the units that were open on the order's line."""

    sku: str
    units: int
    rejected: int
    applied: int
    listed: bool
    """The purchase order has a line for it."""


@dataclass(frozen=True)
class LineResult:
    """What became of one line as it was counted."""

    line: CountedLine
    posted: int
    applied: int
    over: int
    outcome: Outcome


def totals(lines: tuple[CountedLine, ...]) -> list[SkuTotal]:
    """Lines of one SKU are posted together, so that they are never compared with the same open units twice."""
    found: dict[str, SkuTotal] = {}
    for n, line in enumerate(lines):
        had = found.get(line.sku, SkuTotal(n, line.sku, 0, 0))
        found[line.sku] = SkuTotal(had.n, line.sku, had.quantity + line.quantity, had.rejected + line.rejected)
    return list(found.values())


def results(receipt: Receipt, posted: Mapping[str, Posted]) -> list[LineResult]:
    """What was posted per SKU, told line by line: earlier lines filled the order first."""
    left = {sku: entry.applied for sku, entry in posted.items()}
    out = []
    for line in receipt.lines:
        entry = posted.get(line.sku)
        if entry is None:
            out.append(LineResult(line, 0, 0, 0, "unknown_sku"))
            continue
        applied = min(left[line.sku], line.quantity)
        left[line.sku] -= applied
        over = line.quantity - applied if receipt.against else 0
        out.append(LineResult(line, line.quantity, applied, over, _outcome(line, entry, receipt, over)))
    return out


def _outcome(line: CountedLine, entry: Posted, receipt: Receipt, over: int) -> Outcome:
    if receipt.against and not entry.listed:
        return "not_ordered"
    if over:
        return "over"
    return "posted" if line.quantity else "rejected"
