"""Correct the stock of a SKU: a count, damage, a sale elsewhere, a return, the opening stock. Never a delivery.

Units found become free. A loss takes free units first, then allocated ones from the back of the queue; if even that is
not enough the correction is refused until a release is recalled.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from shared.backorders.model import Line, LineChange
from shared.backorders.ports import Stale
from shared.inventory.model import Stock
from shared.kernel.clock import micros
from shared.kernel.errors import Conflict, Contended, FieldError, Invalid, KeyReused

Reason = Literal["count", "damage", "sold_elsewhere", "returned", "opening"]
_TRIES = 8


@dataclass(frozen=True)
class CorrectStock:
    """Either `delta` (units, signed) or `counted` (free + allocated + released units found on the shelf)."""

    correction_id: str
    sku: str
    delta: int | None
    counted: int | None
    reason: Reason
    request_key: str
    digest: str
    actor: str


@dataclass(frozen=True)
class Corrected:
    """Units added (negative: lost), units taken back from orders, and the free units afterwards."""

    correction_id: str
    sku: str
    delta: int
    deallocated: int
    free: int
    replayed: bool = False
    same_key: bool = False


@dataclass(frozen=True)
class Posted:
    """A correction as it was posted."""

    result: Corrected
    request_key: str
    digest: str


class CorrectionStore(Protocol):
    """Posts a correction with its ledger entry in one transaction. Raises Stale."""

    def posted(self, correction_id: str) -> Posted | None: ...

    def stock(self, sku: str) -> Stock | None: ...

    def on_shelf(self, sku: str) -> tuple[int, int]:
        """(allocated, released) units of the SKU's lines."""
        ...

    def last_allocated(self, sku: str) -> Iterator[Line]:
        """Lines with allocated units, last in the queue first."""
        ...

    def post(self, command: CorrectStock, result: Corrected, stock: Stock, back: list[LineChange], at: int) -> None: ...


def correct_stock(command: CorrectStock, *, store: CorrectionStore, now: datetime) -> Corrected:
    """Once per correction id. Raises Invalid (SKU), Conflict (too few units, other content), KeyReused."""
    for _ in range(_TRIES):
        posted = store.posted(command.correction_id)
        if posted is not None:
            return _first_answer(command, posted)
        try:
            return _post(command, store, micros(now))
        except Stale:
            continue
        except Conflict:
            if store.posted(command.correction_id) is None:  # else the same request came twice, and met more units
                raise
    raise Contended("the stock kept changing; undecided, please try again", retry_after=1)


def _post(command: CorrectStock, store: CorrectionStore, at: int) -> Corrected:
    stock = store.stock(command.sku)
    if stock is None:
        raise Invalid.at("/sku", "there is no such item")
    delta = _delta(command, stock, store)
    back = _taken_back(delta, stock, store, at, command)
    units = sum(change.deltas["waiting"] for change in back)
    result = Corrected(command.correction_id, command.sku, delta, units, stock.free + delta + units)
    store.post(command, result, stock, back, at)
    return result


def _first_answer(command: CorrectStock, posted: Posted) -> Corrected:
    same_key = posted.request_key == command.request_key
    if posted.digest != command.digest:
        if same_key:
            raise KeyReused("this Idempotency-Key was used for the same correction with another body")
        raise Conflict(
            "this correction was posted with other content",
            errors=(FieldError("/correction_id", "already posted with other content"),),
        )
    first = posted.result
    return Corrected(
        first.correction_id, first.sku, first.delta, first.deallocated, first.free, replayed=True, same_key=same_key
    )


def _delta(command: CorrectStock, stock: Stock, store: CorrectionStore) -> int:
    if command.delta is not None:
        return command.delta
    allocated, released = store.on_shelf(command.sku)
    return (command.counted or 0) - (stock.free + allocated + released)


def _taken_back(delta: int, stock: Stock, store: CorrectionStore, at: int, command: CorrectStock) -> list[LineChange]:
    """Allocated units that a loss takes beyond the free ones, from the back of the queue."""
    missing = -delta - stock.free
    changes: list[LineChange] = []
    if missing <= 0:
        return changes
    for line in store.last_allocated(command.sku):
        units = min(missing, line.allocated)
        cause = f"{command.reason} {command.correction_id}"
        changes.append(LineChange(line).move("deallocate", "allocated", units, at=at, actor=command.actor, cause=cause))
        missing -= units
        if missing == 0:
            return changes
    raise Conflict(
        f"{missing} units more than are free or allocated; recall a release first",
        errors=(FieldError("/counted" if command.delta is None else "/delta", "takes more than can be taken back"),),
    )
