"""One letter of every kind, in any language: what the snapshots and the checks of form are made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

from shared.backorders.lookup import OrderView
from shared.backorders.model import Customer, Entry
from shared.backorders.withdrawal import WITHDRAWN
from shared.consent.duty import notice_due
from shared.consent.model import Consents
from shared.consent.rules import pack
from shared.kernel.clock import micros
from shared.notifications.language import language
from shared.notifications.letter import Writer
from shared.notifications.news import news_of
from shared.notifications.outline import outline
from shared.notifications.render import render
from shared.notifications.told import Told, snapshot
from shared.remedies.model import Kind
from shared.settings.model import Contact, MerchantSettings
from tests.unit.notifications.orders import CUSTOMER, NOW, line, moved, order, promised, release, shipment
from tests.unit.notifications.rare_letters import rare_mails

MAILS = Path(__file__).parent / "mails"
LOCALES = ("en", "sv", "nl", "de", "fr", "es")
SETTINGS = MerchantSettings(
    contact=Contact("Tea & Co", "service@tea.example", "+46 8 123 456", "Storgatan 1, 111 22 Stockholm")
)
DESCRIPTIONS = {"SKU-0": "Red teapot", "SKU-1": "Blue mug"}

Mail = tuple[str, str, str]


def mail_about(
    view: OrderView,
    told: Told = Told(),  # noqa: B008 - frozen
    locale: str = "en",
    *,
    now: datetime = NOW,
    settings: MerchantSettings = SETTINGS,
    descriptions: Mapping[str, str] = DESCRIPTIONS,
    law: str = "none",
    again: bool = False,
    remedies: Sequence[str] = (),
) -> Mail:
    """(subject, text, html) of the mail that tells the news of an order, under a rule pack."""
    due = notice_due(view, pack(law), now)
    news = news_of(view, told, settings, now, due)
    shown = outline(view, news)
    writer = Writer(view, news, told, shown, descriptions, language(locale), now, due, again, remedies, pack(law))
    return render(news.kinds[0], locale, writer.facts(settings, "https://orders.example.com/b/token"))


def _customer_mails(locale: str) -> dict[str, Mail]:
    teapots, mugs = line(0, waiting=3, allocated=2), line(1, waiting=2, promised=None)
    cups, spoons = line(2, allocated=2), line(3, waiting=1, promised=0, basis="stock")
    first = order(teapots, mugs, cups, spoons)
    told = snapshot(first, Told(), NOW)
    late = order(promised(teapots, 40, "next_order"), promised(mugs, 3), cups, spoons)
    parcel = (cups, spoons, promised(mugs, 20))
    together = snapshot(order(teapots, *parcel, shipping="hold"), Told(), NOW)
    sent = order(
        teapots, mugs, moved(cups, "allocated", "shipped", 2), spoons, releases=(release(1, shipment("77", (2, 2))),)
    )
    gone = order(*(line(n, cancelled=2) for n in range(2)), mode="prepaid", customer=replace(CUSTOMER, name=""))
    american = replace(CUSTOMER, country="US")
    asked = order(promised(teapots, 60, "next_order"), mugs, cups, spoons, customer=american)
    packed = order(teapots, mugs, moved(cups, "allocated", "released", 2), spoons)
    unpaid = order(line(0, released=2))
    unpaid = replace(unpaid, head=replace(unpaid.head, payment={"mode": "deferred", "status": "failed"}))
    alone = order(promised(teapots, 60, "next_order"), customer=american)
    withdrawn = replace(gone, head=replace(gone.head, log=((micros(NOW), WITHDRAWN, "customer", ""),)))
    return {
        "accepted": mail_about(first, locale=locale),
        "decision_needed": mail_about(asked, told, locale, law="us"),
        "decision_needed, sent once more": mail_about(asked, told, locale, law="us", again=True),
        "promise_later, silence is consent": mail_about(
            order(promised(teapots, 30, "next_order"), mugs, cups, spoons, customer=american), told, locale, law="us"
        ),
        "withdrawal_confirmed": mail_about(withdrawn, snapshot(gone, Told(), NOW), locale),
        "promise_later": mail_about(late, told, locale),
        "promise_later, one parcel": mail_about(
            order(promised(teapots, 40, "next_order"), *parcel, shipping="hold"), together, locale
        ),
        "promise_later, with remedies": mail_about(late, told, locale, remedies=get_args(Kind)),
        "promise_earlier": mail_about(order(teapots, promised(mugs, 3), cups, spoons), told, locale),
        "promise_earlier, nothing to answer": settled_by_a_better_date(alone, locale),
        "still_waiting": mail_about(first, told, locale, now=NOW + timedelta(days=30)),
        "released": mail_about(packed, told, locale),
        "released, the payment failed": mail_about(unpaid, snapshot(order(line(0, waiting=2)), Told(), NOW), locale),
        "shipped": mail_about(sent, told, locale),
        "cancelled": mail_about(gone, locale=locale),
        "cancelled, to be refunded by law": mail_about(given_up(gone), locale=locale, law="eu"),
        "cancelled, nobody answered": mail_about(silent(alone), told, locale, law="us"),
    }


def settled_by_a_better_date(view: OrderView, locale: str) -> Mail:
    """What it was asked about comes in time after all."""
    due, told = notice_due(view, pack("us"), NOW), snapshot(view, Told(), NOW)
    assert due is not None
    ended = Consents().opened(due.round).closed("moot", told.at + 1, f"rule:{due.round.rule}")
    better = replace(view, lines=[promised(line, 9) for line in view.lines], consents=ended)
    return mail_about(better, told, locale, law="us")


def silent(view: OrderView) -> OrderView:
    """The order after the deadline of what it is asked about, which nobody answered."""
    due = notice_due(view, pack("us"), NOW)
    assert due is not None
    ended = Consents().opened(due.round).closed("refused", due.round.deadline, f"rule:{due.round.rule}")
    lost = {delay.position for delay in due.round.delays}
    lines = [
        moved(line, "waiting", "cancelled", line.waiting) if line.position in lost else line for line in view.lines
    ]
    return replace(view, lines=lines, consents=ended)


def given_up(view: OrderView) -> OrderView:
    """The order with lines that know when their units were given up."""
    entry = Entry(micros(NOW), "cancel", "waiting", "cancelled", 2, "customer", "")
    return replace(view, lines=[replace(line, log=(entry,)) for line in view.lines])


def supplier_facts(**changes: Any) -> dict[str, Any]:
    """Facts of a purchase order's mails."""
    mug = {
        "sku": "MUG-1",
        "supplier_sku": "K-77",
        "description": "Blue mug",
        "quantity": 1200,
        "unit_cost": "4.20",
        "expected": date(2026, 2, 1),
    }
    pot = {**mug, "sku": "POT-1", "supplier_sku": None, "description": "Red teapot", "quantity": 6, "expected": None}
    facts = {
        "purchase_order_id": "po_1",
        "supplier_name": "Kiln Ltd",
        "lines": [mug, pot],
        "currency": "EUR",
        "total": "5065.20",
        "ended": "",
        "link": None,
        "contact": SETTINGS.contact,
    }
    return facts | changes


def _supplier_mails(locale: str) -> dict[str, Mail]:
    reminder = supplier_facts(sent_on=date(2026, 1, 5))
    nothing = [line | {"quantity": 0, "expected": None} for line in supplier_facts()["lines"]]
    ended = supplier_facts(lines=nothing, total="0", link="https://orders.example.com/p/token")
    return {
        "purchase_order": render("purchase_order", locale, supplier_facts()),
        "purchase_order_changed": render("purchase_order_changed", locale, supplier_facts()),
        "purchase_order_changed, cancelled": render("purchase_order_changed", locale, ended | {"ended": "cancelled"}),
        "purchase_order_changed, closed": render("purchase_order_changed", locale, ended | {"ended": "closed"}),
        "supplier_reminder": render("supplier_reminder", locale, reminder | {"overdue": False}),
        "supplier_reminder, overdue": render(
            "supplier_reminder", locale, reminder | {"overdue": True, "link": ended["link"]}
        ),
    }


def back_in_stock(locale: str, item: str = "Red teapot") -> Mail:
    """The mail to somebody who only asked to be told."""
    link = "https://orders.example.com/u/token"
    return render("back_in_stock", locale, {"item": item, "contact": SETTINGS.contact, "link": link})


def every_mail(locale: str) -> dict[str, Mail]:
    """One mail of each kind."""
    to_customers = _customer_mails(locale) | rare_mails(locale, mail_about)
    return to_customers | _supplier_mails(locale) | {"back_in_stock": back_in_stock(locale)}


def book(locale: str) -> str:
    """The text parts of all of them, to be read by people who know the language."""
    return "\n\n".join(f"##### {name}\n\n{text}" for name, (_, text, _) in every_mail(locale).items())


def customer(name: str, locale: str = "en") -> Customer:
    return replace(CUSTOMER, name=name, locale=locale)


if __name__ == "__main__":
    for each in LOCALES:
        (MAILS / f"{each}.txt").write_text(book(each), encoding="utf-8")
