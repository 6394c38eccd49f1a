"""What a supplier's document says about purchase orders, whatever its format, and what follows: answers to orders and
announced deliveries. All of it is checked against the orders before any of it is done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.catalog.model import Supplier
from shared.kernel.errors import FieldError, ServiceError
from shared.purchasing.acknowledge import acknowledge, check_answerable
from shared.purchasing.announce import Announce, Despatched, announce, wrong_despatches
from shared.purchasing.answers import Acknowledge, LineAnswer, wrong_answers
from shared.purchasing.lines import PurchaseOrderLine, Reply
from shared.purchasing.model import PurchaseOrder
from shared.purchasing.ports import OrderBook

Kind = Literal["csv", "order_response", "despatch_advice"]


@dataclass(frozen=True)
class Row:
    """One line of a document. The order's line is named by our SKU, by the supplier's number for it, or by its number
    on the order; where several are given they must agree. `every` speaks of all lines that have no answer yet.

    `quantity`: what is delivered in all, what comes later (reply `backordered`), or what is on its way (a despatch).
    `later`: units beside these, or among them in an answer, that come later.
    """

    number: int
    purchase_order_id: str
    sku: str | None = None
    supplier_sku: str | None = None
    line: int | None = None
    every: bool = False
    reply: Reply | None = None
    quantity: int | None = None
    later: int | None = None
    date: datetime | None = None


@dataclass(frozen=True)
class SupplierDocument:
    """A document that could be read. `id` is the supplier's own number for it."""

    kind: Kind
    id: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class DocumentPlan:
    """What a document comes to, or everything that is wrong with it, by row."""

    answers: tuple[Acknowledge, ...] = ()
    despatches: tuple[Announce, ...] = ()
    errors: tuple[FieldError, ...] = ()


def plan_document(document: SupplierDocument, *, book: OrderBook, actor: str, now: datetime) -> DocumentPlan:
    """Reads the orders that the document names and holds every row against them; writes nothing."""
    errors: list[FieldError] = []
    answers: list[Acknowledge] = []
    despatches: list[Announce] = []
    for order_id in dict.fromkeys(row.purchase_order_id for row in document.rows):
        rows = [row for row in document.rows if row.purchase_order_id == order_id]
        order = book.read(order_id)
        refusal = "there is no such purchase order" if order is None else _closed(order)
        if order is None or refusal:
            errors.append(FieldError("/purchase_order_id", refusal, rows[0].number))
            continue
        lines = book.lines(order)
        found = [(row, line) for row in rows for line in _lines_of(row, lines, errors)]
        if document.kind == "despatch_advice":
            sent = _despatched(found)
            despatches.append(Announce(order_id, document.id, tuple(sent.values()), actor))
            first = {line.sku: row.number for row, line in reversed(found)}
            wrongs = wrong_despatches(list(sent.values()), lines, now)
            errors += [FieldError(f"/{member}", text, first[sku]) for sku, member, text in wrongs]
        else:
            said = tuple(_answer(row, line) for row, line in found)
            answers.append(Acknowledge(order_id, said, actor))
            wrong = wrong_answers(said, lines, now)
            errors += [_at(found, one.place, one.member, one.error.detail) for one in wrong]
    return DocumentPlan(tuple(answers), tuple(despatches), tuple(errors))


def carry_out(
    plan: DocumentPlan, *, book: OrderBook, suppliers: Callable[[str], Supplier], now: datetime
) -> list[PurchaseOrder]:
    """The orders afterwards. Every order is changed whole or not at all; the same document again changes nothing, so
    one that was cut off between two orders is finished by its repeat."""
    done = [acknowledge(one, book=book, suppliers=suppliers, now=now)[0] for one in plan.answers]
    return done + [announce(one, book=book, suppliers=suppliers, now=now)[0] for one in plan.despatches]


def _closed(order: PurchaseOrder) -> str:
    try:
        check_answerable(order)
    except ServiceError as error:
        return error.detail
    return ""


def _lines_of(row: Row, lines: Sequence[PurchaseOrderLine], errors: list[FieldError]) -> list[PurchaseOrderLine]:
    if row.every:
        return [line for line in lines if line.unanswered]
    named = [
        line
        for number, line in enumerate(lines, start=1)
        if line.listed
        and row.sku in {None, line.sku}
        and row.supplier_sku in {None, line.supplier_sku or line.sku}
        and row.line in {None, number}
    ]
    if len(named) == 1 and (row.sku, row.supplier_sku, row.line) != (None, None, None):
        return named
    text = "names no line of the purchase order" if not named else "does not say which line of the purchase order"
    errors.append(FieldError("/sku", text, row.number))
    return []


def _despatched(found: Sequence[tuple[Row, PurchaseOrderLine]]) -> dict[str, Despatched]:
    """By SKU; what a document lists in several parcels or lots arrives with the last of them."""
    sent: dict[str, Despatched] = {}
    for row, line in found:
        one = Despatched(line.sku, row.quantity or 0, row.later, row.date)
        before = sent.get(line.sku)
        if before is not None:
            dates = [date for date in (before.date, one.date) if date]
            later = (before.later or 0) + (one.later or 0) or None
            one = Despatched(line.sku, before.units + one.units, later, max(dates, default=None))
        sent[line.sku] = one
    return sent


def _answer(row: Row, line: PurchaseOrderLine) -> LineAnswer:
    assert row.reply is not None
    return LineAnswer(line.sku, row.reply, row.quantity, row.date, row.later)


def _at(found: Sequence[tuple[Row, PurchaseOrderLine]], place: int, member: str, text: str) -> FieldError:
    return FieldError(f"/{member}" if member else "", text, found[place][0].number)
