"""Tell a customer the news of an order: claim it, send one mail, record what became of it.

The mail provider knows no idempotency, so exactly once cannot be had from the sender alone. What can be had: the claim
comes before the mail and only one worker gets it; the mail is tried once; what is certainly not sent is given back
and told later; what may have been sent is never sent again and is counted. One exception: what the law demands is sent
once more, marked, when nobody has reported on it for hours (`again`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from shared.backorders.lookup import OrderReader, OrderView, read_backorder
from shared.backorders.model import Backorder
from shared.consent.model import Consents
from shared.kernel.clock import from_micros, micros
from shared.notifications.again import may_repeat
from shared.notifications.joined import joined_until
from shared.notifications.missed import having_reached, reckoned
from shared.notifications.news import news_of
from shared.notifications.ports import (
    Descriptions,
    Mail,
    Mailer,
    MailRefused,
    MailThrottled,
    MailUnknown,
    Notice,
    Notices,
    Overtaken,
    mailbox_of,
)
from shared.notifications.promptness import delayed_since
from shared.notifications.quiet import CAN_WAIT, decided_until, quiet_until
from shared.notifications.settle import SENDING
from shared.notifications.telling import Telling, mail_of, notice_of, telling_of
from shared.notifications.told import Told, snapshot
from shared.remedies.model import Spent
from shared.settings.model import MerchantSettings

_STREAM_TIME_IS_WHOLE_SECONDS = 1_000_000


@dataclass(frozen=True)
class Outcome:
    """What became of the news. `nothing`: there was none; `held`: mail is switched off, the customer asleep, or the
    law's notice of it near, the news waits; `throttled`: so does it, as the provider takes no more mails for now;
    `suppressed`: the customer's mailbox is closed, the operator sees it; `untold`: so is he whom the law wants to be
    asked, and no clock runs against him.
    """

    state: Literal["nothing", "held", "throttled", "sent", "unknown", "suppressed", "untold"]
    mail_kind: str | None = None
    settled: int = 0
    """Earlier mails of this order whose outcome turned out to be unknown."""
    until: int = 0
    """When news that is held for the morning can be told (microseconds)."""
    repeated: bool = False
    """Whether it was a notice sent once more, because nobody knows what became of the first."""
    mails: int = field(default=0, compare=False)
    """Of a mail how many the order has had, this one included."""
    delayed_since: int = field(default=0, compare=False)
    """When the delay that it tells of was first known (microseconds), 0 if it tells of none."""
    view: OrderView | None = field(default=None, compare=False)
    """The order as it was read, None where that was not necessary."""


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
    spent_of: Callable[[Backorder], Spent] = lambda _: Spent(),
    changed: int = 0,
    repeat: int = 0,
) -> Outcome:
    """One mail with everything there is to tell, or none. Run it as often as you like.

    `page_of` an order is its customer's page, `spent_of` what its remedies' budget has lost. `changed` is when the
    last change was written that made somebody ask, 0 if nobody knows: a mail written after it told of it, and the
    order need not be read. `repeat` is the revision of a notice to be sent once more, if that is still due.

    Raises MailRefused (nothing was sent, the news is still to be told) and Overtaken; both are worth a retry.
    """
    told = notices.told(key)
    again = _to_repeat(key, repeat, notices)
    if again is None and 0 < changed < told.at - _STREAM_TIME_IS_WHOLE_SECONDS:
        return Outcome("nothing")
    view = read_backorder(key, store=orders)
    telling = telling_of(*reckoned(view, told, notices, now), again, settings, now) if view else None
    if telling is None or not telling.news:
        return _nothing(key, view, again, notices)
    if held := _held(telling, settings, now):
        return held
    previous, settled = _settle_previous(key, told, notices, now)
    closed = notices.is_closed(mailbox_of(telling.view.head.customer.email))
    if closed and telling.due and _known_to_be_untold(key, telling, notices, settings, now):
        return Outcome("untold", telling.news.strongest, settled, view=view)
    mail = mail_of(telling, descriptions, settings, now, page_of(telling.view.head.id), spent_of)
    after = _after(key, telling, previous, notices, now)
    outcome = _tell(key, telling, mail, after, notices, mailer, closed=closed)
    return replace(outcome, settled=settled, view=view, delayed_since=delayed_since(telling, settings))


def _nothing(key: str, view: OrderView | None, again: Notice | None, notices: Notices) -> Outcome:
    if again is not None:
        notices.leave(key, again.revision)
    return Outcome("nothing", view=view)


def _after(key: str, telling: Telling, previous: Notice | None, notices: Notices, now: datetime) -> Told:
    """What is told once this is, and beside it what was told before."""
    repeats = telling.again.revision if telling.again else 0
    before = having_reached(key, telling.told, previous, repeats, notices)
    return replace(snapshot(telling.view, telling.told, now), reached=before)


def _tell(
    key: str, telling: Telling, mail: Mail, after: Told, notices: Notices, mailer: Mailer, *, closed: bool
) -> Outcome:
    """Claim the mail, send it unless the mailbox is closed, record what became of it."""
    told, due, known = telling.told, telling.due, telling.view.consents
    notice = notice_of(telling, mail, after, closed=closed)
    asked = known.opened(replace(due.round, notice=after.revision)) if due and not closed else None
    notices.claim(key, told, after, notice, asked)
    if closed:
        return Outcome("untold" if due else "suppressed", mail.kind)
    unasked = Consents(known.rounds, asked.version + 1) if asked else None
    state = _send(key, mail, told, notice, unasked, notices, mailer)
    return Outcome(state, mail.kind, repeated=telling.again is not None, mails=after.revision)


def _to_repeat(key: str, revision: int, notices: Notices) -> Notice | None:
    """The notice of that revision, if the law demands it and nobody knows what became of it."""
    notice = notices.notice(key, revision) if revision else None
    return notice if notice is not None and may_repeat(notice) else None


def _held(telling: Telling, settings: MerchantSettings, now: datetime) -> Outcome | None:
    view, news = telling.view, telling.news
    if not settings.mail_enabled:
        return Outcome("held", news.strongest, view=view)
    until = [quiet_until(news.kinds, view.head.customer.country, settings, now)]
    if not telling.due and CAN_WAIT.issuperset(news.kinds):
        until += [decided_until(view, settings, now), joined_until(news.kinds, view, settings, now)]
    latest = max(filter(None, until), default=None)
    return Outcome("held", news.strongest, until=micros(latest), view=view) if latest else None


def _known_to_be_untold(
    key: str, telling: Telling, notices: Notices, settings: MerchantSettings, now: datetime
) -> bool:
    """Whether the history says already that the notice could not be sent, and there is nothing else to tell: it need
    not say so every day."""
    last = notices.notice(key, telling.told.revision) if telling.told.revision else None
    known = last is not None and last.state == "suppressed" and last.legal
    return known and not news_of(telling.view, telling.told, settings, now)


def _send(
    key: str, mail: Mail, before: Told, notice: Notice, unasked: Consents | None, notices: Notices, mailer: Mailer
) -> Literal["sent", "unknown", "throttled"]:
    try:
        message_id = mailer.send(mail)
    except MailRefused as refused:
        notices.record_refused(key, before, notice, unasked)
        if isinstance(refused, MailThrottled):
            return "throttled"
        raise
    except MailUnknown:
        notices.record_unknown(key, notice.revision)
        return "unknown"
    notices.record_sent(key, notice.revision, message_id, notice.claimed_at)
    return "sent"


def _settle_previous(key: str, told: Told, notices: Notices, now: datetime) -> tuple[Notice | None, int]:
    """The mail before this one must have an outcome: if it turns out refused, its news belongs into this one."""
    previous = notices.notice(key, told.revision) if told.revision else None
    if previous is None or previous.state != "claimed":
        return previous, 0
    if now - from_micros(previous.claimed_at) < SENDING:
        raise Overtaken("the mail before this one is still being sent", retry_after=60)
    return previous, int(notices.record_unknown(key, previous.revision))
