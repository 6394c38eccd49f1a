"""Send the mail that an order owes its supplier: claim it, send it once, note the outcome.

An outcome nobody knows is never sent again blindly: the mail stays `sending`, and is later marked `unknown` for a
person to decide.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from shared.catalog.model import Supplier
from shared.kernel import ids
from shared.kernel.clock import from_micros, micros
from shared.notifications.ports import MailRefused, MailUnknown
from shared.purchasing.change import change_head, change_lines, refresh_head
from shared.purchasing.lines import PurchaseOrderLine
from shared.purchasing.model import Outgoing, PurchaseOrder
from shared.purchasing.order_days import expected
from shared.purchasing.ports import OrderBook, SupplierMail
from shared.settings.model import MerchantSettings

# Sent this soon after it was planned, an order keeps its dates: nobody is served by a new promise over minutes.
_SAME_TIME = timedelta(hours=1) // timedelta(microseconds=1)

Outcome = Literal["sent", "nothing_due", "switched_off", "unknown"]
Pause = Callable[[float], None]


@dataclass(frozen=True)
class Sent:
    """What came of it. `units` are those of an order sent for the first time, `lines` those that the mail was about."""

    outcome: Outcome
    kind: str = ""
    units: int = 0
    lines: int = 0


def send_purchase_order(
    purchase_order_id: str,
    revision: int,
    *,
    book: OrderBook,
    suppliers: Callable[[str], Supplier],
    mail: SupplierMail,
    settings: MerchantSettings,
    now: datetime,
    pause: Pause = time.sleep,
) -> Sent:
    """Send the mail of that revision if it is still due. Raises MailRefused when nothing was sent: try again later."""
    order = book.read(purchase_order_id)
    if order is None or not _due(order, revision):
        if order is not None and _may_lack_dates(order, revision, now):
            _date(order, suppliers(order.supplier_id), book, pause)
            refresh_head(order.id, book=book, pause=pause)
        return Sent("nothing_due")
    if not settings.mail_enabled:
        return Sent("switched_off")
    supplier = suppliers(order.supplier_id)
    claimed = _claim(order.id, revision, now, book, pause)
    if claimed is None:
        return Sent("nothing_due")
    order, slot, lines = claimed
    try:
        message_id = mail.send(slot.kind, supplier, order, lines, settings)
    except MailRefused:
        change_head(order.id, lambda head, _: _put_back(head, revision), book=book, pause=pause)
        raise
    except MailUnknown:
        return Sent("unknown", slot.kind)
    order, _ = change_head(order.id, lambda head, _: _sent(head, slot, message_id, now), book=book, pause=pause)
    if slot.kind != "purchase_order":
        return Sent("sent", slot.kind, lines=len(lines))
    _date(order, supplier, book, pause)
    return Sent("sent", slot.kind, sum(line.open for line in lines), len(lines))


def _due(order: PurchaseOrder, revision: int) -> bool:
    mail = order.mail
    quiet = order.closing is None and not order.collecting
    return quiet and mail is not None and mail.state == "due" and mail.revision == revision


def _claim(
    purchase_order_id: str, revision: int, now: datetime, book: OrderBook, pause: Pause
) -> tuple[PurchaseOrder, Outgoing, list[PurchaseOrderLine]] | None:
    """The order with its mail taken by this worker; None if somebody else has it.

    A claim that was written although its answer was lost is known again by its nonce.
    """
    taken: Outgoing | None = None
    mine = ids.nonce()

    def take(head: PurchaseOrder, lines: Sequence[PurchaseOrderLine]) -> PurchaseOrder:
        nonlocal taken
        taken = head.mail if head.mail is not None and head.mail.claim == mine else None
        if taken is not None or head.mail is None or not _due(head, revision):
            return head
        if head.mail.kind == "purchase_order" and not any(line.open for line in lines):
            return replace(head, mail=None)  # all of it came before it was asked for
        taken = replace(head.mail, state="sending", at=micros(now), claim=mine)
        return replace(head, mail=taken)

    order, lines = change_head(purchase_order_id, take, book=book, pause=pause)
    return None if taken is None else (order, taken, lines)


def _put_back(order: PurchaseOrder, revision: int) -> PurchaseOrder:
    mail = order.mail
    if mail is None or mail.revision != revision or mail.state != "sending":
        return order
    return replace(order, mail=replace(mail, state="due"))


def _sent(order: PurchaseOrder, slot: Outgoing, message_id: str, now: datetime) -> PurchaseOrder:
    """Also right when the order was changed, or another mail became due, while this one was on its way."""
    if order.mail is not None and order.mail.revision == slot.revision:
        order = replace(order, mail=replace(order.mail, state="sent", message_id=message_id))
    if slot.kind == "purchase_order":
        order = replace(order, sent_at=order.sent_at or micros(now))
        if order.stage == "approved":
            order = replace(order, stage="sent")
    return order.noted(micros(now), f"mailed {slot.kind}", "system", message_id)


def _may_lack_dates(order: PurchaseOrder, revision: int, now: datetime) -> bool:
    """Sent, by a worker who may have been cut off before it dated the lines. Later than a day nobody repeats that."""
    mail = order.mail
    sent = mail is not None and (mail.kind, mail.revision, mail.state) == ("purchase_order", revision, "sent")
    return sent and order.sent_at is not None and order.sent_at > micros(now - timedelta(days=1))


def _date(order: PurchaseOrder, supplier: Supplier, book: OrderBook, pause: Pause) -> None:
    """The lead time runs from sending; lines the supplier has dated keep their dates."""
    assert order.sent_at is not None
    dates = expected(supplier, from_micros(order.sent_at))

    def decide(line: PurchaseOrderLine) -> PurchaseOrderLine:
        if not line.open or line.reply is not None or abs(dates.likely - line.due) <= _SAME_TIME:
            return line
        return replace(line, dates=dates, due=dates.likely)

    if change_lines(order, decide, book=book, pause=pause):
        refresh_head(order.id, book=book, pause=pause)
