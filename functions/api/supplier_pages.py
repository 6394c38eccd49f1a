"""Routes of the supplier's page: one order behind a signed link, read and answered without an account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared.aws.purchasing_store import TableOrderBook
from shared.catalog.model import Supplier
from shared.contracts.supplier_form import Answered, Mistakes, SupplierForm, read_answers
from shared.kernel import clock
from shared.kernel.errors import Conflict, InProgress
from shared.notifications.language import Language, language
from shared.pages.supplier_order import Notice, Typed, answerable, supplier_order_facts
from shared.purchasing.acknowledge import Crossed, acknowledge
from shared.purchasing.answers import Acknowledge, Wrong, wrong_answers
from shared.purchasing.lines import PurchaseOrderLine
from shared.purchasing.model import PurchaseOrder
from shared.runtime import links, telemetry
from shared.runtime.forms import FORM, read_form
from shared.runtime.http import PUBLIC, Answer, Call, operation
from shared.runtime.pages import page


@dataclass(frozen=True)
class _Order:
    """An order behind its link, as it is now."""

    call: Call
    now: datetime
    book: TableOrderBook
    order: PurchaseOrder
    lines: list[PurchaseOrderLine]
    supplier: Supplier

    @property
    def words(self) -> Language:
        return language(self.supplier.locale)

    def shown(self, status: int = 200, notice: Notice = "", typed: Typed | None = None) -> Answer:
        settings, name = self.call.container.settings(), self.supplier.name
        facts = supplier_order_facts(
            self.order, self.lines, settings, name, self.words, self.now, notice=notice, typed=typed
        )
        return page("supplier_order", self.words, facts, status)


@operation(
    "GET",
    "/p/{token}",
    scopes=PUBLIC,
    summary="The supplier's page of a purchase order, behind the link in its mail; changes nothing",
    answers={200: None},
    html=True,
)
def supplier_page(call: Call) -> Answer:
    return _opened(call).shown()


@operation(
    "POST",
    "/p/{token}",
    scopes=PUBLIC,
    summary="The supplier's answer to a purchase order, from the form of its page",
    body=SupplierForm,
    answers={200: None},
    media=(FORM,),
    html=True,
)
def answer_supplier_page(call: Call) -> Answer:
    """The same answer again changes nothing; one to an order that has changed meanwhile is refused with the order as it
    is now.
    """
    opened, fields = _opened(call), read_form(call)
    answered = read_answers(fields, opened.lines)
    if answered.mistakes:
        return opened.shown(422, typed=Typed(fields, _told(answered.mistakes, opened.words)))
    wrong = wrong_answers(answered.answers, opened.lines, opened.now, opened.call.container.settings().zone)
    if wrong:
        return opened.shown(422, typed=Typed(fields, _told(_mistakes(wrong, answered), opened.words)))
    if not answered.answers:
        return opened.shown(200, "" if answerable(opened.order) else "nothing_left")
    return _acknowledged(opened, answered, fields)


def _acknowledged(opened: _Order, answered: Answered, fields: dict[str, str]) -> Answer:
    actor, order_id = f"supplier:{opened.supplier.supplier_id}", opened.order.id
    command = Acknowledge(order_id, answered.answers, actor, seen=fields.get("seen", ""))
    try:
        zone = opened.call.container.settings().zone
        acknowledge(command, book=opened.book, suppliers=opened.book.supplier, now=opened.now, zone=zone)
    except Crossed:
        return _opened(opened.call).shown(409, "crossed", Typed(fields))
    except InProgress:
        return _opened(opened.call).shown(409, "in_progress", Typed(fields))
    except Conflict:
        return _opened(opened.call).shown(409)
    telemetry.log("supplier_answered", purchase_order=order_id, lines=len(answered.answers))
    return _opened(opened.call).shown(200, "taken")


def _opened(call: Call) -> _Order:
    """What the link leads to; BadLink when it leads nowhere."""
    now, book = clock.now(), TableOrderBook(call.container.table)
    order = book.read(links.opened(call.container, "supplier", call.path["token"], now))
    if order is None:
        raise links.BadLink
    return _Order(call, now, book, order, book.lines(order), book.supplier(order.supplier_id))


def _mistakes(wrong: list[Wrong], answered: Answered) -> Mistakes:
    return {_field_of(one, answered): (one.rule, one.figures) for one in wrong}


def _field_of(wrong: Wrong, answered: Answered) -> str:
    """Where it is told: a line that was taken off has no fields any more."""
    if wrong.rule == "taken_off":
        return ""
    return f"{wrong.member if wrong.member in {'quantity', 'date'} else 'status'}-{answered.places[wrong.place]}"


def _told(mistakes: Mistakes, words: Language) -> dict[str, str]:
    return {name: words(f"supplier_page.{rule}", **figures) for name, (rule, figures) in mistakes.items()}
