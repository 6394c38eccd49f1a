"""The customer opens the link of a mail and decides; whoever only looks, or clicks twice, changes nothing more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from infra.local.http_messages import Request
from shared.notifications.language import language
from shared.runtime import links
from tests.flow.conftest import Shop
from tests.flow.faults import Call, Faults, forked, rest, wrong
from tests.flow.test_consent import acknowledged, asked_in, customer, delayed, events
from tests.unit.notifications.letters import LOCALES
from tests.unit.pages.markup import Page, assert_page

pytestmark = pytest.mark.slow


def link_of(order: Any) -> str:
    return urlsplit(str(order["links"]["customer"])).path


def look(shop: Shop, path: str, status: int = 200, locale: str = "en") -> Page:
    shop.world.clock.tick()
    response = shop.world.gateway.handle(Request.of("GET", path, headers={"accept-language": locale}))
    assert response.status == status, response.body
    headers = {name.title(): value for name, value in dict(response.headers).items()}
    return assert_page(text(response), headers, locale)


def text(response: Any) -> str:
    return response.body.decode() if isinstance(response.body, bytes) else str(response.body)


def send(shop: Shop, path: str, fields: dict[str, str]) -> Any:
    shop.world.clock.tick()
    response = post(shop, path, fields)
    shop.settle()
    return response


def post(shop: Shop, path: str, fields: dict[str, str]) -> Any:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return shop.world.gateway.handle(Request.of("POST", path, headers=headers, body=urlencode(fields).encode()))


def form(page: Page, action: str, **typed: str) -> dict[str, str]:
    """The fields of the first form of the page that has this action, as a browser would send them."""
    found = next(fields for fields in page.forms() if fields.get("action") == action)
    return found | typed


def decide(shop: Shop, order: Any, action: str, locale: str = "en", **typed: str) -> str:
    path = link_of(order)
    response = send(shop, path, form(look(shop, path, locale=locale), action, **typed))
    assert response.status == 200, text(response)
    return text(response)


def test_the_mail_leads_to_the_page_which_tells_what_the_order_waits_for(shop: Shop) -> None:
    shop.item("A", free=1)
    order = shop.order("1", ("A", 3))
    shop.settle()
    (mail,) = shop.world.engine.ses.mailbox
    assert link_of(order).split("/")[1] == "b"
    address = next(word for word in mail["text"].split() if "/b/" in word)
    page = look(shop, urlsplit(address).path)
    assert "Thing A (A)" in page.text
    assert "at the latest by" in page.text
    assert "You are next in the queue." in page.text


@pytest.mark.parametrize(("address", "told"), [("success", True), ("bounce", False)])
def test_what_came_back_is_not_among_what_we_told(shop: Shop, address: str, told: bool) -> None:
    shop.item("A")
    who = customer("SE") | {"email": f"{address}@simulator.amazonses.com"}
    order = shop.order("1", ("A", 1), customer=who)
    shop.settle()
    assert ("What we have told you" in look(shop, link_of(order)).text) == told


def test_an_order_is_received_once_on_the_page_and_changed_afterwards(shop: Shop) -> None:
    for sku in ("A", "B"):
        shop.item(sku)
    order = shop.order("1", ("A", 1))
    shop.settle()
    shop.ok("s", "POST", f"/v1/backorders/{order['backorder_id']}/lines/0/switch", {"sku": "B"})
    shop.settle()
    page = look(shop, link_of(order)).text
    told = page[page.index("What we have told you") :]
    assert (told.count("Received"), told.count("New in your order")) == (1, 1), told


def test_looking_changes_nothing_however_often(shop: Shop) -> None:
    shop.item("A")
    order = shop.order("1", ("A", 3))
    shop.settle()
    before = sorted(map(str, shop.items_of_table()))
    for _ in range(2):
        look(shop, link_of(order))
    shop.settle()
    assert sorted(map(str, shop.items_of_table())) == before


def test_a_customer_cancels_a_line_once_however_often_he_clicks(shop: Shop) -> None:
    shop.item("A", alternatives=["B"])
    shop.item("B", free=9)
    order = shop.order("1", ("A", 3), ("B", 1))
    shop.settle()
    fields = form(look(shop, link_of(order)), "cancel", line="0")
    for _ in range(2):
        assert send(shop, link_of(order), fields).status == 200
    assert shop.units(order) == {"cancelled": 3}
    assert shop.units(order, 1) == {"released": 1}
    assert [e["units"] for e in events(shop, "backorder.cancelled")] == [3]


def test_a_line_beyond_the_sixtieth_is_decided_about_on_the_next_page_of_the_same_link(shop: Shop) -> None:
    shop.item("A")
    order = shop.order("1", *[("A", 1)] * 62)
    shop.settle()
    before = sorted(map(str, shop.items_of_table()))
    second = f"{link_of(order)}?page=2"
    page = look(shop, second)
    first = shop.world.gateway.handle(Request.of("GET", link_of(order)))
    assert '<a href="?page=2">' in text(first)
    assert sorted(map(str, shop.items_of_table())) == before
    of_line = next(fields for fields in page.forms() if fields["action"] == "cancel" and fields.get("line") == "61")
    assert send(shop, second, of_line).status == 200
    assert shop.units(order, 61) == {"cancelled": 1}
    assert shop.units(order, 60) == {"waiting": 1}
    assert shop.world.gateway.handle(Request.of("GET", f"{link_of(order)}?page=0")).status == 400


def test_a_customer_switches_to_an_item_that_is_offered_with_its_own_date(shop: Shop) -> None:
    shop.item("A", alternatives=["B"])
    shop.item("B", free=9)
    order = shop.order("1", ("A", 3))
    shop.settle()
    assert "In stock." in look(shop, link_of(order)).text
    decide(shop, order, "switch")
    assert shop.units(order) == {"switched": 3}
    assert shop.units(order, 1) == {"released": 3}


def test_a_customer_wants_fewer(shop: Shop) -> None:
    shop.item("A", free=1)
    order = shop.order("1", ("A", 4))
    shop.settle()
    decide(shop, order, "reduce", quantity="2")
    assert shop.units(order) == {"waiting": 1, "released": 1, "cancelled": 2}


def test_what_is_on_its_way_can_be_followed_from_the_page(shop: Shop) -> None:
    shop.item("A", free=3)
    order = shop.order("1", ("A", 5))
    shop.settle()
    assert "On its way" not in look(shop, link_of(order)).text
    for n, (carrier, units) in enumerate([("PostNord", 2), (None, 1)]):
        release = shop.read(order)["releases"][-1]["release_id"]
        shipment = {"shipment_id": f"s{n}", "tracking": f"JJ00{n}", "lines": [{"line_id": "0", "quantity": units}]}
        shop.ok("o", "POST", f"/v1/releases/{release}/ship", shipment | ({"carrier": carrier} if carrier else {}))
        shop.days(0.1)
    shown = look(shop, link_of(order)).text
    assert "Parcel with PostNord, tracking number JJ000" in shown
    assert "Tracking number JJ001" in shown
    assert shown.index("JJ001") < shown.index("JJ000"), "the latest first"


@pytest.mark.parametrize("kept", [{}, {"quantity": ""}, {"quantity": "0"}])
def test_who_wants_fewer_and_does_not_say_how_many_keeps_what_he_has(shop: Shop, kept: dict[str, str]) -> None:
    """A browser that does not know `required` sends the field empty: nothing is given up by that."""
    shop.item("A")
    order = shop.order("1", ("A", 3))
    shop.settle()
    fields = form(look(shop, link_of(order)), "reduce")
    fields.pop("quantity", None)
    assert send(shop, link_of(order), fields | kept).status == 409
    assert shop.units(order) == {"waiting": 3}


def test_one_parcel_has_one_date_and_what_lies_here_waits_for_no_place(shop: Shop) -> None:
    shop.item("A", free=1)
    shop.item("B")
    order = shop.order("1", ("A", 1), ("B", 1), shipping="hold")
    shop.days(2)
    page = look(shop, link_of(order))
    lies, waits = (page.html.partition(f'id="line-{n}"')[2].partition("</section>")[0] for n in (0, 1))
    assert "in stock" in lies
    assert "at the latest" not in lies
    assert "queue" not in lies
    assert "at the latest by" in waits
    assert "as soon as the last item is here. Probably by" in page.text
    assert "as soon as the last item is here. Probably by" in shop.world.engine.ses.mailbox[0]["text"]


def test_a_customer_holds_for_one_parcel_and_changes_his_mind(shop: Shop) -> None:
    shop.item("A", free=1)
    shop.item("B")
    order = shop.order("1", ("A", 1), ("B", 1), shipping="hold")
    shop.settle()
    assert shop.units(order) == {"waiting": 1}
    decide(shop, order, "split")
    assert shop.units(order) == {"released": 1}
    decide(shop, order, "hold")
    assert shop.read(order)["shipping"] == "hold"


def test_who_agrees_to_wait_is_not_cancelled(shop: Shop) -> None:
    order = delayed(shop, "US", 60)
    question = look(shop, link_of(order)).html.partition('id="question"')[2].partition("</section>")[0]
    assert "cancel these items" in question
    assert "Thing A" in question
    assert "keep your place" in decide(shop, order, "wait")
    assert shop.read(order)["consent"] == "given"
    shop.days(45)
    assert shop.units(order) == {"waiting": 3}
    assert asked_in(order, shop) == ["consent_asked", "consent_given"]


def test_a_question_about_more_than_it_names_says_about_how_many_more(shop: Shop) -> None:
    shop.item("A")
    order = shop.order("1", *[("A", 1)] * 23, customer=customer("US"))
    shop.settle()
    shop.days(0.5)
    acknowledged(shop, 60)
    shop.settle()
    question = look(shop, link_of(order)).html.partition('id="question"')[2].partition("</section>")[0]
    assert (question.count("Thing A"), "and 3 more lines" in question) == (20, True)


def test_what_was_called_back_from_the_warehouse_is_not_said_to_be_sent_at_once(shop: Shop) -> None:
    shop.item("A", free=1)
    order = shop.order("1", ("A", 1))
    shop.settle()
    at_once = "Whatever is ready is sent at once"
    (release,) = shop.read(order)["releases"]
    shop.ok("o", "POST", f"/v1/releases/{release['release_id']}/recall")
    shop.settle()
    page = look(shop, link_of(order)).text
    assert (at_once in page, "nothing of the order is being sent" in page) == (False, True)
    version = f'"{shop.read(order)["version"]}"'
    shop.ok("o", "PATCH", f"/v1/backorders/{order['backorder_id']}", {"release": "automatic"}, if_match=version)
    assert "nothing of the order is being sent" not in look(shop, link_of(order)).text


def test_who_agrees_agrees_to_the_date_that_the_page_shows(shop: Shop) -> None:
    """It has moved since the question was put, which moved no deadline: he is not asked the same again tomorrow."""
    order = delayed(shop, "US", 60)
    shop.days(2)
    acknowledged(shop, 90)
    shop.settle()
    decide(shop, order, "wait")
    shop.days(30)
    assert asked_in(order, shop) == ["consent_asked", "consent_given"]
    acknowledged(shop, 120)
    shop.days(1)
    assert asked_in(order, shop) == ["consent_asked", "consent_given", "consent_asked"], "a date he has not seen"


def test_an_answer_that_meets_the_next_question_counts_if_it_was_accepted(shop: Shop) -> None:
    order = delayed(shop, "US", 25)
    answer = form(look(shop, link_of(order)), "wait")
    acknowledged(shop, 120)

    def clean() -> Any:
        with Faults(shop.world).at_work() as faults:
            rest(shop)
        return [call for call, _ in faults.kinds if call[0].endswith("-notify-customers")]

    calls, accepted = [(name, n) for name, n in forked(clean)], []
    for call in calls:

        def trial(call: Call = call) -> Any:
            answers: list[int] = []
            with Faults(shop.world, call, lambda: answers.append(post(shop, link_of(order), answer).status)).at_work():
                rest(shop)
            return [answers, asked_in(order, shop), wrong(shop)]

        answers, asked, bad = forked(trial)
        assert bad == []
        assert (answers == [200]) == ("consent_given" in asked), call
        accepted.append(answers == [200])
    assert {True, False} == set(accepted)


def test_an_answer_that_comes_after_the_cancelling_is_refused_and_the_page_shows_what_became_of_it(shop: Shop) -> None:
    order = delayed(shop, "US", 60)
    late = form(look(shop, link_of(order)), "wait")
    shop.days(60)
    response = send(shop, link_of(order), late)
    assert response.status == 409
    assert "no longer possible" in text(response)
    assert shop.units(order) == {"cancelled": 3}


def test_who_was_not_cancelled_at_the_deadline_can_still_say_that_he_waits(shop: Shop) -> None:
    """The merchant has switched the cancelling off: it must not catch up with somebody who wants to wait."""
    shop.ok("o", "PUT", "/v1/settings", {"auto_cancel_enabled": False})
    order = delayed(shop, "US", 60)
    shop.days(60)
    assert shop.read(order)["consent"] == "pending"
    decide(shop, order, "wait")
    shop.ok("o", "PUT", "/v1/settings", {"auto_cancel_enabled": True})
    shop.days(2)
    assert shop.units(order) == {"waiting": 3}


def test_a_european_withdraws_and_gets_it_confirmed_with_date_and_time(shop: Shop) -> None:
    shop.item("A", free=1)
    order = shop.order("1", ("A", 3), customer=customer("SE"), payment={"mode": "prepaid"})
    shop.settle()
    decide(shop, order, "withdraw")
    shop.settle()
    assert shop.units(order) == {"released": 1, "cancelled": 2}
    mail = shop.world.engine.ses.mailbox[-1]
    assert mail["tags"]["kind"] == "withdrawal_confirmed"
    assert "5 January 2026 at 09:" in mail["text"]
    (release,) = shop.read(order)["releases"]
    shop.ok("o", "POST", f"/v1/releases/{release['release_id']}/ship", {"shipment_id": "s1"})
    shop.days(1)
    assert shop.mails()[-1] == "shipped"
    assert shop.mails().count("withdrawal_confirmed") == 1
    assert not any(fields.get("action") == "withdraw" for fields in look(shop, link_of(order)).forms())


def test_where_there_is_no_right_to_withdraw_none_is_offered(shop: Shop) -> None:
    shop.item("A")
    order = shop.order("1", ("A", 3), customer=customer("US"))
    shop.settle()
    assert not any(fields.get("action") == "withdraw" for fields in look(shop, link_of(order)).forms())


def test_a_form_of_an_older_page_does_nothing_once_the_order_has_changed(shop: Shop) -> None:
    shop.item("A")
    order = shop.order("1", ("A", 3))
    shop.settle()
    old = form(look(shop, link_of(order)), "reduce", quantity="1")
    decide(shop, order, "hold")
    response = send(shop, link_of(order), old)
    assert (response.status, shop.units(order)) == (409, {"waiting": 3})


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"action": "explode", "nonce": "0" * 16},
        {"action": "cancel", "nonce": "x"},
        {"action": "cancel", "nonce": "0" * 16, "extra": "1"},
        {"action": "reduce", "nonce": "0" * 16, "quantity": "-1", "line": "0"},
        {"action": "reduce", "nonce": "0" * 16, "quantity": "1" * 40, "line": "0"},
    ],
)
def test_a_form_that_is_not_ours_is_refused_kindly(shop: Shop, fields: dict[str, str]) -> None:
    shop.item("A")
    order = shop.order("1", ("A", 3))
    shop.settle()
    assert send(shop, link_of(order), fields).status == 400
    assert shop.units(order) == {"waiting": 3}


def test_a_link_that_is_not_ours_gets_one_and_the_same_answer(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(links.LIFETIMES, "customer", timedelta(hours=3))
    shop.item("A")
    path = link_of(shop.order("1", ("A", 3)))
    shop.settle()
    flipped = path[:-1] + ("A" if path[-1] != "A" else "B")
    pages = {look(shop, wrong, 404).text for wrong in (flipped, "/b/x", path[:-1])}
    assert len(pages) == 1
    shop.days(2 / 24)
    look(shop, path)
    shop.days(2 / 24)
    assert look(shop, path, 404).text in pages


@pytest.mark.parametrize("locale", LOCALES)
def test_the_page_speaks_the_language_of_its_customer(shop: Shop, locale: str) -> None:
    shop.item("A", free=1, alternatives=["B"])
    shop.item("B", free=5)
    order = shop.order("1", ("A", 3), customer=customer("SE") | {"locale": locale})
    shop.settle()
    page = look(shop, link_of(order), locale=locale)
    words = language(locale)
    for key in ("cancel_all_confirm", "hold", "withdraw_confirm", "place_next"):
        assert words(f"customer_page.{key}") in page.text
    assert words("customer_page.did_hold") in decide(shop, order, "hold", locale=locale)


def test_an_order_of_1114_lines_has_a_page_of_bearable_length(shop: Shop) -> None:
    for n in range(20):
        shop.item(f"S{n}")
    order = shop.order("1", *((f"S{n % 20}", 1) for n in range(1114)))
    shop.settle()
    page = look(shop, link_of(order))
    assert "1,054 more lines" in page.text
    decide(shop, order, "cancel")
    assert shop.read(order)["status"] == "open", "the first form that cancels is that of a line"
