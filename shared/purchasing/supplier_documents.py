"""What a supplier's document says about purchase orders, whatever its format, and what follows: answers to orders and
announced deliveries. All of it is checked against the orders before any of it is done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Literal

from shared.catalog.model import Supplier
from shared.kernel.errors import FieldError, ServiceError
from shared.purchasing.acknowledge import acknowledge, check_answerable
from shared.purchasing.announce import Announce, Despatched, announce, wrong_despatches
from shared.purchasing.answers import Acknowledge, LineAnswer, Wrong, issued_before, state_of, wrong_answers
from shared.purchasing.lines import PurchaseOrderLine, Reply
from shared.purchasing.model import PurchaseOrder
from shared.purchasing.ports import OrderBook

Kind = Literal["csv", "order_response", "despatch_advice"]

NEWER = "answer with the table of the latest mail, or on the page"
STALE = f"the line was changed or answered after this table was written: {NEWER}"
OVERTAKEN = "nothing of this one is taken"


@dataclass(frozen=True)
class Row:
    """One line of a document. The order's line is named by our SKU, by the supplier's number for it, or by its number
    on the order; where several are given they must agree. `every` speaks of all lines that have no answer yet.

    `quantity`: what is delivered in all, what comes later (reply `backordered`), or what is on its way (a despatch).
    `later`: units beside these, or among them in an answer, that come later. `ordered`, `received` and `seen` are what
    a table says of the line beside the answer; where it says what has been received, `quantity` is of the rest.
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
    ordered: int | None = None
    received: int | None = None
    seen: str | None = None


@dataclass(frozen=True)
class SupplierDocument:
    """A document that could be read. `id` is the supplier's own number for it, `issued` his date of it, if it has one
    (see `issued_before`)."""

    kind: Kind
    id: str
    rows: tuple[Row, ...]
    issued: str | None = None


@dataclass(frozen=True)
class DocumentPlan:
    """What a document comes to, or everything that is wrong with it, by row."""

    answers: tuple[Acknowledge, ...] = ()
    despatches: tuple[Announce, ...] = ()
    errors: tuple[FieldError, ...] = ()


def plan_document(
    document: SupplierDocument, *, book: OrderBook, actor: str, now: datetime, zone: tzinfo
) -> DocumentPlan:
    """Reads the orders that the document names and holds every row against them, by the shop's days; writes nothing."""
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
        named = {line.sku for row in rows if not row.every for line in _lines_of(row, lines, [])}
        others = [line for line in lines if line.unanswered and line.sku not in named]
        found = [(row, line) for row in rows for line in (others if row.every else _lines_of(row, lines, errors))]
        if document.kind == "despatch_advice":
            sent = _despatched(found)
            despatches.append(Announce(order_id, document.id, tuple(sent.values()), actor))
            first = {line.sku: row.number for row, line in reversed(found)}
            wrongs = wrong_despatches(list(sent.values()), lines, now)
            errors += [FieldError(f"/{member}", text, first[sku]) for sku, member, text in wrongs]
        else:
            said = tuple(_answer(row, line) for row, line in found)
            seen = state_of(order, lines) if any(row.seen for row in rows) else None
            answers.append(Acknowledge(order_id, said, actor, seen, document.issued))
            errors += _crossed(order, found, said)
            errors += _overtaken(order, document, found, said)
            errors += [_at(found, one) for one in wrong_answers(said, lines, now, zone)]
    return DocumentPlan(tuple(answers), tuple(despatches), tuple(errors))


def carry_out(
    plan: DocumentPlan, *, book: OrderBook, suppliers: Callable[[str], Supplier], now: datetime, zone: tzinfo
) -> list[PurchaseOrder]:
    """The orders afterwards. Every order is changed whole or not at all; the same document again changes nothing, so
    one that was cut off between two orders is finished by its repeat. An order that cannot be taken does not keep the
    others; raises what the first of these was refused with, naming which were taken and which were not."""
    done: list[PurchaseOrder] = []
    left: list[tuple[str, ServiceError]] = []
    acts: list[Acknowledge | Announce] = [*plan.answers, *plan.despatches]
    for one in acts:
        try:
            if isinstance(one, Acknowledge):
                done.append(acknowledge(one, book=book, suppliers=suppliers, now=now, zone=zone)[0])
            else:
                done.append(announce(one, book=book, suppliers=suppliers, now=now)[0])
        except ServiceError as error:
            left.append((one.purchase_order_id, error))
    if left:
        raise _partly([order.id for order in done], left)
    return done


def _partly(taken: Sequence[str], left: Sequence[tuple[str, ServiceError]]) -> ServiceError:
    """The refusal, and what became of each order where there were several."""
    first = left[0][1]
    if not taken and len(left) == 1:
        return first
    told = [f"taken: {', '.join(taken) or 'nothing'}", *(f"not taken: {name} ({why.detail})" for name, why in left)]
    detail = f"{'; '.join(told)}. The same document again changes nothing of what was taken"
    return type(first)(detail, errors=first.errors, retry_after=first.retry_after)


def _closed(order: PurchaseOrder) -> str:
    try:
        check_answerable(order)
    except ServiceError as error:
        return error.detail
    return ""


def _lines_of(row: Row, lines: Sequence[PurchaseOrderLine], errors: list[FieldError]) -> list[PurchaseOrderLine]:
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
    """What a table says of the open units is said of the whole line: with those that it says have come."""
    assert row.reply is not None
    quantity = row.quantity
    if quantity is not None and row.received is not None and row.reply in {"accepted", "changed"}:
        quantity += row.received
    return LineAnswer(line.sku, row.reply, quantity, row.date, row.later)


def _crossed(
    order: PurchaseOrder, found: Sequence[tuple[Row, PurchaseOrderLine]], said: Sequence[LineAnswer]
) -> list[FieldError]:
    """Rows of a table that was written before the line was changed or answered. What has been said already is a
    repeat."""
    new = [(row, line) for (row, line), answer in zip(found, said, strict=True) if answer.text != line.answer]
    stale = [row for row, line in new if row.seen is not None and row.seen != state_of(order, [line])]
    other = [(row, line) for row, line in new if row not in stale and not _same_order(row, line)]
    return [FieldError("/seen", STALE, row.number) for row in stale] + [
        FieldError("/ordered", f"is {row.ordered} where {line.ordered} are ordered: {NEWER}", row.number)
        for row, line in other
    ]


def _overtaken(
    order: PurchaseOrder,
    document: SupplierDocument,
    found: Sequence[tuple[Row, PurchaseOrderLine]],
    said: Sequence[LineAnswer],
) -> list[FieldError]:
    """A document that was issued before one that was taken already, and says anything else than what stands."""
    new = [row for (row, line), answer in zip(found, said, strict=True) if answer.text != line.answer]
    if not new or not issued_before(document.issued, order.answered_as_of):
        return []
    text = f"is {document.issued}, before the answer of {order.answered_as_of} that was taken already: {OVERTAKEN}"
    return [FieldError("/IssueDate", text, new[0].number)]


def _same_order(row: Row, line: PurchaseOrderLine) -> bool:
    """Whether the row speaks of what is ordered. Tables of an earlier release named the open units instead: who accepts
    or puts off these can be understood, but not how many of them are meant by another quantity."""
    if row.ordered is None or row.ordered == line.ordered:
        return True
    counted = row.reply == "changed" and row.quantity is not None
    return row.received is None and row.ordered == line.open and not counted


def _at(found: Sequence[tuple[Row, PurchaseOrderLine]], wrong: Wrong) -> FieldError:
    row, line = found[wrong.place]
    text = wrong.error.detail
    if wrong.rule == "too_many" and row.received:
        text = f"is more than what is open of the {line.ordered} ordered: {row.received} had been received"
    return FieldError(f"/{wrong.member}" if wrong.member else "", text, row.number)
