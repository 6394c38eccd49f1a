"""Those who only ask to be told: once each, oldest first, not more of them than can be served, and out with one click."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from infra.local import control
from infra.local.http_messages import Request
from infra.local.world import World
from shared.aws.subscription_store import subscription_item
from shared.aws.table import Table
from shared.kernel.clock import micros
from shared.notifications.language import language
from shared.notifications.ports import mailbox_of
from shared.subscriptions.model import Subscription
from tests.flow.conftest import Shop
from tests.flow.test_customer_page import look, text
from tests.flow.test_notices import advance_to
from tests.simulation.wrong_clocks import right_but_for
from tests.unit.notifications.letters import LOCALES

pytestmark = pytest.mark.slow

ONE_CLICK = b"List-Unsubscribe=One-Click"


def ask(shop: Shop, email: str, sku: str = "A", status: int = 201, key: str = "", **more: Any) -> Any:
    keyed = {"idempotency_key": key} if key else {}
    answer = shop.call("s", "POST", f"/v1/items/{quote(sku, safe='')}/subscriptions", {"email": email, **more}, **keyed)
    assert answer.status == status, answer.body
    return answer


def told(shop: Shop) -> list[str]:
    """Who was told that something is there again, in order."""
    return [one["to"] for one in control.mails(shop.world) if one["kind"] == "back_in_stock"]


def mail(shop: Shop) -> dict[str, Any]:
    return next(one for one in reversed(control.mails(shop.world)) if one["kind"] == "back_in_stock")


def page_of(one: dict[str, Any]) -> str:
    """The path that the mail's header names."""
    return urlsplit(one["headers"]["List-Unsubscribe"].strip("<>")).path


def leave(shop: Shop, path: str, body: bytes = ONE_CLICK, kind: str = "application/x-www-form-urlencoded") -> Any:
    shop.world.clock.tick()
    return shop.world.gateway.handle(Request.of("POST", path, headers={"content-type": kind}, body=body))


def subscriptions(shop: Shop) -> list[dict[str, Any]]:
    return [one for one in shop.items_of_table() if one["kind"]["S"] == "subscription"]


def per_unit(shop: Shop, mails: int, **more: Any) -> None:
    shop.ok("o", "PUT", "/v1/settings", {"subscriber_mails_per_unit": mails, **more})


def test_who_asked_is_told_once_when_the_item_comes(shop: Shop) -> None:
    shop.item("A")
    answer = ask(shop, "ann@example.com", locale="sv", country="SE")
    assert answer.body["status"] == "waiting"
    assert answer.body["expires_at"].startswith("2026-07-04T09:00:00")
    shop.settle()
    assert told(shop) == []
    shop.receive(A=2)
    shop.settle()
    assert told(shop) == ["ann@example.com"]
    assert (mail(shop)["locale"], mail(shop)["subject"]) == ("sv", "Thing A finns igen")
    shop.receive(A=2)
    shop.days(5)
    assert told(shop) == ["ann@example.com"]
    assert "ann" not in json.dumps(subscriptions(shop)), "once he is told we do not know his address any more"


def test_who_asks_for_what_is_there_is_told_at_once(shop: Shop) -> None:
    shop.item("A", free=1)
    ask(shop, "ann@example.com")
    shop.settle()
    assert told(shop) == ["ann@example.com"]


def test_units_that_waiting_lines_need_are_not_announced(shop: Shop) -> None:
    shop.item("A")
    shop.item("B")
    shop.order("1", ("A", 3))
    shop.order("2", ("A", 2), ("B", 1), shipping="hold")
    ask(shop, "ann@example.com")
    shop.settle()
    shop.receive(A=3)
    shop.settle()
    shop.days(3)
    assert told(shop) == []
    shop.receive(A=2)
    shop.days(3)
    assert told(shop) == [], "two are kept for the order in one parcel"
    shop.receive(A=1)
    shop.settle()
    assert told(shop) == ["ann@example.com"]


def test_an_order_that_nobody_has_counted_yet_counts(shop: Shop) -> None:
    """A thousand people see the item at once: what they have ordered is not announced to others."""
    shop.item("A")
    ask(shop, "ann@example.com")
    shop.settle()
    shop.found("A", 2)
    shop.order("1", ("A", 2))
    shop.settle()
    shop.days(3)
    assert told(shop) == []


def test_a_cancelled_unit_is_announced(shop: Shop) -> None:
    shop.item("A", free=1)
    order = shop.order("1", ("A", 1), shipping="hold")
    shop.settle()
    ask(shop, "ann@example.com")
    shop.settle()
    assert told(shop) == []
    recall = shop.read(order)["releases"][0]["release_id"]
    shop.ok("o", "POST", f"/v1/releases/{recall}/recall", {})
    shop.settle()
    assert told(shop) == []
    shop.ok("o", "POST", f"/v1/backorders/{order['backorder_id']}/cancel", {"reason": "customer"})
    shop.settle()
    assert told(shop) == ["ann@example.com"]


def test_the_oldest_are_told_first_and_only_as_many_as_the_rule_allows(shop: Shop) -> None:
    per_unit(shop, 2)
    shop.item("A")
    for n in range(7):
        ask(shop, f"c{n}@example.com")
    shop.settle()
    shop.receive(A=1)
    shop.settle()
    assert told(shop) == ["c0@example.com", "c1@example.com"]
    shop.days(1)
    assert len(told(shop)) == 2, "they have two days to themselves"
    shop.receive(A=1)
    shop.settle()
    assert told(shop)[2:] == ["c2@example.com", "c3@example.com"], "another unit is there for others"
    shop.days(2)
    assert told(shop)[4:] == ["c4@example.com", "c5@example.com", "c6@example.com"], "what is left after two days"
    shop.days(9)
    assert len(told(shop)) == 7


def test_the_same_mailbox_subscribes_once_whatever_its_case(shop: Shop) -> None:
    shop.item("A")
    first = ask(shop, "Ann@Example.com", key="k1")
    again = ask(shop, "Ann@Example.com", key="k1")
    assert again.headers["idempotency-replayed"] == "true"
    assert again.body == first.body
    other = ask(shop, "ann@example.COM", status=200)
    assert other.body["subscribed_at"] == first.body["subscribed_at"]
    ask(shop, "ann@example.com", locale="de", status=409)
    ask(shop, "ann@example.com", locale="de", status=422, key="k1")
    assert len(subscriptions(shop)) == 1
    shop.receive(A=5)
    shop.settle()
    assert told(shop) == ["Ann@Example.com"]


def test_who_was_told_may_ask_again(shop: Shop) -> None:
    shop.item("A", free=1)
    ask(shop, "ann@example.com", key="k1")
    shop.settle()
    assert ask(shop, "ann@example.com", key="k1").body["status"] == "told"
    assert len(told(shop)) == 1
    shop.days(3)
    ask(shop, "ann@example.com")
    shop.settle()
    assert len(told(shop)) == 2


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/email"),
        ({"email": "ann"}, "/email"),
        ({"email": "ann@example.com\r\nBcc: all@example.com"}, "/email"),
        ({"email": "ann@example.com", "locale": "{{7*7}}"}, "/locale"),
        ({"email": "ann@example.com", "country": "Sweden"}, "/country"),
        ({"email": "ann@example.com", "name": "Ann"}, "/name"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(shop: Shop, body: dict[str, str], pointer: str) -> None:
    shop.item("A")
    answer = shop.call("s", "POST", "/v1/items/A/subscriptions", body)
    assert (answer.status, [e["pointer"] for e in answer.body["errors"]]) == (422, [pointer])
    assert subscriptions(shop) == []


def test_nobody_waits_for_an_item_that_does_not_exist(shop: Shop) -> None:
    ask(shop, "ann@example.com", sku="nothing", status=404)
    assert subscriptions(shop) == []


HOSTILE = "A/#%0a<b>{{7*7}}{% x %}"


def test_hostile_names_are_text_in_the_mail_and_on_the_page(shop: Shop) -> None:
    shop.item(quote(HOSTILE, safe=""), description="<script>alert(1)</script>\r\nBcc: a@b.example {{7*7}}")
    shop.found(HOSTILE, 1)
    ask(shop, "ann@example.com", sku=HOSTILE)
    shop.settle()
    assert told(shop) == ["ann@example.com"]
    assert set(mail(shop)["headers"]) == {"List-Unsubscribe", "List-Unsubscribe-Post"}
    assert re.fullmatch(r"<https?://[^\s<>]+/u/[A-Za-z0-9_-]+>", mail(shop)["headers"]["List-Unsubscribe"])
    assert "<script" not in mail(shop)["html"]
    assert "{{7*7}}" in mail(shop)["subject"]
    page = look(shop, page_of(mail(shop)))
    assert "<script>alert(1)</script> Bcc: a@b.example {{7*7}}" in page.text
    assert "ann" not in page_of(mail(shop))


def test_one_click_in_the_mail_program_ends_all_of_it(shop: Shop) -> None:
    shop.item("A", free=1)
    shop.item("B")
    for sku in ("A", "B"):
        ask(shop, "ann@example.com", sku=sku)
    ask(shop, "bob@example.com", sku="B")
    shop.settle()
    assert mail(shop)["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for _ in range(2):
        assert leave(shop, page_of(mail(shop))).status == 200
    assert (shop.counted("WaitJoins"), shop.counted("WaitLeaves")) == (3, 1)
    shop.receive(B=9)
    shop.settle()
    assert told(shop) == ["ann@example.com", "bob@example.com"]
    assert not any("email" in one for one in subscriptions(shop))
    ask(shop, "ann@example.com")
    shop.settle()
    assert told(shop)[2:] == ["ann@example.com"], "who asks again is told again"


def test_who_leaves_has_left_whatever_the_clocks_show(shop: Shop) -> None:
    for sku in "AB":
        shop.item(sku, free=1 if sku == "A" else 0)
    ask(shop, "ann@example.com")
    shop.settle()
    with right_but_for(shop.world.clock, timedelta(minutes=5)):
        ask(shop, "ann@example.com", sku="B")
    leave(shop, page_of(mail(shop)))
    shop.receive(B=9)
    shop.settle()
    assert told(shop) == ["ann@example.com"]
    with right_but_for(shop.world.clock, timedelta(minutes=-5)):
        ask(shop, "ann@example.com", sku="B")
    shop.settle()
    assert len(told(shop)) == 2, "who asks again is told again"


def test_one_click_may_be_sent_in_parts(shop: Shop) -> None:
    shop.item("A", free=1)
    ask(shop, "ann@example.com")
    shop.settle()
    parts = b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
    path = page_of(mail(shop))
    assert leave(shop, path, parts, "multipart/form-data; boundary=x").status == 200
    assert subscriptions(shop)[0]["state"]["S"] == "ended"
    wrong = parts.replace(b"One-Click", b"Two-Clicks")
    assert leave(shop, path, wrong, "multipart/form-data; boundary=x").status == 400


def test_looking_at_the_page_changes_nothing_and_its_button_leaves(shop: Shop) -> None:
    per_unit(shop, 1)
    shop.item("A", free=1)
    ask(shop, "ann@example.com", locale="de")
    shop.settle()
    path = page_of(mail(shop))
    before = sorted(map(str, shop.items_of_table()))
    for _ in range(2):
        page = look(shop, path, locale="de")
    shop.settle()
    assert sorted(map(str, shop.items_of_table())) == before
    assert page.forms() == [{"List-Unsubscribe": "One-Click"}]
    assert language("de")("subscription.done", shop="Our shop") in text(leave(shop, path))
    assert leave(shop, path, b"action=cancel").status == 400


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_link_that_is_not_ours_gets_the_same_answer_as_any_other(shop: Shop, method: str) -> None:
    shop.item("A", free=1)
    order = shop.order("1", ("A", 1))
    ask(shop, "ann@example.com")
    shop.found("A", 1)
    shop.settle()
    path = page_of(mail(shop))
    foreign = urlsplit(str(order["links"]["customer"])).path.replace("/b/", "/u/")
    wrong = [foreign, path[:-1], "/u/x"]
    wrong += [path[:n] + ("A" if path[n] != "A" else "B") + path[n + 1 :] for n in range(3, len(path), 5)]
    kind = {"content-type": "application/x-www-form-urlencoded"}
    body = ONE_CLICK if method == "POST" else None
    answers = [shop.world.gateway.handle(Request.of(method, one, headers=kind, body=body)) for one in wrong]
    assert {answer.status for answer in answers} == {404}
    assert len({text(answer) for answer in answers}) == 1
    assert subscriptions(shop)[0]["state"]["S"] == "sent"


def test_only_this_mail_has_the_headers_of_a_list(shop: Shop) -> None:
    shop.item("A")
    order = shop.order("1", ("A", 1))
    ask(shop, "bob@example.com")
    shop.settle()
    shop.days(0.5)
    shop.receive(A=2)
    shop.settle()
    shop.ok("s", "POST", f"/v1/releases/{order['backorder_id']}.r1/ship", {"shipment_id": "s"})
    shop.settle()
    headers = {one["kind"]: set(one["headers"]) for one in control.mails(shop.world)}
    assert headers.pop("back_in_stock") == {"List-Unsubscribe", "List-Unsubscribe-Post"}
    assert set(headers) >= {"accepted", "released", "shipped", "purchase_order"}
    assert not set().union(*headers.values())


def test_a_closed_mailbox_is_not_written_to(shop: Shop) -> None:
    address = "bounce@simulator.amazonses.com"
    shop.item("A", free=1)
    customer = {"id": "x", "email": address, "name": "X", "locale": "en", "country": "SE"}
    shop.order("1", ("A", 1), customer=customer)
    shop.settle()
    ask(shop, address)
    ask(shop, "bob@example.com")
    shop.found("A", 1)
    shop.settle()
    assert told(shop) == ["bob@example.com"]
    assert {one["state"]["S"] for one in subscriptions(shop)} == {"suppressed", "sent"}


def test_a_complaint_about_this_mail_closes_the_mailbox(shop: Shop) -> None:
    address = "complaint@simulator.amazonses.com"
    shop.item("A", free=1)
    ask(shop, address)
    shop.settle()
    shop.days(3)
    ask(shop, address)
    shop.settle()
    assert told(shop) == [address]


def test_who_sleeps_keeps_his_place_until_the_morning(shop: Shop) -> None:
    per_unit(shop, 1, quiet_hours={"from": "21:00", "to": "08:00"})
    shop.item("A")
    ask(shop, "hanako@example.com", country="JP")
    ask(shop, "ann@example.com", country="SE")
    ask(shop, "bob@example.com", country="SE")
    shop.settle()
    advance_to(shop, "2026-01-05T13:00:00Z")  # 22:00 in Tokyo
    shop.receive(A=2)
    shop.settle()
    assert told(shop) == ["ann@example.com"]
    advance_to(shop, "2026-01-05T22:00:00Z")
    assert told(shop) == ["ann@example.com"]
    advance_to(shop, "2026-01-06T00:00:00Z")
    assert told(shop) == ["ann@example.com", "hanako@example.com"]


def test_while_mail_is_off_nobody_is_told_and_afterwards_everybody(shop: Shop) -> None:
    per_unit(shop, 3, mail_enabled=False)
    shop.item("A", free=1)
    ask(shop, "ann@example.com")
    shop.settle()
    shop.days(1)
    assert told(shop) == []
    per_unit(shop, 3)
    shop.days(0.1)
    assert told(shop) == ["ann@example.com"]


def test_who_is_erased_is_not_told(shop: Shop) -> None:
    shop.item("A")
    ask(shop, "ann@example.com")
    ask(shop, "bob@example.com")
    shop.settle()
    erased = shop.ok("o", "POST", "/v1/customers/erase", {"email": "Ann@example.com", "reason": "asked for it"})
    assert erased["subscriptions"] == 1
    shop.receive(A=9)
    shop.settle()
    assert told(shop) == ["bob@example.com"]


def test_a_queue_message_or_stream_record_that_comes_twice_tells_nobody_twice(shop: Shop) -> None:
    shop.item("A")
    for n in range(4):
        ask(shop, f"c{n}@example.com")
    shop.settle()
    shop.receive(A=1)
    shop.settle()
    for n in range(3):
        body = json.dumps({"sku": "A", "cause": f"again {n}", "page": 0})
        shop.world.send("notify-subscribers.fifo", body, MessageGroupId="g", MessageDeduplicationId=str(n))
        shop.settle()
    assert told(shop) == [f"c{n}@example.com" for n in range(3)]


@pytest.mark.parametrize("locale", LOCALES)
def test_mail_and_page_speak_the_subscribers_language(shop: Shop, locale: str) -> None:
    shop.item("A", free=1)
    ask(shop, "ann@example.com", locale=locale)
    shop.settle()
    assert mail(shop)["locale"] == locale
    look(shop, page_of(mail(shop)), locale=locale)


def many(world: World, count: int) -> None:
    """So many people wait for A, as if each had asked."""
    table = Table(next(iter(world.template.of_type("AWS::DynamoDB::Table"))).name)
    now = micros(world.clock.now())
    table.put_idempotent(
        subscription_item(
            Subscription(
                "A",
                mailbox_of(f"c{n}@example.com"),
                f"c{n}@example.com",
                "en",
                None,
                "shop",
                now + n,
                "k",
                "d",
                place=now + n,
            )
        )
        for n in range(count)
    )


def test_ten_thousand_wait_and_the_first_few_hundred_are_told_page_by_page(shop: Shop) -> None:
    shop.item("A")
    ask(shop, "first@example.com")
    many(shop.world, 10_000)
    shop.settle()
    shop.receive(A=90)
    shop.settle()
    assert told(shop) == ["first@example.com", *(f"c{n}@example.com" for n in range(269))]
