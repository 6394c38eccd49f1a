"""Import many cards at once: everything is checked before anything is written, and a repeat changes nothing.

Cards are written in chunks, each all or none. Should writing stop in between (an outage, the end of the time), the
cards written so far are right as they are, and repeating the import writes the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from shared.catalog.model import Item, Supplier
from shared.catalog.ports import WRITE_LIMIT, CatalogStore
from shared.catalog.put import C, Outcome, Written, decide
from shared.catalog.put_items import put_items, with_supplier
from shared.catalog.put_suppliers import put_suppliers
from shared.kernel.errors import FieldError, Invalid, Unavailable

T = TypeVar("T")

Numbered = Sequence[tuple[int, T]]
"""Things with the number of the row they came from."""


@dataclass(frozen=True)
class ImportPlan:
    """What an import will do. `errors` is everything that is wrong with the rows; then nothing may be written."""

    outcomes: Mapping[Outcome, int]
    errors: list[FieldError]
    write: Callable[[Callable[[], bool]], None]
    """Carries it out. Asks its argument before each chunk whether there is time; without, Unavailable."""


def plan_items(rows: Numbered[Item], *, catalog: CatalogStore) -> ImportPlan:
    """Items by SKU. Unknown suppliers and SKUs that occur twice are errors."""
    suppliers = catalog.suppliers({one for _, item in rows for one in item.all_suppliers})
    errors = twice([(row, item.sku) for row, item in rows], "sku")
    items: list[Item] = []
    for row, item in rows:
        try:
            items.append(with_supplier(item, suppliers))
        except Invalid as error:
            errors += [replace(field, row=row) for field in error.errors]
    found = catalog.items(item.sku for item in items)
    present = {sku: one.item for sku, one in found.items()}
    written = [decide(item, present.get(item.sku), None) for item in items]

    def write(time_left: Callable[[], bool]) -> None:
        for chunk in _chunks(_changed(written), time_left):
            put_items(chunk, catalog=catalog)

    return ImportPlan(count(one.outcome for one in written), errors, write)


def plan_suppliers(rows: Numbered[Supplier], *, catalog: CatalogStore, now: datetime) -> ImportPlan:
    """Suppliers by id. Ids that occur twice are errors."""
    errors = twice([(row, one.supplier_id) for row, one in rows], "supplier_id")
    present = catalog.suppliers(one.supplier_id for _, one in rows)
    written = [decide(one, present.get(one.supplier_id), None) for _, one in rows]

    def write(time_left: Callable[[], bool]) -> None:
        for chunk in _chunks(_changed(written), time_left):
            put_suppliers(chunk, catalog=catalog, now=now)

    return ImportPlan(count(one.outcome for one in written), errors, write)


def count(outcomes: Iterable[Outcome]) -> Mapping[Outcome, int]:
    return Counter(outcomes)


def twice(rows: Numbered[str], field: str) -> list[FieldError]:
    """An error for each row whose key an earlier row has already."""
    first: dict[str, int] = {}
    errors = []
    for row, key in rows:
        seen = first.setdefault(key, row)
        if seen != row:
            errors.append(FieldError(f"/{field}", f"stands in row {seen} already", row))
    return errors


def check_time(time_left: Callable[[], bool]) -> None:
    """Raise Unavailable when a further write would not be finished in time."""
    if not time_left():
        raise Unavailable("the import is not finished yet; send the same request again to go on", retry_after=1)


def _changed(written: Iterable[Written[C]]) -> list[C]:
    return [one.card for one in written if one.outcome is not Outcome.UNCHANGED]


def _chunks(cards: list[C], time_left: Callable[[], bool]) -> Iterator[list[C]]:
    for start in range(0, len(cards), WRITE_LIMIT):
        check_time(time_left)
        yield cards[start : start + WRITE_LIMIT]
