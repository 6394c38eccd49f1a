"""Changing an order that exists: its lines first, chunk by chunk, then its head, each as often as it takes.

Every decision is made from the present state and is final in itself, so a change that was cut off is repeated, not
undone, and two at once end in the same state as one after the other.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from shared.backorders.ports import Stale
from shared.kernel import ids
from shared.kernel.errors import Contended, NotFound
from shared.purchasing.lines import PurchaseOrderLine
from shared.purchasing.model import PurchaseOrder, derived
from shared.purchasing.ports import OrderBook

_TRIES = 8
_PAUSE_SECONDS = 0.1

Pause = Callable[[float], None]


def must_read(book: OrderBook, purchase_order_id: str) -> PurchaseOrder:
    """The order, or NotFound."""
    order = book.read(purchase_order_id)
    if order is None:
        raise NotFound(f"there is no purchase order {purchase_order_id}")
    return order


def change_lines(
    order: PurchaseOrder,
    decide: Callable[[PurchaseOrderLine], PurchaseOrderLine],
    *,
    book: OrderBook,
    pause: Pause = time.sleep,
) -> bool:
    """Bring every line to what `decide` says of it; a line that changes meanwhile is read and decided again. True if
    there was anything to change."""
    for attempt in range(_TRIES):
        changes = [(line, after) for line in book.lines(order) if (after := decide(line)) != line]
        if not changes:
            return attempt > 0
        try:
            book.change(order, changes)
        except Contended:
            pause(ids.jitter(_PAUSE_SECONDS * 2**attempt))
    if any(decide(line) != line for line in book.lines(order)):
        raise _contended(order.id)
    return True


def change_head(
    purchase_order_id: str,
    decide: Callable[[PurchaseOrder, Sequence[PurchaseOrderLine]], PurchaseOrder],
    *,
    book: OrderBook,
    pause: Pause = time.sleep,
) -> tuple[PurchaseOrder, list[PurchaseOrderLine]]:
    """Change the head by what it and its lines are now; what follows from the lines is saved with it.

    The head is read before the lines, so nothing is saved over a head that knew more.
    """
    for attempt in range(_TRIES):
        order = must_read(book, purchase_order_id)
        lines = book.lines(order)
        changed = derived(decide(order, lines), lines)
        if changed == order:
            return order, lines
        try:
            changed = replace(changed, version=order.version + 1)
            book.save(changed)
        except (Stale, Contended):
            pause(ids.jitter(_PAUSE_SECONDS * 2**attempt))
        else:
            return changed, lines
    raise _contended(purchase_order_id)


def refresh_head(purchase_order_id: str, *, book: OrderBook, pause: Pause = time.sleep) -> PurchaseOrder:
    """Save what follows from the lines: status and next dates."""
    return change_head(purchase_order_id, lambda order, _: order, book=book, pause=pause)[0]


def _contended(purchase_order_id: str) -> Contended:
    return Contended(f"purchase order {purchase_order_id} is being changed by others", retry_after=1)
