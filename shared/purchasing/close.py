"""Approve an order, call it off, or stop waiting for its rest."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from shared.backorders.ports import Stale
from shared.kernel.clock import micros
from shared.kernel.errors import Conflict, Contended, InProgress
from shared.purchasing.change import change_head, change_lines, must_read
from shared.purchasing.lines import PurchaseOrderLine
from shared.purchasing.model import PurchaseOrder, derived
from shared.purchasing.ports import OrderBook

Result = tuple[PurchaseOrder, list[PurchaseOrderLine]]
Pause = Callable[[float], None]


@dataclass(frozen=True)
class Instruct:
    """An operator's word about one order."""

    purchase_order_id: str
    actor: str
    reason: str = ""


def approve(command: Instruct, *, book: OrderBook, now: datetime, pause: Pause = time.sleep) -> Result:
    """Let an order go to its supplier. Approving one whose mail's fate is unknown sends the mail again, on purpose.

    Approving what is approved changes nothing. Raises NotFound, Conflict (also when all of it has come already),
    InProgress.
    """

    def decide(head: PurchaseOrder, lines: Sequence[PurchaseOrderLine]) -> PurchaseOrder:
        _check_quiet(head)
        if head.stage == "held":
            because = f": {head.reason}" if head.reason else ""
            raise Conflict(f"the purchase order is held{because}")
        _check_open(derived(head, lines))
        unknown = head.stage == "approved" and head.mail is not None and head.mail.state == "unknown"
        if head.stage != "awaiting_approval" and not unknown:
            return head
        head = replace(head, stage="approved").with_mail("purchase_order", micros(now))
        return head.noted(micros(now), "approved", command.actor, command.reason)

    return change_head(command.purchase_order_id, decide, book=book, pause=pause)


def cancel(command: Instruct, *, book: OrderBook, now: datetime, pause: Pause = time.sleep) -> Result:
    """Call off what is still open. The units leave what is on order; what has come stays. Raises as `approve` does."""
    return _close(command, "cancelled", book, now, pause)


def close_short(command: Instruct, *, book: OrderBook, now: datetime, pause: Pause = time.sleep) -> Result:
    """Stop waiting for the rest of an order that the supplier has. Raises as `approve` does."""
    return _close(command, "closed_short", book, now, pause)


def _close(
    command: Instruct,
    how: Literal["cancelled", "closed_short"],
    book: OrderBook,
    now: datetime,
    pause: Pause,
) -> Result:
    order = must_read(book, command.purchase_order_id)
    if order.closing is None:
        if order.status == how:
            return order, book.lines(order)
        _check_closable(order, how)
        begun = replace(order, closing=how, version=order.version + 1)
        begun = begun.noted(micros(now), how, command.actor, command.reason)
        try:
            book.save(begun)
        except Stale:
            raise Contended("the purchase order is being changed", retry_after=1) from None
        order = begun
    return finish_closing(order, book=book, now=now, pause=pause)


def finish_closing(
    order: PurchaseOrder, *, book: OrderBook, now: datetime, pause: Pause = time.sleep
) -> tuple[PurchaseOrder, list[PurchaseOrderLine]]:
    """Close every line and then the head. Repeatable: also run for orders whose closing was cut off."""
    how = order.closing
    if order.stage != "held":  # a proposal has no lines that count
        change_lines(order, lambda line: line.close() if line.open else line, book=book, pause=pause)

    def done(head: PurchaseOrder, _: Sequence[PurchaseOrderLine]) -> PurchaseOrder:
        if head.closing is None:
            return head
        closed = replace(head, closing=None, stage="cancelled" if how == "cancelled" else head.stage)
        if head.unsent or head.stage == "held":
            return replace(closed, mail=None)
        return closed.with_mail("purchase_order_changed", micros(now))

    return change_head(order.id, done, book=book, pause=pause)


def _check_closable(order: PurchaseOrder, how: str) -> None:
    _check_quiet(order)
    _check_open(order)
    if how == "closed_short" and (order.stage == "held" or (order.unsent and order.status != "partially_received")):
        raise Conflict("the supplier does not have the purchase order yet: cancel it instead")


def _check_open(order: PurchaseOrder) -> None:
    if order.finished:
        raise Conflict(f"the purchase order is {order.status.replace('_', ' ')}: nothing of it is open")


def _check_quiet(order: PurchaseOrder) -> None:
    if order.collecting or order.closing is not None or order.answering is not None:
        raise InProgress("the purchase order is being changed", retry_after=2)
