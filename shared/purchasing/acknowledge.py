"""The supplier's answer per line: accepted, changed, rejected, or put off. Lines without an answer stay as they are."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared.catalog.model import Supplier
from shared.kernel.clock import DAY, iso, micros
from shared.kernel.errors import Conflict, FieldError, InProgress, Invalid
from shared.purchasing.change import change_head, change_lines, must_read
from shared.purchasing.lines import Dates, Later, PurchaseOrderLine, Reply
from shared.purchasing.model import UNPLACED, PurchaseOrder
from shared.purchasing.order_days import confirmed, expected
from shared.purchasing.ports import OrderBook


@dataclass(frozen=True)
class LineAnswer:
    """`quantity` is what is delivered of the line in all (`changed`) or what comes later (`backordered`); `date` is
    when. Without a date, what is put off is dated as if it were ordered now."""

    sku: str
    reply: Reply
    quantity: int | None = None
    date: datetime | None = None

    @property
    def text(self) -> tuple[str, ...]:
        """The answer as it is kept on the line, so that the same answer again changes nothing."""
        quantity = "" if self.quantity is None else str(self.quantity)
        return (self.reply, quantity, iso(self.date) if self.date else "")


@dataclass(frozen=True)
class Acknowledge:
    """An answer to an order, given by the supplier or typed in for them."""

    purchase_order_id: str
    answers: tuple[LineAnswer, ...]
    actor: str


def acknowledge(
    command: Acknowledge,
    *,
    book: OrderBook,
    suppliers: Callable[[str], Supplier],
    now: datetime,
    pause: Callable[[float], None] = time.sleep,
) -> tuple[PurchaseOrder, list[PurchaseOrderLine]]:
    """The order and its lines afterwards. The same answer again changes nothing.

    Units that will not come leave what is on order, so the next plan sees them. Raises NotFound, Invalid, Conflict.
    """
    order = must_read(book, command.purchase_order_id)
    lines = book.lines(order)
    _check(command, lines, now)
    supplier = suppliers(order.supplier_id)
    answers = {answer.sku: answer for answer in command.answers}

    def decide(line: PurchaseOrderLine) -> PurchaseOrderLine:
        answer = answers.get(line.sku)
        return line if answer is None else apply(line, answer, supplier, now)

    if all(decide(line) == line for line in lines) and order.acknowledged_at is not None:
        return order, lines
    _check_stage(order)
    change_lines(order, decide, book=book, pause=pause)

    def note(head: PurchaseOrder, _: Sequence[PurchaseOrderLine]) -> PurchaseOrder:
        if head.stage == "cancelled":
            return head
        summary = ", ".join(sorted({answer.reply for answer in command.answers}))
        head = replace(head, stage="acknowledged", acknowledged_at=micros(now), reminders=0)
        return head.noted(micros(now), "acknowledged", command.actor, summary)

    return change_head(order.id, note, book=book, pause=pause)


def apply(line: PurchaseOrderLine, answer: LineAnswer, supplier: Supplier, now: datetime) -> PurchaseOrderLine:
    """The line after the supplier's answer; the same answer again changes nothing."""
    if answer.text == line.answer:
        return line
    line = replace(line, answer=answer.text, reply=answer.reply)
    if answer.reply == "rejected":
        return line.close()
    if answer.reply == "backordered":
        return _put_off(line, answer, supplier, now)
    if answer.reply == "changed" and answer.quantity is not None:
        line = line.confirm(answer.quantity)
    dates = confirmed(supplier, answer.date, now) if answer.date else line.dates
    due = micros(answer.date) if answer.date else line.due
    return replace(line, dates=dates, due=due, firm=True, later=None)


def _put_off(line: PurchaseOrderLine, answer: LineAnswer, supplier: Supplier, now: datetime) -> PurchaseOrderLine:
    dates: Dates = confirmed(supplier, answer.date, now) if answer.date else expected(supplier, now)
    firm = answer.date is not None
    units = line.open if answer.quantity is None else min(answer.quantity, line.open)
    if units == line.open:
        return replace(line, dates=dates, due=dates.likely, firm=firm, later=None)
    later = Later(units, dates, firm) if units else None
    return replace(line, firm=True, later=later)


def _check(command: Acknowledge, lines: Sequence[PurchaseOrderLine], now: datetime) -> None:
    known = {line.sku for line in lines}
    answered: set[str] = set()
    wrong = []
    for n, answer in enumerate(command.answers):
        if answer.sku not in known:
            wrong.append(FieldError(f"/lines/{n}/sku", "is not on this purchase order"))
        if answer.sku in answered:
            wrong.append(FieldError(f"/lines/{n}/sku", "is answered twice"))
        answered.add(answer.sku)
        if answer.reply == "changed" and answer.quantity is None and answer.date is None:
            wrong.append(FieldError(f"/lines/{n}", "changed needs a quantity, a date, or both"))
        if answer.date is not None and answer.date < now - DAY:
            wrong.append(FieldError(f"/lines/{n}/date", "has passed already"))
    if wrong:
        raise Invalid("the answer cannot be taken as it is", errors=tuple(wrong))


def _check_stage(order: PurchaseOrder) -> None:
    if order.collecting or order.closing is not None:
        raise InProgress("the purchase order is being changed", retry_after=2)
    if order.stage in UNPLACED or order.stage == "awaiting_approval":
        raise Conflict(f"the purchase order is {order.status.replace('_', ' ')}: the supplier does not have it yet")
    if order.finished:
        raise Conflict(f"the purchase order is {order.status.replace('_', ' ')}: nothing of it is open")
