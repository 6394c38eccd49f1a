"""What a supplier may say about the lines of an order, and what becomes of a line by it.

The same rules whoever hands the answer in: the supplier on his page, an operator, or a document of the supplier's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo

from shared.catalog.model import Supplier
from shared.kernel import ids
from shared.kernel.clock import day_in, iso, micros
from shared.kernel.errors import FieldError
from shared.purchasing.lines import Dates, Later, PurchaseOrderLine, Reply
from shared.purchasing.model import PurchaseOrder
from shared.purchasing.order_days import confirmed, expected


@dataclass(frozen=True)
class LineAnswer:
    """`quantity` is what is delivered of the line in all (`changed`) or what comes later (`backordered`); `date` is
    when. Without a date, what is put off is dated as if it were ordered now. `later` units of what is delivered
    (`changed`) come later than that, nobody says when."""

    sku: str
    reply: Reply
    quantity: int | None = None
    date: datetime | None = None
    later: int | None = None

    @property
    def text(self) -> tuple[str, ...]:
        """The answer as it is kept on the line, so that the same answer again changes nothing."""
        quantity = "" if self.quantity is None else str(self.quantity)
        told = (self.reply, quantity, iso(self.date) if self.date else "")
        return (*told, str(self.later)) if self.later else told


@dataclass(frozen=True)
class Acknowledge:
    """An answer to an order, given by the supplier or typed in for them.

    `seen` is the state (`state_of`) in which whoever answers has read the order; None if nobody knows. `issued` is the
    supplier's own date of the document that it stands in.
    """

    purchase_order_id: str
    answers: tuple[LineAnswer, ...]
    actor: str
    seen: str | None = None
    issued: str | None = None

    @property
    def token(self) -> str:
        """Names what is said, whoever says it."""
        return ids.digest(self.purchase_order_id, *(part for one in self.answers for part in (one.sku, *one.text)))


def issued_before(issued: str | None, other: str | None) -> bool:
    """Whether a document is surely older than another, by ISO dates with or without a time: two of one day of which
    one has no time are not told apart."""
    if issued is None or other is None:
        return False
    known = min(len(issued), len(other))
    return issued[:known] < other[:known]


def state_of(order: PurchaseOrder, lines: Sequence[PurchaseOrderLine]) -> str:
    """Names what has been ordered and answered so far. Goods that arrive meanwhile do not make an answer stale."""
    told = [str(order.closing), str(order.stage == "cancelled")]
    for line in lines:
        told += [line.sku, str(line.ordered), str(line.closed_short), *line.answer]
    return ids.digest(*told)


@dataclass(frozen=True)
class Wrong:
    """One thing that cannot be taken: the answer's place, its member (`sku`, `quantity`, `date` or the whole line: ""),
    which rule it breaks, and the figures of the rule."""

    place: int
    member: str
    rule: str
    figures: Mapping[str, int] = field(default_factory=dict)

    @property
    def error(self) -> FieldError:
        pointer = f"/lines/{self.place}/{self.member}" if self.member else f"/lines/{self.place}"
        return FieldError(pointer, RULES[self.rule].format_map(self.figures))


RULES = {
    "unknown": "is not on this purchase order",
    "twice": "is answered twice",
    "empty": "changed needs a quantity, a date, or both",
    "too_many": "is more than the {ordered} ordered",
    "not_all": "accepted means all {ordered}: say changed for another quantity",
    "nothing_comes": "a rejected line has no quantity and no date: nothing of it comes",
    "past": "has passed already",
    "taken_off": "was taken off this purchase order: nothing of it is wanted any more",
}


def wrong_answers(
    answers: Sequence[LineAnswer], lines: Sequence[PurchaseOrderLine], now: datetime, zone: tzinfo
) -> list[Wrong]:
    """Everything that makes no sense in an answer; it is taken whole or not at all. Goods arrive at the shop, so it is
    the day in its zone that a date may not lie before; what was said before may be said again."""
    known = {line.sku: line for line in lines}
    answered: set[str] = set()
    wrong = []
    for n, answer in enumerate(answers):
        if answer.sku in answered:
            wrong.append(Wrong(n, "sku", "twice"))
        answered.add(answer.sku)
        line = known.get(answer.sku)
        wrong += [Wrong(n, "sku", "unknown")] if line is None else _wrong_quantity(n, answer, line)
        if line is not None and answer.text == line.answer:
            continue
        if answer.date is not None and day_in(zone, micros(answer.date)) < now.astimezone(zone).date():
            wrong.append(Wrong(n, "date", "past"))
    return wrong


def _wrong_quantity(n: int, answer: LineAnswer, line: PurchaseOrderLine) -> list[Wrong]:
    units, figures = answer.quantity, {"ordered": line.ordered}
    if not line.ordered and answer.reply != "rejected" and answer.text != line.answer:
        return [Wrong(n, "", "taken_off")]
    if answer.reply == "changed" and units is None and answer.date is None:
        return [Wrong(n, "", "empty")]
    if answer.reply == "rejected":
        said = [name for name, given in (("quantity", units), ("date", answer.date)) if given]
        return [Wrong(n, name, "nothing_comes") for name in said]
    if units is not None and units > line.ordered:
        return [Wrong(n, "quantity", "too_many", figures)]
    if answer.reply == "accepted" and units not in {None, line.ordered, line.open}:
        return [Wrong(n, "quantity", "not_all", figures)]
    return []


def apply(line: PurchaseOrderLine, answer: LineAnswer, supplier: Supplier, now: datetime) -> PurchaseOrderLine:
    """The line after the supplier's answer; the same answer again changes nothing.

    Who answers anything else after having refused delivers all the same: what he had refused is open again. What was
    closed on a line that he never answered was closed by us, and stays so.
    """
    if answer.text == line.answer:
        return line
    before = line.of_what_comes()
    line = before if answer.reply == "rejected" else before.reopen(_meant_after_all(before, answer))
    line = replace(line, answer=answer.text, reply=answer.reply)
    if line.first_date is None and answer.date is not None:
        line = replace(line, first_date=micros(answer.date))
    if answer.reply == "rejected":
        return line.close()
    if answer.reply == "backordered":
        return _put_off(line, answer, supplier, now)
    return _confirmed(line, before, answer, supplier, now)


def _meant_after_all(before: PurchaseOrderLine, answer: LineAnswer) -> int:
    """Units of what he had refused that the answer needs: all if he accepts, or had refused the line and names no
    quantity; as many as he puts off beyond what is open. How many come in all of `changed` is seen to later."""
    if answer.reply == "accepted" or (before.reply == "rejected" and answer.quantity is None):
        return before.refused
    return max(0, (answer.quantity or 0) - before.open) if answer.reply == "backordered" else 0


def _confirmed(
    line: PurchaseOrderLine, before: PurchaseOrderLine, answer: LineAnswer, supplier: Supplier, now: datetime
) -> PurchaseOrderLine:
    """Accepted, or changed. Who changes the quantity alone neither takes a date back nor names one: what comes as
    expected stays so, and of what he had put off more or less comes."""
    quantity_alone = answer.reply == "changed" and answer.date is None
    if answer.reply == "changed" and answer.quantity is not None:
        line = line.confirm(answer.quantity)
    dates = confirmed(supplier, answer.date, now) if answer.date else line.dates
    due = micros(answer.date) if answer.date else line.due
    units = min(answer.later or 0, line.open)
    later = Later(units, expected(supplier, now), firm=False) if units else None
    if later is None and quantity_alone:
        later = _still_put_off(before, line.open)
    firm = before.firm if quantity_alone and before.reply == "backordered" else True
    return replace(line, dates=dates, due=due, firm=firm, later=later)


def _still_put_off(before: PurchaseOrderLine, still_open: int) -> Later | None:
    units = still_open - before.early
    return replace(before.later, units=units) if before.later is not None and units > 0 else None


def _put_off(line: PurchaseOrderLine, answer: LineAnswer, supplier: Supplier, now: datetime) -> PurchaseOrderLine:
    dates: Dates = confirmed(supplier, answer.date, now) if answer.date else expected(supplier, now)
    firm = answer.date is not None
    units = line.open if answer.quantity is None else min(answer.quantity, line.open)
    if units == line.open:
        return replace(line, dates=dates, due=dates.likely, firm=firm, later=None)
    later = Later(units, dates, firm) if units else None
    return replace(line, firm=True, later=later)
