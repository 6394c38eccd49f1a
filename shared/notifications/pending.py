"""News that nobody was told yet: while mail is switched off, or because time alone made it news."""

from __future__ import annotations

from datetime import datetime

from shared.backorders.lookup import OrderReader, read_backorder
from shared.consent.duty import notice_due
from shared.consent.rules import pack_for
from shared.notifications.missed import reckoned
from shared.notifications.news import news_of
from shared.notifications.ports import Notices
from shared.settings.model import MerchantSettings


def pending_news(
    key: str, *, orders: OrderReader, notices: Notices, settings: MerchantSettings, now: datetime
) -> tuple[str, ...]:
    """The kinds of news an order has, strongest first; empty if the customer knows everything that is news."""
    view = read_backorder(key, store=orders)
    if view is None:
        return ()
    view, told = reckoned(view, notices.told(key), notices, now)
    due = notice_due(view, pack_for(view.head.customer.country, settings.rule_packs), now)
    return news_of(view, told, settings, now, due).kinds
