"""What one mail has to tell, and the mail that tells it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from shared.backorders.lookup import OrderView
from shared.backorders.model import Backorder
from shared.consent.duty import Due, notice_due
from shared.consent.rules import pack_for
from shared.kernel.ids import ordered_unique
from shared.notifications.again import is_legal, once_more, open_duty
from shared.notifications.language import language
from shared.notifications.letter import Writer
from shared.notifications.news import News, news_of
from shared.notifications.outline import outline
from shared.notifications.ports import Descriptions, Mail, Notice, mailbox_of
from shared.notifications.render import render
from shared.notifications.told import Told
from shared.remedies.model import Remedy, Spent, affordable, offered
from shared.settings.model import MerchantSettings


@dataclass(frozen=True)
class Telling:
    """What one mail has to tell. `due` is a question that is opened with it, `again` the notice that it repeats."""

    view: OrderView
    told: Told
    news: News
    due: Due | None
    again: Notice | None

    @property
    def duty(self) -> Due | None:
        """The question that the mail puts."""
        return self.due or (open_duty(self.view, self.again) if self.again else None)


def telling_of(view: OrderView, told: Told, again: Notice | None, settings: MerchantSettings, now: datetime) -> Telling:
    """What differs from what was told, what the law asks for now, and the notice that is to be repeated, in one."""
    due = duty_of(view, settings, now)
    news = news_of(view, told, settings, now, due)
    if again is not None:
        news = once_more(again, view, news, due or open_duty(view, again))
    return Telling(view, told, news, due, again)


def duty_of(view: OrderView, settings: MerchantSettings, now: datetime) -> Due | None:
    """The notice that the law of the customer's country asks for now, if any."""
    return notice_due(view, pack_for(view.head.customer.country, settings.rule_packs), now)


def mail_of(
    telling: Telling,
    descriptions: Descriptions,
    settings: MerchantSettings,
    now: datetime,
    link: str,
    spent_of: Callable[[Backorder], Spent],
) -> Mail:
    """The finished mail; `link` leads to the customer's page, empty for none; `spent_of`: of the remedies' budget."""
    view, news = telling.view, telling.news
    customer = view.head.customer
    words = language(customer.locale)
    shown = outline(view, news)
    names = descriptions.describe(shown.skus)
    again = telling.again is not None
    kinds = ordered_unique(one.kind for one in _remedies(telling, settings, spent_of)) if link else ()
    law_of = pack_for(customer.country, settings.rule_packs)
    writer = Writer(view, news, telling.told, shown, names, words, now, telling.duty, again, kinds, law_of)
    kind = news.kinds[0]
    subject, text, html = render(kind, words.locale, writer.facts(settings, link or None))
    return Mail(
        to=customer.email,
        kind=kind,
        locale=words.locale,
        subject=subject,
        text=text,
        html=html,
        tags={"backorder_id": view.head.id, "revision": str(telling.told.revision + 1)},
        reply_to=settings.reply_to or settings.contact.email,
        from_name=settings.contact.shop_name,
    )


def notice_of(telling: Telling, mail: Mail, after: Told, *, closed: bool) -> Notice:
    """The notice of that mail, as it is claimed; `after` is what is told by it, `closed` a mailbox that gets none."""
    view, news, again = telling.view, telling.news, telling.again
    return Notice(
        revision=after.revision,
        mail_kind=mail.kind,
        kinds=news.kinds,
        locale=mail.locale,
        recipient=mailbox_of(view.head.customer.email),
        claimed_at=after.at,
        state="suppressed" if closed else "claimed",
        legal=again is not None or is_legal(news, telling.due, view, telling.told),
        repeats=again.revision if again else 0,
    )


def _remedies(telling: Telling, settings: MerchantSettings, spent_of: Callable[[Backorder], Spent]) -> list[Remedy]:
    """What the mail may name: what is offered with such news and can still be had."""
    offers = offered(telling.view, telling.news.kinds, settings)
    return affordable(offers, spent_of(telling.view.head), settings) if offers else []
