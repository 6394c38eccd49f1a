"""The supplier's answer per line: accepted, changed, rejected, or put off. Lines without an answer stay as they are.

An answer is taken whole or not at all. One transaction takes its lines, and the order's head with them where the answer
depends on it; an answer to more lines than that is written down first and then worked through, and whoever comes next
(its repeat, another answer, the hourly chase) finishes it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo

from shared.backorders.ports import Stale
from shared.catalog.model import Supplier
from shared.kernel import ids
from shared.kernel.clock import from_micros, micros
from shared.kernel.errors import Conflict, Contended, InProgress, Invalid
from shared.purchasing.answers import Acknowledge, apply, issued_before, state_of, wrong_answers
from shared.purchasing.change import change_head, change_lines, must_read
from shared.purchasing.lines import PurchaseOrderLine
from shared.purchasing.model import UNPLACED, PurchaseOrder, derived
from shared.purchasing.ports import Change, OrderBook

_TRIES = 8
_PAUSE_SECONDS = 0.1
_ABANDONED_MICROS = 60_000_000  # longer than any request may run

Result = tuple[PurchaseOrder, list[PurchaseOrderLine]]
Suppliers = Callable[[str], Supplier]
Pause = Callable[[float], None]


def acknowledge(
    command: Acknowledge,
    *,
    book: OrderBook,
    suppliers: Suppliers,
    now: datetime,
    zone: tzinfo,
    pause: Pause = time.sleep,
) -> Result:
    """The order and its lines afterwards; `zone` is the shop's. The same answer again changes nothing.

    Units that will not come leave what is on order, so the next plan sees them. Raises NotFound, Invalid (an answer
    makes no sense), Conflict (nothing is open, or the order has changed since it was `seen`), InProgress.
    """
    for attempt in range(_TRIES):
        order = must_read(book, command.purchase_order_id)
        order = _finish_another(order, command, book=book, suppliers=suppliers, now=now, pause=pause)
        lines = book.lines(order)
        _check_sense(command, lines, now, zone)
        changes = _changes(command, order, lines, suppliers, now)
        if not changes and order.acknowledged_at is not None and order.answering is None:
            return order, lines
        check_answerable(order)
        _check_seen(command, order, lines)
        try:
            if len(changes) > book.lines_with_head:
                _begin(command, order, now, book)
                return finish_answer(command.purchase_order_id, book=book, suppliers=suppliers, pause=pause)
            if (
                command.seen is not None
                or command.issued is not None
                or any(after.open > before.open for before, after in changes)
            ):
                return _take_with_head(command, order, lines, changes, now, book)
            book.change_together(order, changes)
            return change_head(order.id, lambda head, _: _noted(head, command, micros(now)), book=book, pause=pause)
        except (Stale, Contended):
            pause(ids.jitter(_PAUSE_SECONDS * 2**attempt))
    raise Contended(f"purchase order {command.purchase_order_id} is being changed by others", retry_after=1)


def finish_answer(
    purchase_order_id: str, *, book: OrderBook, suppliers: Suppliers, pause: Pause = time.sleep
) -> Result:
    """Work through an answer that was written down: all its lines, then the head. Repeatable."""
    order = must_read(book, purchase_order_id)
    if order.answering is None:
        return order, book.lines(order)
    command, at = book.answer_of(order)
    supplier, now = suppliers(order.supplier_id), from_micros(at)
    answers = {answer.sku: answer for answer in command.answers}

    def decide(line: PurchaseOrderLine) -> PurchaseOrderLine:
        answer = answers.get(line.sku)
        return line if answer is None else apply(line, answer, supplier, now)

    change_lines(order, decide, book=book, pause=pause)

    def done(head: PurchaseOrder, _: Sequence[PurchaseOrderLine]) -> PurchaseOrder:
        return head if head.answering != order.answering else replace(_noted(head, command, at), answering=None)

    return change_head(purchase_order_id, done, book=book, pause=pause)


def abandoned(order: PurchaseOrder, now: datetime) -> bool:
    """Whether an answer was written down and nobody is working on it any more."""
    return order.answering is not None and micros(now) - order.answering[1] >= _ABANDONED_MICROS


def _check_sense(command: Acknowledge, lines: Sequence[PurchaseOrderLine], now: datetime, zone: tzinfo) -> None:
    wrong = wrong_answers(command.answers, lines, now, zone)
    if wrong:
        raise Invalid("the answer cannot be taken as it is", errors=tuple(one.error for one in wrong))


def _changes(
    command: Acknowledge,
    order: PurchaseOrder,
    lines: Sequence[PurchaseOrderLine],
    suppliers: Suppliers,
    now: datetime,
) -> list[Change]:
    supplier = suppliers(order.supplier_id)
    answers = {answer.sku: answer for answer in command.answers}
    answered = ((line, apply(line, answers[line.sku], supplier, now)) for line in lines if line.sku in answers)
    return [(before, after) for before, after in answered if before != after]


def _take_with_head(
    command: Acknowledge,
    order: PurchaseOrder,
    lines: Sequence[PurchaseOrderLine],
    changes: Sequence[Change],
    now: datetime,
    book: OrderBook,
) -> Result:
    """For an answer to what the order was when it was read, or one that opens again what was closed: nothing may have
    happened to the order meanwhile, also not to its other lines. The head in the transaction costs a unit more."""
    changed = {after.sku: after for _, after in changes}
    after = [changed.get(line.sku, line) for line in lines]
    head = derived(_noted(order, command, micros(now)), after)
    head = replace(head, version=order.version + 1)
    book.save(head, changes)
    return head, [replace(line, version=line.version + 1) if line.sku in changed else line for line in after]


def _noted(order: PurchaseOrder, command: Acknowledge, at: int) -> PurchaseOrder:
    if order.stage == "cancelled":
        return order
    summary = ", ".join(sorted({answer.reply for answer in command.answers}))
    as_of = command.issued or order.answered_as_of
    order = replace(order, stage="acknowledged", acknowledged_at=at, answered_as_of=as_of, reminders=0)
    return order.noted(at, "acknowledged", command.actor, summary)


def _begin(command: Acknowledge, order: PurchaseOrder, now: datetime, book: OrderBook) -> None:
    """Write the answer down: from now on it will be taken whole, whatever happens to us."""
    book.begin_answer(replace(order, answering=(command.token, micros(now)), version=order.version + 1), command)


def _finish_another(
    order: PurchaseOrder, command: Acknowledge, *, book: OrderBook, suppliers: Suppliers, now: datetime, pause: Pause
) -> PurchaseOrder:
    """The order without a half-done answer: what this command repeats, or nobody works on any more, is finished."""
    if order.answering is None:
        return order
    if order.answering[0] != command.token and not abandoned(order, now):
        raise InProgress("another answer to this purchase order is being taken", retry_after=5)
    return finish_answer(order.id, book=book, suppliers=suppliers, pause=pause)[0]


def check_answerable(order: PurchaseOrder) -> None:
    """Conflict or InProgress for an order to which nothing can be said now."""
    if order.collecting or order.closing is not None:
        raise InProgress("the purchase order is being changed", retry_after=2)
    if order.stage in UNPLACED or order.stage == "awaiting_approval":
        raise Conflict(f"the purchase order is {order.status.replace('_', ' ')}: the supplier does not have it yet")
    if order.finished:
        raise Conflict(f"the purchase order is {order.status.replace('_', ' ')}: nothing of it is open")


class Crossed(Conflict):
    """Somebody else has answered or changed the order meanwhile."""

    code, title = "order-changed", "The order has changed since it was read"


def _check_seen(command: Acknowledge, order: PurchaseOrder, lines: Sequence[PurchaseOrderLine]) -> None:
    if issued_before(command.issued, order.answered_as_of):
        raise Crossed(f"a later answer, of {order.answered_as_of}, was taken meanwhile: nothing of this one was taken")
    if command.seen is not None and command.seen != state_of(order, lines):
        raise Crossed("the purchase order was changed or answered after this answer was begun: nothing of it was taken")
