"""The supplier's page through the API's door: what it shows, and that what is sent from it is taken once and whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from shared.kernel.clock import micros
from shared.notifications.language import language
from shared.purchasing.answers import LineAnswer
from shared.purchasing.lines import Dates
from shared.runtime import links
from shared.runtime.container import container
from tests.functions.service import Reply
from tests.unit.pages.markup import Page, assert_page
from tests.unit.purchasing.desk import Desk

FORM = {"content-type": "application/x-www-form-urlencoded"}


class Visitor:
    """Somebody with a link, who has no account."""

    def __init__(self, desk: Desk, order_id: str, **link: Any) -> None:
        self.desk = desk
        self.target = urlsplit(links.link(container(), "supplier", order_id, desk.now, **link)).path
        self.page = Page("<main></main>")

    def look(self, status: int = 200, locale: str = "en") -> Page:
        return self._shown(self.desk.service.call("GET", self.target, scopes=None), status, locale)

    def send(self, action: str = "answer", status: int = 200, locale: str = "en", **fields: str) -> Page:
        """Send the form of the page last seen, with these fields typed (`status_0` for `status-0`)."""
        typed = {name.replace("_", "-"): value for name, value in fields.items()}
        return self.post({**self.page.fields(), **typed, "action": action}, status, locale)

    def post(self, fields: dict[str, str] | bytes, status: int, locale: str = "en") -> Page:
        body = fields if isinstance(fields, bytes) else urlencode(fields).encode()
        return self._shown(self.desk.service.call("POST", self.target, body, scopes=None, headers=FORM), status, locale)

    def _shown(self, reply: Reply, status: int, locale: str) -> Page:
        assert reply.status == status, reply.text
        self.page = assert_page(reply.text, reply.headers, locale)
        return self.page


@pytest.fixture
def order_id(desk: Desk) -> str:
    """A sent order of 10 A and 6 B."""
    desk.item("A", supplier_sku="N-1", description="Lantern <b>")
    desk.item("B")
    desk.order(("A", 10), ("B", 6))
    return desk.sent()[0].id


@pytest.fixture
def visitor(desk: Desk, order_id: str) -> Visitor:
    visitor = Visitor(desk, order_id)
    visitor.look()
    return visitor


def test_the_page_shows_lines_quantities_and_dates(visitor: Visitor, order_id: str) -> None:
    for words in (order_id, "N-1: Lantern <b>", "Our number: A", "Ordered: 10 × 1 EUR", "Expected on: 15 January 2026"):
        assert words in visitor.page.text
    assert visitor.page.one("form").attributes == {"method": "post", "action": ""}


def test_looking_changes_nothing_however_often(visitor: Visitor, desk: Desk) -> None:
    before = desk.service.items()
    first, second = visitor.look(), visitor.look()
    assert first.html == second.html
    assert desk.service.items() == before


def test_one_click_accepts_everything(visitor: Visitor, desk: Desk, order_id: str) -> None:
    page = visitor.send("accept")
    assert "has been recorded" in page.text
    assert "Your answer so far: 10 on 15 January 2026." in page.text
    order, lines = desk.read(order_id)
    assert (order.status, {(line.reply, line.firm) for line in lines}) == ("acknowledged", {("accepted", True)})
    assert order.log[-1][1:3] == ("acknowledged", "supplier:s1")
    assert "Accept all" not in page.text


def test_a_second_click_changes_nothing(visitor: Visitor, desk: Desk) -> None:
    form = {**visitor.page.fields(), "action": "accept"}
    visitor.post(form, 200)
    before = desk.service.items()
    assert "answered every line already" in visitor.post(form, 200).text
    assert desk.service.items() == before


def test_the_same_form_sent_again_changes_nothing(visitor: Visitor, desk: Desk) -> None:
    typed = {"status-0": "changed", "quantity-0": "4", "status-1": "rejected", "action": "answer"}
    form = visitor.page.fields() | typed
    visitor.post(form, 200)
    before = desk.service.items()
    visitor.post(form, 200)
    assert desk.service.items() == before


def test_line_by_line(visitor: Visitor, desk: Desk, order_id: str) -> None:
    page = visitor.send(status_0="changed", quantity_0="8", date_0="2026-02-02", status_1="backordered", quantity_1="2")
    assert "8 on 2 February 2026. 2 not delivered." in page.text
    one, other = desk.line(order_id, "A"), desk.line(order_id, "B")
    assert (one.open, one.closed_short) == (8, 2)
    assert one.due == micros(desk.now.replace(month=2, day=2, hour=12, minute=0, second=0, microsecond=0))
    assert other.later is not None
    assert (other.early, other.later.units) == (4, 2)


@pytest.mark.parametrize("zone", ["Etc/GMT+12", "America/New_York", "Pacific/Auckland", "Pacific/Kiritimati"])
def test_the_day_that_was_typed_is_the_day_that_is_shown_wherever_the_merchant_is(
    visitor: Visitor, desk: Desk, zone: str
) -> None:
    """From twelve hours behind UTC to fourteen before it."""
    assert desk.service.call("PUT", "/v1/settings", {"time_zone": zone}).status == 200
    page = visitor.send(status_0="changed", date_0="2026-02-02", status_1="backordered", quantity_1="2")
    assert "10 on 2 February 2026." in page.text
    page = visitor.send(status_1="backordered", quantity_1="2", date_1="2026-07-03")
    assert "2 on 3 July 2026." in page.text


def test_a_line_without_an_answer_stays_as_it_is(visitor: Visitor, desk: Desk, order_id: str) -> None:
    before = desk.line(order_id, "B")
    page = visitor.send(status_0="rejected")
    assert desk.line(order_id, "B") == before
    assert "Accept all" in page.text
    visitor.send("accept")
    assert [desk.line(order_id, sku).reply for sku in "AB"] == ["rejected", "accepted"]


@pytest.mark.parametrize("locale", ["en", "sv", "nl", "de", "fr", "es"])
def test_what_we_took_off_is_shown_as_taken_off_and_accepting_everything_does_not_bring_it_back(
    desk: Desk, order_id: str, locale: str
) -> None:
    desk.supplier(amend_days=3, locale=locale, version=2)
    desk.give_up("A", 10)
    desk.give_up("B", 2)
    desk.run_schedule()
    visitor = Visitor(desk, order_id)
    page = visitor.look(locale=locale)
    say = language(locale)
    assert say("supplier_page.taken_off") in page.text
    assert f"{say('supplier_page.less')}: 10" in page.text
    assert f"{say('supplier_page.less')}: 2" in page.text
    assert not {"status-0", "quantity-0", "date-0"} & page.fields().keys()
    visitor.post({**page.fields(), "status-0": "accepted", "action": "answer"}, 422, locale)
    visitor.look(locale=locale)
    visitor.send("accept", locale=locale)
    assert [(desk.line(order_id, sku).open, desk.stock(sku).on_order) for sku in "AB"] == [(0, 0), (4, 4)]
    assert desk.line(order_id, "A").reply is None
    desk.give_up("A", -10)
    desk.give_up("B", -2)


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"status_0": "changed", "quantity_0": "11"}, "quantity-0", "Only 10 were ordered."),
        ({"status_0": "changed"}, "status-0", "another quantity, another date, or both"),
        ({"status_0": "accepted", "quantity_0": "3"}, "quantity-0", "As ordered means all 10"),
        ({"status_0": "rejected", "quantity_0": "3"}, "quantity-0", "Leave this empty"),
        ({"status_0": "changed", "quantity_0": "3.5"}, "quantity-0", "whole number"),
        ({"status_0": "changed", "quantity_0": "-1"}, "quantity-0", "whole number"),
        ({"status_0": "changed", "quantity_0": "9" * 20}, "quantity-0", "whole number"),
        ({"status_0": "changed", "quantity_0": "1234567"}, "quantity-0", "Only 10 were ordered."),
        ({"status_0": "accepted", "date_0": "2026-01-01"}, "date-0", "has passed"),
        ({"status_0": "accepted", "date_0": "31.1.2026"}, "date-0", "a date such as"),
        ({"status_0": "accepted", "date_0": "2026-02-30"}, "date-0", "a date such as"),
        ({"status_0": "accepted", "date_0": "9999-12-31"}, "date-0", "a date such as"),
        ({"quantity_0": "3"}, "status-0", "choose an answer"),
        ({"status_0": "sure"}, "status-0", "choose an answer"),
        ({}, "", "at least one line"),
    ],
)
def test_a_mistake_is_named_at_its_field_and_nothing_is_lost(
    visitor: Visitor, desk: Desk, typed: dict[str, str], field: str, words: str
) -> None:
    before = desk.service.items()
    page = visitor.send(status=422, status_1="rejected" if typed else "", **typed)
    assert desk.service.items() == before
    alert = next(one for one in page.elements if one.attributes.get("role") == "alert")
    assert words in alert.text
    if field:
        marked = [one.attributes["name"] for one in page.elements if one.attributes.get("aria-invalid") == "true"]
        assert marked == [field]
        assert f"#{field}" in [one.attributes["href"] for one in page.all("a")]
        kept = {name.replace("_", "-"): value for name, value in typed.items() if value != "sure"}
        assert kept.items() <= page.fields().items()
        assert page.fields()["status-1"] == "rejected"


def test_an_answer_to_an_order_that_changed_meanwhile_is_refused_whole(
    visitor: Visitor, desk: Desk, order_id: str
) -> None:
    desk.answer(order_id, LineAnswer("B", "rejected"))
    before = desk.service.items()
    page = visitor.send(status=409, status_0="accepted", status_1="accepted")
    assert "Nothing of your answer was taken" in page.text
    assert page.fields()["status-1"] == "accepted"
    assert desk.service.items() == before
    visitor.send(status_0="accepted")  # from the page as it is now
    assert desk.line(order_id, "A").reply == "accepted"


@pytest.mark.parametrize("how", ["cancelled", "closed", "received", "rejected"])
def test_an_order_that_is_over_can_be_read_and_not_answered(
    visitor: Visitor, desk: Desk, order_id: str, how: str
) -> None:
    if how == "cancelled":
        desk.cancel(order_id)
    elif how == "closed":
        desk.close_short(order_id)
    elif how == "received":
        desk.receive("r1", ("A", 10), ("B", 6), against=order_id)
    else:
        desk.answer(order_id, LineAnswer("A", "rejected"), LineAnswer("B", "rejected"))
    before = desk.service.items()
    page = visitor.send(status=409, status_0="changed", quantity_0="3")
    assert desk.service.items() == before
    assert page.all("form", "input", "button") == []
    assert visitor.look().text == page.text
    assert any(word in page.text for word in ("has been cancelled", "is closed", "has arrived", "cannot deliver"))


def test_links_that_lead_nowhere_get_one_and_the_same_page(visitor: Visitor, desk: Desk, order_id: str) -> None:
    good = visitor.target
    expired = Visitor(desk, order_id, lifetime=timedelta(seconds=-1)).target
    customer = urlsplit(links.link(container(), "customer", order_id, desk.now)).path.replace("/b/", "/p/")
    targets = [expired, customer, Visitor(desk, "po_nothing").target, good[:-1], good + "A", "/p/x", "/p/" + "x" * 3000]
    pages = set()
    for target in targets:
        visitor.target = target
        pages.add(visitor.look(404).html)
        pages.add(visitor.post({"action": "accept"}, 404).html)
    assert len(pages) == 1
    assert order_id not in pages.pop()


def test_a_program_that_asks_for_json_gets_a_problem(desk: Desk, order_id: str) -> None:
    reply = desk.service.call("GET", "/p/forged", scopes=None, headers={"accept": "application/json"})
    assert (reply.status, reply.headers["Content-Type"]) == (404, "application/problem+json")
    assert reply.json["instance"] == "/p"


@pytest.mark.parametrize(
    "body",
    [
        b"action=accept&action=answer",
        b"action=burn",
        b"",
        b"no form",
        b"action=answer&status-9=accepted",
        b"action=answer&status-00=accepted",
        b"action=answer&price-0=1",
        b"action=answer&status-0=%ff",
        b"a=&" * 11_000,
        b"\xff\xfe",
        b'{"action": "accept"}',
    ],
)
def test_what_is_no_form_of_ours_is_refused_with_a_page(visitor: Visitor, desk: Desk, body: bytes) -> None:
    before = desk.service.items()
    assert "could not read" in visitor.post(body, 400).text
    assert desk.service.items() == before


def test_another_media_type_is_refused_with_a_page(visitor: Visitor, desk: Desk) -> None:
    headers = {"content-type": "application/json"}
    reply = desk.service.call("POST", visitor.target, {"action": "accept"}, scopes=None, headers=headers)
    assert reply.status == 400
    assert_page(reply.text, reply.headers, "en")


@pytest.mark.parametrize("locale", ["sv", "nl", "de", "fr", "es"])
def test_the_page_speaks_the_suppliers_language(desk: Desk, locale: str) -> None:
    desk.supplier("s2", locale=locale)
    desk.item("A", supplier_id="s2")
    desk.order(("A", 10))
    visitor = Visitor(desk, desk.sent()[0].id)
    page = visitor.look(locale=locale)
    assert "Accept all" not in page.text
    visitor.send(status=422, locale=locale, status_0="changed", quantity_0="11")
    visitor.send("accept", locale=locale)


@pytest.mark.slow
def test_an_order_of_a_thousand_lines_is_one_page_and_one_answer(desk: Desk) -> None:
    skus = desk.items(1_114)
    desk.order(*[(sku, 2) for sku in skus])
    visitor = Visitor(desk, desk.sent()[0].id)
    page = visitor.look()
    assert len(page.html.encode()) < 3_000_000  # a function's answer may have 6 MB
    typed = {f"status-{n}": "changed" if n % 2 else "accepted" for n in range(1_114)}
    typed |= {f"quantity-{n}": "1" for n in range(1, 1_114, 2)}
    visitor.post({**page.fields(), **typed, "action": "answer"}, 200)
    _, lines = desk.read(visitor.desk.orders()[0].id)
    assert sum(line.open for line in lines) == 557 * 2 + 557


def test_the_page_repeats_the_dates_he_named_not_what_experience_makes_of_them(
    visitor: Visitor, desk: Desk, order_id: str
) -> None:
    visitor.send(status_0="changed", date_0="2026-02-02", status_1="backordered", quantity_1="2", date_1="2026-03-03")
    line = desk.line(order_id, "A")
    moved = replace(line, dates=Dates(line.dates.likely + 9 * 86_400_000_000, line.dates.by + 9 * 86_400_000_000))
    desk.book.change(desk.read(order_id)[0], [(line, moved)])
    page = visitor.look()
    assert "10 on 2 February 2026." in page.text
    assert "2 on 3 March 2026." in page.text
