"""Import opening stock: the units of a SKU that were on the shelf before this service began to count them.

A SKU has one opening stock. The same row again changes nothing; another number is an error: later changes are
corrections.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from shared.catalog.import_cards import ImportPlan, Numbered, check_time, count, twice
from shared.catalog.put import Outcome
from shared.kernel import ids
from shared.kernel.errors import FieldError


@dataclass(frozen=True)
class OpeningStock:
    sku: str
    units: int

    @property
    def correction_id(self) -> str:
        """The correction that posts it: one per SKU, whatever file it came in."""
        return f"opening-{ids.digest(self.sku)}"


class StockLedger(Protocol):
    """Reads for many SKUs at once, and the posting of one."""

    def known(self, skus: Iterable[str]) -> set[str]:
        """Those that have an item."""
        ...

    def posted(self, correction_ids: Iterable[str]) -> dict[str, int]:
        """Units of the corrections that exist."""
        ...

    def post(self, opening: OpeningStock) -> None:
        """Post it; a repeat is harmless."""
        ...


def plan_opening_stock(rows: Numbered[OpeningStock], *, ledger: StockLedger) -> ImportPlan:
    """Opening stock by SKU. Unknown SKUs, SKUs that occur twice or have another opening stock already are errors."""
    errors = twice([(row, one.sku) for row, one in rows], "sku")
    known = ledger.known(one.sku for _, one in rows)
    posted = ledger.posted(one.correction_id for _, one in rows)
    new: list[OpeningStock] = []
    for row, one in rows:
        units = posted.get(one.correction_id)
        if one.sku not in known:
            errors.append(FieldError("/sku", "is not a known item", row))
        elif units is None:
            new.append(one)
        elif units != one.units:
            errors.append(FieldError("/quantity", "is not the opening stock posted before; post a correction", row))

    def write(time_left: Callable[[], bool]) -> None:
        for one in new:
            check_time(time_left)
            ledger.post(one)

    outcomes = [Outcome.CREATED] * len(new) + [Outcome.UNCHANGED] * (len(rows) - len(new))
    return ImportPlan(count(outcomes), errors, write)
