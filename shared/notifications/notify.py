"""Tell a customer the news of an order: claim it, send one mail, record what became of it.

The mail provider knows no idempotency, so exactly once cannot be had from the sender alone. What can be had: the claim
comes before the mail and only one worker gets it; the mail is tried once; what is certainly not sent is given back
and told later; what may have been sent is never sent again and is counted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.backorders.lookup import OrderReader, OrderView, read_backorder
from shared.consent.duty import Due, notice_due
from shared.consent.model import Consents
from shared.consent.rules import pack_for
from shared.kernel.clock import from_micros, micros
from shared.notifications.language import language
from shared.notifications.letter import Writer
from shared.notifications.news import News, Told, news_of, snapshot
from shared.notifications.outline import outline
from shared.notifications.ports import (
    Descriptions,
    Mail,
    Mailer,
    MailRefused,
    MailUnknown,
    Notice,
    Notices,
    Overtaken,
    mailbox_of,
)
from shared.notifications.quiet import quiet_until
from shared.notifications.render import render
from shared.notifications.settle import SENDING
from shared.settings.model import MerchantSettings

_STREAM_TIME_IS_WHOLE_SECONDS = 1_000_000


@dataclass(frozen=True)
class Outcome:
    """What became of the news. `nothing`: there was none; `held`: mail is switched off or the customer asleep, the news
    waits; `suppressed`: the customer's mailbox is closed, the operator sees it.
    """

    state: Literal["nothing", "held", "sent", "unknown", "suppressed"]
    mail_kind: str | None = None
    settled: int = 0
    """Earlier mails of this order whose outcome turned out to be unknown."""
    until: int = 0
    """When news that is held for the morning can be told (microseconds)."""


def notify_customer(
    key: str,
    *,
    orders: OrderReader,
    descriptions: Descriptions,
    notices: Notices,
    mailer: Mailer,
    settings: MerchantSettings,
    now: datetime,
    page_of: Callable[[str], str] = lambda _: "",
    changed: int = 0,
) -> Outcome:
    """One mail with everything there is to tell, or none. Run it as often as you like.

    `page_of` gives the address of the customer's page of an order. `changed` is when the last change was written that
    made somebody ask, 0 if nobody knows: a mail written after it told of it, and the order, the larger part of the
    reading, need not be read.

    Raises MailRefused (nothing was sent, the news is still to be told) and Overtaken; both are worth a retry.
    """
    told = notices.told(key)
    if 0 < changed < told.at - _STREAM_TIME_IS_WHOLE_SECONDS:
        return Outcome("nothing")
    view = read_backorder(key, store=orders)
    due = duty_of(view, settings, now) if view else None
    news = news_of(view, told, settings, now, due) if view else None
    if view is None or not news:
        return Outcome("nothing")
    if held := _held(view, news, settings, now):
        return held
    settled = _settle_previous(key, told, notices, now)
    mail = _mail(view, news, told, due, descriptions, settings, now, page_of(view.head.id))
    after, asked = snapshot(view, told, now), view.consents.opened(due.round) if due else None
    closed = notices.is_closed(mailbox_of(mail.to))
    notices.claim(key, told, after, _notice(view, news, mail, after, closed=closed), asked)
    if closed:
        return Outcome("suppressed", mail.kind, settled)
    unasked = Consents(view.consents.rounds, asked.version + 1) if asked else None
    state = _send(key, mail, told, after, unasked, notices, mailer)
    return Outcome(state, mail.kind, settled)


def duty_of(view: OrderView, settings: MerchantSettings, now: datetime) -> Due | None:
    """The notice that the law of the customer's country asks for now, if any."""
    return notice_due(view, pack_for(view.head.customer.country, settings.rule_packs), now)


def _held(view: OrderView, news: News, settings: MerchantSettings, now: datetime) -> Outcome | None:
    if not settings.mail_enabled:
        return Outcome("held", news.strongest)
    until = quiet_until(news.kinds, view.head.customer.country, settings, now)
    return Outcome("held", news.strongest, until=micros(until)) if until else None


def _send(
    key: str, mail: Mail, before: Told, after: Told, unasked: Consents | None, notices: Notices, mailer: Mailer
) -> Literal["sent", "unknown"]:
    try:
        message_id = mailer.send(mail)
    except MailRefused:
        notices.record_refused(key, before, after.revision, unasked)
        raise
    except MailUnknown:
        notices.record_unknown(key, after.revision)
        return "unknown"
    notices.record_sent(key, after.revision, message_id, after.at)
    return "sent"


def _settle_previous(key: str, told: Told, notices: Notices, now: datetime) -> int:
    """The mail before this one must have an outcome: if it turns out refused, its news belongs into this one."""
    previous = notices.notice(key, told.revision) if told.revision else None
    if previous is None or previous.state != "claimed":
        return 0
    if now - from_micros(previous.claimed_at) < SENDING:
        raise Overtaken("the mail before this one is still being sent", retry_after=60)
    return int(notices.record_unknown(key, previous.revision))


def _mail(
    view: OrderView,
    news: News,
    told: Told,
    due: Due | None,
    descriptions: Descriptions,
    settings: MerchantSettings,
    now: datetime,
    link: str,
) -> Mail:
    customer = view.head.customer
    words = language(customer.locale)
    shown = outline(view, news)
    writer = Writer(view, news, told, shown, descriptions.describe(shown.skus), words, now, due)
    kind = news.kinds[0]
    subject, text, html = render(kind, words.locale, writer.facts(settings, link or None))
    return Mail(
        to=customer.email,
        kind=kind,
        locale=words.locale,
        subject=subject,
        text=text,
        html=html,
        tags={"backorder_id": view.head.id, "revision": str(told.revision + 1)},
        reply_to=settings.reply_to or settings.contact.email,
        from_name=settings.contact.shop_name,
    )


def _notice(view: OrderView, news: News, mail: Mail, after: Told, *, closed: bool) -> Notice:
    return Notice(
        revision=after.revision,
        mail_kind=mail.kind,
        kinds=news.kinds,
        locale=mail.locale,
        recipient=mailbox_of(view.head.customer.email),
        claimed_at=after.at,
        state="suppressed" if closed else "claimed",
    )
