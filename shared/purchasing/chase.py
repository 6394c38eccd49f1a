"""Look after open orders every hour: remind silent and late suppliers, keep dates honest, finish what was cut off."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.catalog.model import Supplier
from shared.kernel.clock import DAY, micros
from shared.kernel.errors import Contended
from shared.purchasing.acknowledge import abandoned, finish_answer
from shared.purchasing.change import change_head, change_lines
from shared.purchasing.close import finish_closing
from shared.purchasing.lines import Later, PurchaseOrderLine
from shared.purchasing.model import PurchaseOrder
from shared.purchasing.order_days import expected, overdue, pushed
from shared.purchasing.ports import OrderBook
from shared.settings.model import MerchantSettings

MAIL_STUCK_AFTER = timedelta(hours=1)
MOST_REMINDERS = 5
_REMINDED = "reminder due"
_DAY = 86_400_000_000

Pause = Callable[[float], None]


@dataclass(frozen=True)
class Chased:
    """Orders looked at, reminders made due, mails whose fate is unknown, orders whose dates moved, orders closed or
    answers finished that were cut off, and orders left to the next hour because others were changing them."""

    orders: int = 0
    reminders: int = 0
    unknown_mails: int = 0
    redated: int = 0
    closed: int = 0
    answered: int = 0
    contended: int = 0
    late: int = 0
    """Sent orders that expected goods by now, by the date last given."""
    unanswered: int = 0
    """Sent orders that their suppliers should have answered by now."""
    ages: tuple[float, ...] = ()
    """Days since each sent order was sent."""

    def __add__(self, other: Chased) -> Chased:
        return Chased(**{name: getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__})


def chase_purchase_orders(
    *,
    book: OrderBook,
    suppliers: Callable[[str], Supplier],
    settings: MerchantSettings,
    now: datetime,
    pause: Pause = time.sleep,
) -> Chased:
    """One pass over the orders that expect goods or owe a mail. A pass may come twice: every step looks first.

    Heads tell what is due; lines are read only of orders one of whose dates has passed.
    """
    done = Chased()
    for order in book.open_orders():
        done += _seen(order, settings, micros(now))
        try:
            done += _chase(order, suppliers, settings, now, book, pause)
        except Contended:
            done += Chased(orders=1, contended=1)
    return done


def _seen(order: PurchaseOrder, settings: MerchantSettings, now: int) -> Chased:
    if order.sent_at is None or order.finished:
        return Chased()
    silent = order.unanswered_since is not None and order.unanswered_since < now - _period(settings)
    return Chased(late=int(order.late(now)), unanswered=int(silent), ages=(round((now - order.sent_at) / _DAY, 2),))


def _chase(
    order: PurchaseOrder,
    suppliers: Callable[[str], Supplier],
    settings: MerchantSettings,
    now: datetime,
    book: OrderBook,
    pause: Pause,
) -> Chased:
    if order.collecting:
        return Chased(orders=1)  # the next planning run goes on with it
    if abandoned(order, now):
        finish_answer(order.id, book=book, suppliers=suppliers, pause=pause)
        return Chased(orders=1, answered=1)
    if order.closing is not None:
        finish_closing(order, book=book, now=now, pause=pause)
        return Chased(orders=1, closed=1)
    moved = _date_passed(order, now) and _keep_dates_honest(order, suppliers(order.supplier_id), now, book, pause)
    if not moved and _look_after_mail(order, settings, now) == order:
        return Chased(orders=1)
    after, _ = change_head(order.id, lambda head, _: _look_after_mail(head, settings, now), book=book, pause=pause)
    return Chased(
        orders=1,
        reminders=int(after.reminders > order.reminders),
        unknown_mails=int(_state(after) == "unknown" and _state(order) == "sending"),
        redated=int(moved),
    )


def _date_passed(order: PurchaseOrder, now: datetime) -> bool:
    """Whether the lines have to be read: the head knows its earliest dates."""
    return order.unsent or (order.next_likely is not None and order.next_likely < micros(now))


def _state(order: PurchaseOrder) -> str:
    return order.mail.state if order.mail else ""


def _keep_dates_honest(
    order: PurchaseOrder,
    supplier: Supplier,
    now: datetime,
    book: OrderBook,
    pause: Pause,
) -> bool:
    """Goods that did not come when they should are expected tomorrow at the earliest, and no longer confirmed; an order
    that has not been sent moves on with the days it waits."""

    def decide(line: PurchaseOrderLine) -> PurchaseOrderLine:
        if not line.open:
            return line
        if order.unsent:
            dates = expected(supplier, now)
            late = dates.likely - line.dates.likely > DAY // timedelta(microseconds=1)
            return replace(line, dates=dates, due=dates.likely) if late else line
        if line.dates.likely < micros(now):
            line = replace(line, dates=overdue(supplier, line.dates, order.sent_at, now), firm=False)
        if line.later is not None and line.later.dates.likely < micros(now):
            line = replace(line, later=Later(line.later.units, pushed(line.later.dates, now), firm=False))
        return line

    return change_lines(order, decide, book=book, pause=pause)


def _look_after_mail(order: PurchaseOrder, settings: MerchantSettings, now: datetime) -> PurchaseOrder:
    mail = order.mail
    if mail is not None and micros(now - MAIL_STUCK_AFTER) >= mail.at:
        if mail.state == "sending":
            stuck = replace(order, mail=replace(mail, state="unknown"))
            return stuck.noted(micros(now), "mail unknown", "system", mail.kind)
        if mail.state == "due" and settings.mail_enabled:
            return order.with_mail(mail.kind, micros(now))  # its message was lost: a new revision sends a new one
    if mail is not None and mail.state in {"due", "sending"}:
        return order
    if _reminder_due(order, settings, micros(now)):
        number = order.reminders + 1
        reminded = replace(order, reminders=number).with_mail("supplier_reminder", micros(now))
        return reminded.noted(micros(now), _REMINDED, "system", f"number {number}")
    return order


def _reminder_due(order: PurchaseOrder, settings: MerchantSettings, now: int) -> bool:
    """Once in each period of days in which he does not answer, and in which goods that are late do not come; as often
    as `MOST_REMINDERS` for either."""
    if order.stage not in {"sent", "acknowledged"} or order.finished or order.sent_at is None:
        return False
    since = order.next_due if order.late(now) else order.unanswered_since
    if since is None:
        return False
    told = [at for at, what, *_ in order.log if what == _REMINDED]
    told = told[len(told) - order.reminders :]  # those before were answered
    again = [at for at in told if at >= since]
    return len(again) < MOST_REMINDERS and now - _period(settings) >= max([since, *told])


def _period(settings: MerchantSettings) -> int:
    return max(1, settings.supplier_reminder_days) * _DAY
