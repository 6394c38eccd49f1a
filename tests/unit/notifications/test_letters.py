"""What a mail looks like, in every language and with the worst of names."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from datetime import date, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import UndefinedError

from shared.backorders.lookup import OrderView
from shared.backorders.payment import NOTED
from shared.backorders.withdrawal import WITHDRAWN
from shared.consent.duty import notice_due
from shared.consent.model import Consents
from shared.consent.rules import pack
from shared.kernel.clock import micros
from shared.notifications.language import language
from shared.notifications.render import LONGEST_FACT, clean, render
from shared.notifications.told import Told, snapshot
from tests.unit.notifications.letters import (
    DESCRIPTIONS,
    LOCALES,
    MAILS,
    SETTINGS,
    book,
    customer,
    every_mail,
    given_up,
    mail_about,
    settled_by_a_better_date,
    silent,
    supplier_facts,
)
from tests.unit.notifications.orders import CUSTOMER, NOW, by, line, moved, order, promise, promised, release, shipment
from tests.unit.pages.standard import parse_errors

VOID = {"meta", "br"}
HOSTILE = {
    "line breaks": "Eve\r\nBcc: victim@example.com\r\n\r\nHi",
    "separators": "Eve\u2028Bcc: victim@example.com\x85\x0b",
    "jinja": "{{ 7 * 7 }}{% for x in range(3) %}x{% endfor %}{# gone #}",
    "format": "{name} {0} {id.__class__}",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>\" onclick='x' &",
    "direction": "\u202eevil\u202c \u2066x\u2069 \u200b\u200f",
    "nulls": "a\x00b\x1b[31m",
    "surrogate": "half \ud83d pair",
    "long": "W" * 10_000,
    "wide": "😀<&" * 4_000,
}


class Page(HTMLParser):
    """Checks that tags are balanced and keeps what is seen and where it points."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "body" in self.open and data.strip():
            self.texts.append(" ".join(data.split()))


MAILS_OF_ALL = [(locale, kind) for locale in LOCALES for kind in every_mail("en")]


@pytest.mark.parametrize("locale", LOCALES)
def test_the_mails_read_as_agreed(locale: str) -> None:
    """After a wanted change: python -m tests.unit.notifications.letters, and read the difference."""
    assert book(locale) == (MAILS / f"{locale}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(("locale", "kind"), MAILS_OF_ALL)
def test_html_is_well_formed_and_needs_nothing_from_elsewhere(locale: str, kind: str) -> None:
    _, _, html = every_mail(locale)[kind]
    page = Page(html)
    assert parse_errors(html) == []
    assert html.startswith("<!DOCTYPE html>")
    assert ("html", {"lang": locale, "dir": "ltr"}) in page.tags
    assert {tag for tag, _ in page.tags}.isdisjoint({"img", "script", "link", "iframe", "form"})
    links = [attrs["href"] for tag, attrs in page.tags if tag == "a"]
    ours = {"back_in_stock": ["https://orders.example.com/u/token"]}
    ours["supplier_reminder, overdue"] = ["https://orders.example.com/p/token"]
    to_suppliers = kind.startswith(("purchase_order", "supplier_reminder"))
    ways_out = ours.get(kind, [] if to_suppliers else ["https://orders.example.com/b/token"])
    assert links == [*ways_out, "mailto:service@tea.example"]
    assert "prefers-color-scheme: dark" in html
    assert "url(" not in html
    assert "@import" not in html


@pytest.mark.parametrize(("locale", "kind"), MAILS_OF_ALL)
def test_the_text_says_what_the_html_says(locale: str, kind: str) -> None:
    _, text, html = every_mail(locale)[kind]
    said = " ".join(text.split())
    missing = [part for part in Page(html).texts if part not in said]
    headings = re.findall(r'<th scope="col">([^<]+)</th>', html)
    assert [part for part in missing if part not in headings] == []


@pytest.mark.parametrize(("locale", "kind"), MAILS_OF_ALL)
def test_every_mail_says_who_writes_and_how_to_reach_us(locale: str, kind: str) -> None:
    subject, text, html = every_mail(locale)[kind]
    assert subject
    for part in ("service@tea.example", "+46 8 123 456", "Storgatan 1, 111 22 Stockholm"):
        assert part in text
        assert part in html
    assert "Tea & Co" in text
    assert "Tea &amp; Co" in html


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_names_are_data_and_nothing_else(hostile: str) -> None:
    lines = [line(0, waiting=3), line(1, shipped=2)]
    parcel = replace(shipment("p", (1, 2)), carrier=hostile, tracking=hostile)
    view = order(*lines, releases=(release(1, parcel),), customer=customer(hostile))
    view = replace(view, head=replace(view.head, order_id=hostile))
    settings = replace(SETTINGS, contact=replace(SETTINGS.contact, shop_name=hostile, address=hostile))
    subject, text, html = mail_about(view, settings=settings, descriptions={"SKU-0": hostile, "SKU-1": hostile})
    plain = mail_about(order(*lines, releases=(release(1, shipment("p", (1, 2))),)))
    assert "\n" not in subject
    assert len(subject) <= 150
    assert [tag for tag, _ in Page(html).tags] == [tag for tag, _ in Page(plain[2]).tags]
    assert [attrs for tag, attrs in Page(html).tags if attrs] == [attrs for tag, attrs in Page(plain[2]).tags if attrs]
    assert text.count("\n") == plain[1].count("\n")
    assert len(html.encode()) < 30_000
    for wrong in ("\u202e", "\u2066", "\x00", "\x1b", "\r", "\u2028", "49", "xxx"):
        assert wrong not in text.replace("+46 8 123 456", "").replace("T-p", "")


FRAGMENTS = st.one_of(st.sampled_from([text[:400] for text in HOSTILE.values()]), st.text(max_size=20))
WORDS = st.lists(FRAGMENTS, min_size=1, max_size=30).map("".join)


@settings(deadline=None, max_examples=30)
@given(name=WORDS, item=WORDS)
def test_whatever_people_and_items_are_called_a_mail_has_the_same_headers_and_elements(name: str, item: str) -> None:
    lines = [line(0, waiting=3), line(1, shipped=2)]
    plain = mail_about(order(*lines))
    subject, text, html = mail_about(order(*lines, customer=customer(name)), descriptions={"SKU-0": item})
    assert [tag for tag, _ in Page(html).tags] == [tag for tag, _ in Page(plain[2]).tags]
    assert text.count("\n") == plain[1].count("\n")
    sent = EmailMessage()
    sent["Subject"], sent["To"] = subject, CUSTOMER.email
    sent.set_content(text)
    assert message_from_bytes(sent.as_bytes()).keys() == sent.keys()
    assert not any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in subject)


def test_braces_are_shown_as_they_are() -> None:
    _, text, html = mail_about(order(line(waiting=1), customer=customer("{{ 7 * 7 }} {id}")))
    assert "Hello {{ 7 * 7 }} {id}," in text
    assert "Hello {{ 7 * 7 }} {id}," in html


def test_a_supplier_can_put_nothing_into_a_purchase_order_but_text() -> None:
    plain = Page(render("purchase_order", "en", supplier_facts())[2])
    facts = supplier_facts(supplier_name=HOSTILE["html"])
    facts["lines"] = [{**each, "description": HOSTILE["html"] + HOSTILE["line breaks"]} for each in facts["lines"]]
    subject, _, html = render("purchase_order", "en", facts)
    assert Page(html).tags == plain.tags
    assert "\n" not in subject


def test_a_purchase_order_lists_every_line() -> None:
    facts = supplier_facts()
    facts["lines"] = facts["lines"][:1] * 300
    _, text, html = render("purchase_order", "en", facts)
    assert text.count("- K-77 |") == 300
    assert html.count("<td>K-77</td>") == 300


def test_a_link_is_a_link_in_both_parts_and_is_not_cut() -> None:
    link = "https://shop.example/p/" + "a" * 1500
    _, text, html = render("purchase_order", "en", supplier_facts(link=link))
    assert f"Confirm this order: {link}" in text
    assert f'href="{link}"' in html


def test_a_missing_fact_fails_instead_of_leaving_a_gap() -> None:
    facts = supplier_facts()
    del facts["total"]
    with pytest.raises(UndefinedError):
        render("purchase_order", "en", facts)


def test_text_is_cut_at_its_longest_and_characters_joined_by_emoji_stay() -> None:
    assert len(clean("x" * 1000)) == LONGEST_FACT
    assert clean("👩\u200d🚀 ok") == "👩\u200d🚀 ok"
    assert clean({"a": ["b\r\nc", 3, None, True]}) == {"a": ["b c", 3, None, True]}


def test_the_worst_order_stays_below_a_hundred_kilobytes() -> None:
    """Every line has news of several kinds, and a name of the longest kind."""
    before = order(*[line(n, sku=f"{n:0>128}", waiting=9, promised=10) for n in range(2000)])
    after = [moved(moved(at, "waiting", "cancelled", 1), "waiting", "shipped", 1) for at in before.lines]
    after = [promised(moved(at, "waiting", "released", 1), 60) for at in after]
    names = {at.sku: '"&' * 200 for at in after}
    told = snapshot(before, Told(), NOW)
    _, text, html = mail_about(order(*after), told, "fr", descriptions=names)
    assert len(html.encode()) < 100_000
    assert len(text.encode()) < 100_000


def test_a_long_order_shows_the_lines_with_news_and_adds_up_the_rest() -> None:
    lines = [line(n, waiting=2, allocated=1) for n in range(100)]
    told = snapshot(order(*lines), Told(), NOW)
    lines[99] = moved(lines[99], "allocated", "released", 1)
    _, text, _ = mail_about(order(*lines), told)
    assert "- SKU-99 | Quantity: 1" in text
    assert "- SKU-99 | Quantity: 3 | Status: 1 being packed for you; 2 expected by 15 January 2026" in text
    assert "- SKU-59 " not in text
    assert "- and 40 more lines: 40 set aside for you; 80 still expected" in text


def test_promise_later_names_the_date_we_gave_and_the_new_one() -> None:
    first = line(waiting=3, promised=10)
    told = snapshot(order(first), Told(), NOW)
    subject, text, _ = mail_about(order(promised(first, 30)), told)
    assert subject == "Your order 536365: later than we said"
    assert "We said: 15 January 2026 | Now: 4 February 2026" in text
    assert "We are sorry" in text
    assert "come later than planned" in text
    assert "answer this mail" in text


def test_units_taken_back_are_not_called_a_late_delivery() -> None:
    first = line(allocated=3)
    told = snapshot(order(first), Told(), NOW)
    _, text, _ = mail_about(order(promised(moved(first, "allocated", "waiting", 3), 30)), told)
    assert "We said: set aside for you | Now: 4 February 2026" in text
    assert "not available after all" in text


def test_the_payment_note_follows_the_way_of_payment() -> None:
    released = line(released=3)
    assert "we now charge" in mail_about(order(released))[1]
    assert "nothing more to pay" in mail_about(order(released, mode="prepaid"))[1]
    cancelled = line(cancelled=3)
    assert "You have not been charged" in mail_about(order(cancelled))[1]
    assert "We refund" in mail_about(order(cancelled, mode="prepaid"))[1]


@pytest.mark.parametrize("mode", ["deferred", "prepaid"])
@pytest.mark.parametrize("handed", ["released", "shipped"])
def test_while_the_last_payment_is_known_to_have_failed_nothing_is_called_charged_or_paid(
    mode: str, handed: str
) -> None:
    first = line(waiting=3)
    told = snapshot(order(first), Told(), NOW)
    view = order(moved(first, "waiting", handed, 3), mode=mode)
    text = mail_about(replace(view, head=replace(view.head, payment={"mode": mode, "status": "failed"})), told)[1]
    assert "did not go through" in text
    assert not any(words in text for words in ("we now charge", "nothing more to pay"))


@pytest.mark.parametrize("mode", ["deferred", "prepaid"])
def test_of_what_costs_nothing_a_mail_says_nothing_about_money(mode: str) -> None:
    for units in ({"released": 3}, {"shipped": 3}, {"cancelled": 3}):
        free = order(replace(line(**units), unit_price="0.00"), mode=mode)
        text = mail_about(free)[1]
        assert not any(words in text for words in ("charge", "refund", "pay")), text
        both = replace(free, lines=[*free.lines, line(1, **units)])
        assert any(words in mail_about(both)[1] for words in ("charge", "refund", "pay"))


def test_a_charge_is_announced_once() -> None:
    """With the release; with the shipment only if both happened between two mails."""
    first = line(waiting=3)
    told = snapshot(order(first), Told(), NOW)
    released = moved(first, "waiting", "released", 3)
    shipped = moved(released, "released", "shipped", 3)
    assert "we now charge" in mail_about(order(shipped), told)[1]
    assert "we now charge" not in mail_about(order(shipped), snapshot(order(released), told, NOW))[1]


def test_a_subject_claims_no_more_than_is_true() -> None:
    shipped, waiting, released, gone = line(shipped=2), line(1, waiting=1), line(1, released=1), line(1, cancelled=1)
    assert mail_about(order(shipped, gone))[0] == "Your order 536365: part of it is cancelled"
    assert mail_about(order(line(cancelled=2), gone))[0] == "Your order 536365 is cancelled"
    assert mail_about(order(shipped))[0] == "Your order 536365 is on its way"
    assert mail_about(order(shipped, waiting))[0] == "Part of your order 536365 is on its way"
    assert mail_about(order(line(released=2), released))[0] == "Your order 536365 is being packed"
    assert mail_about(order(line(released=2), waiting))[0] == "Part of your order 536365 is being packed"


def test_who_is_overtaken_is_not_told_that_a_supplier_is_late() -> None:
    first = line(waiting=3, promised=10)
    moved_on = replace(first, promises=(*first.promises, replace(promise(40), cause="reshaped")))
    text = mail_about(order(moved_on), snapshot(order(first), Told(), NOW))[1]
    assert "other orders come before yours" in text
    assert "later than planned" not in text


def test_nobody_is_said_to_follow_up_what_has_been_discontinued() -> None:
    first = line(waiting=3, promised=10)
    text = mail_about(order(promised(first, None, "none")), snapshot(order(first), Told(), NOW))[1]
    assert "have been discontinued" in text
    assert "following this up" not in text


def test_one_parcel_of_which_nothing_is_here_offers_nothing_to_be_sent_now() -> None:
    waits, here = line(0, waiting=1, promised=10), line(1, waiting=1, promised=0, basis="stock")
    for others, offered in (([], False), ([here], True)):
        before = snapshot(order(waits, *others, shipping="hold"), Told(), NOW)
        text = mail_about(order(promised(waits, 40), *others, shipping="hold"), before)[1]
        assert ("send what is here already" in text) == offered


def test_one_parcel_is_promised_for_the_day_on_which_it_leaves() -> None:
    """Good news is the parcel's date, not that of the item that made it better."""
    late, early = line(0, waiting=1, promised=60), line(1, waiting=1, promised=30)
    before = snapshot(order(late, early, shipping="hold"), Told(), NOW)
    text = mail_about(order(promised(late, 2), early, shipping="hold"), before)[1]
    assert "We said: 6 March 2026 | Now: 4 February 2026" in text


def test_what_is_not_released_by_itself_is_not_on_its_way() -> None:
    view = order(line(allocated=2))
    assert "on its way to you" in mail_about(view)[1]
    assert "set aside for you" in mail_about(replace(view, head=replace(view.head, release="held")))[1]


def test_no_date_is_said_openly() -> None:
    _, text, _ = mail_about(order(line(waiting=3, promised=None)))
    assert "no date yet" in text
    assert "they will probably not come" in text


def test_a_date_that_has_passed_is_called_late() -> None:
    first = line(waiting=3, promised=2)
    assert "expected by 7 January 2026" in mail_about(order(first))[1]
    assert "late; we had expected it by 7 January 2026" in mail_about(order(first), now=NOW + timedelta(days=3))[1]


def test_an_order_in_stock_is_on_its_way_unless_it_waits_for_the_rest() -> None:
    stocked = line(waiting=3, promised=0, basis="stock")
    assert stocked.promises[0].by == by(0)
    assert "Everything in it is in stock and on its way" in mail_about(order(stocked))[1]
    held = mail_about(order(stocked, line(1, waiting=2), shipping="hold"))[1]
    assert "on its way" not in held
    assert "everything leaves together" in held


def test_a_line_added_later_is_not_called_a_new_order() -> None:
    first = line(waiting=3)
    told = snapshot(order(first), Told(), NOW)
    subject, text, _ = mail_about(order(moved(first, "waiting", "switched", 3), line(1, waiting=3)), told)
    assert subject == "Your order 536365 has changed"
    assert "exchanged for another item" in text


def test_items_without_a_description_are_named_by_their_sku() -> None:
    _, text, _ = mail_about(order(line(0, waiting=1), line(7, waiting=1)), descriptions=DESCRIPTIONS | {"SKU-7": " "})
    assert "- Red teapot (SKU-0) |" in text
    assert "- SKU-7 |" in text


def test_the_day_of_a_refund_is_told_where_a_law_says_it_and_something_is_owed_and_it_is_not_over() -> None:
    gone = given_up(order(line(cancelled=2), mode="prepaid"))
    free = replace(gone, lines=[replace(one, unit_price="0.00") for one in gone.lines])
    log = ((micros(NOW), NOTED, "storefront", "refunded"),)
    repaid = replace(gone, head=replace(gone.head, payment={"mode": "prepaid", "status": "refunded"}, log=log))

    def day_told(view: OrderView, law: str, days: float) -> bool:
        return "the money back by" in mail_about(view, law=law, now=NOW + timedelta(days=days))[1]

    assert day_told(gone, "eu", 0)
    assert day_told(gone, "us", 6)
    assert not day_told(gone, "us", 8)
    assert not day_told(gone, "none", 0)
    assert not day_told(free, "eu", 0)
    assert not day_told(repaid, "eu", 0)


def test_who_withdraws_from_goods_that_have_left_is_told_when_his_money_comes_back_and_what_it_may_wait_for() -> None:
    """Directive 2011/83/EU, Article 13: 14 days from the withdrawal; the trader may wait for the goods or a proof."""

    def told_of(view: OrderView, law: str = "eu", days: float = 0) -> str:
        declared = replace(view.head, log=((micros(NOW), WITHDRAWN, "customer", ""),))
        return mail_about(replace(view, head=declared), law=law, now=NOW + timedelta(days=days))[1]

    day = "comes back by 19 January 2026 at the latest; we may wait with it until we have them back"
    for units in ({"shipped": 2}, {"released": 2}):
        sent = order(line(**units), mode="prepaid")
        assert day in told_of(sent)
        assert day not in told_of(sent, "none")
        assert day not in told_of(sent, days=15)
        assert day not in told_of(
            replace(sent, head=replace(sent.head, payment={"mode": "prepaid", "status": "failed"}))
        )
        assert day not in told_of(replace(sent, lines=[replace(sent.lines[0], unit_price="0.00")]))
    assert day not in told_of(order(line(cancelled=2), mode="prepaid"))


def asked_about(days: int | None = 60, country: str = "US") -> OrderView:
    """An order of somebody who was told ten days, and is asked about so many."""
    return order(promised(line(waiting=3), days), customer=replace(CUSTOMER, country=country))


TEN_DAYS = snapshot(order(line(waiting=3)), Told(), NOW)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("days", [60, None])
def test_a_mail_that_asks_says_how_to_answer_and_its_button_leads_there(locale: str, days: int | None) -> None:
    words = language(locale)
    _, text, html = mail_about(asked_about(days), TEN_DAYS, locale, law="us")
    for part in (text, unescape(html)):
        assert words("decision_needed.how") in part
        assert words("decision_needed.link") in part
        assert words("order.link") not in part


def test_a_question_that_only_lets_go_says_how_to_answer_too() -> None:
    """The second notice of the EU: silence waits on, and the answer may end the contract."""
    first = asked_about(60, "SE")
    due = notice_due(first, pack("eu"), NOW + timedelta(days=11))
    assert due is not None
    told = replace(first, consents=Consents().opened(due.round).closed("lapsed", due.round.deadline, "rule"))
    _, text, _ = mail_about(told, TEN_DAYS, law="eu", now=NOW + timedelta(days=30))
    assert "You may end the contract for these items now" in text
    assert language("en")("decision_needed.how") in text


@pytest.mark.parametrize("locale", LOCALES)
def test_a_notice_that_needs_no_answer_does_not_ask_for_one(locale: str) -> None:
    words = language(locale)
    _, text, _ = mail_about(asked_about(30), TEN_DAYS, locale, law="us")
    assert words("decision_needed.how") not in text
    assert f"{words('order.link')}: https" in text
    assert words("promise_later.choices") in text


@pytest.mark.parametrize("days", [60, None])
def test_who_agrees_to_wait_is_told_that_he_may_still_cancel(days: int | None) -> None:
    """16 CFR 435.2(b)(1)(iii)(B) asks for it where no date can be given; here it is true of every delay."""
    _, text, _ = mail_about(asked_about(days), TEN_DAYS, law="us")
    assert "If you agree to wait, you may still cancel them at any time before they are shipped." in text


def test_while_a_question_stands_every_mail_says_how_to_answer_it() -> None:
    asked = asked_about()
    due = notice_due(asked, pack("us"), NOW)
    assert due is not None
    asked = replace(asked, consents=Consents().opened(due.round))
    _, text, _ = mail_about(asked, snapshot(asked, Told(), NOW), law="us", now=NOW + timedelta(days=31))
    assert "You have not heard from us for a while" in text
    assert "Tell us whether you want to wait or to cancel" in text
    assert "Decide now: https" in text


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("again", [False, True])
def test_what_was_cancelled_for_want_of_an_answer_says_so(locale: str, again: bool) -> None:
    ended = silent(asked_about())
    words = language(locale)
    until = words.date(date(2026, 2, 14))
    told = replace(TEN_DAYS, at=by(90)) if again else TEN_DAYS
    _, text, _ = mail_about(ended, told, locale, law="us", again=again)
    assert words("cancelled.lead_unanswered", date=until) in text


def test_what_was_cancelled_otherwise_blames_no_silence() -> None:
    ended = silent(asked_about())
    customers = replace(ended, consents=asked_and_refused(ended, "customer"))
    for view, told in ((customers, TEN_DAYS), (ended, replace(TEN_DAYS, at=by(90))), (ended_beside(ended), TEN_DAYS)):
        _, text, _ = mail_about(view, told, law="us")
        assert "These items have been cancelled and will not be sent." in text
        assert "no answer" not in text


def asked_and_refused(view: OrderView, actor: str) -> Consents:
    return replace(view.consents, rounds=tuple(replace(r, actor=actor) for r in view.consents.rounds))


def ended_beside(view: OrderView) -> OrderView:
    """What was cancelled is another line than the one that was asked about."""
    other = replace(view.lines[0], position=7, line_id="l7")
    return replace(view, lines=[other])


@pytest.mark.parametrize("locale", LOCALES)
def test_a_better_date_says_that_the_question_needs_no_answer_any_more(locale: str) -> None:
    words = language(locale)
    _, text, _ = settled_by_a_better_date(asked_about(), locale)
    assert words("promise_earlier.settled") in text
    assert words("decision_needed.how") not in text
    assert f"{words('order.link')}: https" in text


def test_a_question_that_ended_before_the_last_mail_is_not_mentioned_again() -> None:
    asked = asked_about()
    due = notice_due(asked, pack("us"), NOW)
    assert due is not None
    told = snapshot(asked, Told(), NOW)
    ended = Consents().opened(due.round).closed("moot", told.at, f"rule:{due.round.rule}")
    better = replace(asked, lines=[promised(asked.lines[0], 9)], consents=ended)
    assert language("en")("promise_earlier.settled") not in mail_about(better, told, law="us")[1]
