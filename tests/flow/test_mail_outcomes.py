"""What becomes of mails: reports of SES late, twice, in any order; closed mailboxes are written to no more.

The addresses are those of AWS's mailbox simulator, which the local mail service knows too.
"""

from __future__ import annotations

import itertools
import json
from datetime import timedelta
from typing import Any

import pytest

from tests.flow.conftest import Shop

pytestmark = pytest.mark.slow

BOUNCES, COMPLAINS, TAKES = (f"{name}@simulator.amazonses.com" for name in ("bounce", "complaint", "success"))


def order_of(shop: Shop, address: str, order_id: str = "1") -> Any:
    who = {"id": "ann", "email": address, "name": "Ann", "locale": "en", "country": "GB"}
    order = shop.order(order_id, ("A", 3), customer=who)
    shop.settle()
    return order


def mails_of(shop: Shop, order: Any) -> list[str]:
    history = shop.ok("o", "GET", f"/v1/backorders/{order['backorder_id']}/history")["items"]
    return [e["event"] for e in history if e["event"].startswith("mail_")]


def reports(shop: Shop) -> list[Any]:
    return [e.envelope for e in shop.world.engine.events.published if e.bus == "default"]


def deliver(shop: Shop, *events: Any) -> None:
    names = [queue.name for queue in shop.world.engine.sqs.queues()]
    url = shop.world.engine.sqs.url(next(name for name in names if name.endswith("record-mail-outcomes")))
    for event in events:
        shop.world.engine.execute("sqs", "SendMessage", {"QueueUrl": url, "MessageBody": json.dumps(event)})
    shop.settle()


def test_a_mail_that_arrived_is_known_to_have_arrived(shop: Shop) -> None:
    shop.item("A")
    assert mails_of(shop, order_of(shop, TAKES)) == ["mail_sent", "mail_delivered"]
    assert shop.counted("MailsDelivered", mail_kind="accepted") == 1


@pytest.mark.parametrize(
    ("address", "event", "metric"),
    [(BOUNCES, "mail_bounced", "MailsBounced"), (COMPLAINS, "mail_complained", "MailComplaints")],
)
def test_a_closed_mailbox_gets_no_more_mail_and_the_operator_sees_why(
    shop: Shop, address: str, event: str, metric: str
) -> None:
    shop.item("A")
    order = order_of(shop, address)
    assert mails_of(shop, order) == ["mail_sent", event]
    assert shop.counted(metric, mail_kind="accepted") == 1
    shop.receive(A=3)
    shop.settle()
    assert shop.mails() == ["accepted"]
    assert mails_of(shop, order) == ["mail_sent", event, "mail_suppressed"]
    shop.item("B", free=1)
    other = order_of(shop, address.replace("b", "B", 1).replace("c", "C", 1), "2")
    assert mails_of(shop, other) == ["mail_suppressed"], "upper case makes no other mailbox"


def test_a_report_of_a_mail_of_a_kind_that_is_not_known_is_noted_and_counted_under_no_other(shop: Shop) -> None:
    shop.item("A")
    order = order_of(shop, TAKES)
    event = reports(shop)[-1]
    event["detail"] |= {"eventType": "Complaint", "complaint": {"timestamp": event["detail"]["mail"]["timestamp"]}}
    event["detail"]["mail"]["tags"]["kind"] = ["of-tomorrow"]
    deliver(shop, event)
    assert mails_of(shop, order) == ["mail_sent", "mail_complained"]
    assert shop.counted("MailComplaints") == 0
    warned = [json.loads(one.line) for one in shop.world.output.lines if "mail_kind_unknown" in one.line]
    assert [line["action"] for line in warned] == ["complained"]


def test_a_new_address_is_written_to_again(shop: Shop) -> None:
    shop.item("A")
    order = order_of(shop, BOUNCES)
    path = f"/v1/backorders/{order['backorder_id']}"
    shop.ok("s", "PATCH", path, {"customer": {"email": "ann@example.com"}}, if_match='"1"')
    shop.receive(A=3)
    shop.settle()
    assert shop.mails() == ["accepted", "released"]


def test_reports_in_any_order_and_twice_end_the_same(shop: Shop) -> None:
    shop.item("A")
    order = order_of(shop, "ann@example.com")
    (mail,) = shop.world.engine.ses.mailbox
    kinds = {"Send": "send", "Delivery": "delivery", "Complaint": "complaint"}
    made = [
        {
            "source": "aws.ses",
            "detail": {
                "eventType": kind,
                "mail": {
                    "timestamp": "2026-01-05T09:00:00Z",
                    "messageId": mail["message_id"],
                    "destination": mail["to"],
                    "tags": {name: [value] for name, value in mail["tags"].items()},
                },
                member: {"timestamp": "2026-01-05T12:00:00Z"},
            },
        }
        for kind, member in kinds.items()
    ]
    for events in itertools.permutations(made):
        deliver(shop, *events, events[0])
        assert mails_of(shop, order) == ["mail_sent", "mail_complained"]


def test_a_notice_that_went_out_as_two_mails_is_counted_and_nothing_is_written_over(shop: Shop) -> None:
    shop.item("A")
    order = order_of(shop, TAKES)
    sent = next(one for one in reports(shop) if one["detail"]["eventType"] == "Send")
    deliver(shop, sent)
    metrics = {one["name"]: one["sum"] for one in shop.world.output.metrics.as_json()}
    assert "MailsTwice" not in metrics, "the same report twice is one mail"
    another = {**sent["detail"]["mail"], "messageId": "another"}
    deliver(shop, {**sent, "detail": {**sent["detail"], "mail": another}})
    metrics = {one["name"]: one["sum"] for one in shop.world.output.metrics.as_json()}
    assert metrics["MailsTwice"] == 1
    assert mails_of(shop, order) == ["mail_sent", "mail_delivered"]


def test_a_report_about_an_unknown_mail_or_a_supplier_changes_nothing(shop: Shop) -> None:
    shop.item("A")
    order = order_of(shop, TAKES)
    (sent, *_) = reports(shop)
    for tags in ({}, {"purchase_order_id": ["po_1"]}, {"backorder_id": ["bo_x"], "revision": ["1"]}):
        deliver(shop, {**sent, "detail": {**sent["detail"], "mail": {**sent["detail"]["mail"], "tags": tags}}})
    assert mails_of(shop, order) == ["mail_sent", "mail_delivered"]


@pytest.mark.parametrize("body", [{}, {"detail": {"eventType": "Open"}}, {"detail": []}])
def test_what_is_no_report_goes_to_the_dead_letters(body: Any) -> None:
    from infra.local.world import World

    with World.boot() as world:
        shop = Shop(world)
        deliver(shop, body)
        shop.days(0.2)
        assert [x["queue"].removeprefix("backorders-") for x in shop.dead_letters()] == ["record-mail-outcomes-dead"]


def moved_to(shop: Shop, order: Any, address: str) -> None:
    """The shop corrects the address of an order, and the merge window passes."""
    version = shop.read(order)["version"]
    path = f"/v1/backorders/{order['backorder_id']}"
    shop.ok("s", "PATCH", path, {"customer": {"email": address}}, if_match=f'"{version}"')
    shop.settle()


def put_off(shop: Shop, days: int) -> None:
    """The supplier says that the goods come in so many days."""
    (purchase,) = shop.ok("o", "GET", "/v1/purchase-orders")["items"]
    date = (shop.world.clock.now() + timedelta(days=days)).date().isoformat()
    body = {"lines": [{"sku": "A", "status": "accepted", "date": date}]}
    shop.ok("o", "POST", f"/v1/purchase-orders/{purchase['purchase_order_id']}/acknowledge", body)
    shop.settle()


def mails_to(shop: Shop, address: str) -> list[Any]:
    return [mail for mail in shop.world.engine.ses.mailbox if mail["to"] == [address]]


def test_who_was_never_reached_is_told_at_once_after_his_address_is_put_right(shop: Shop) -> None:
    shop.item("A")
    order = order_of(shop, BOUNCES)
    shop.days(0.5)
    put_off(shop, 100)
    assert mails_of(shop, order) == ["mail_sent", "mail_bounced", "mail_suppressed"]
    moved_to(shop, order, "ann@example.com")
    history = shop.ok("o", "GET", f"/v1/backorders/{order['backorder_id']}/history")["items"]
    (amended,) = [one for one in history if one["event"] == "amend"]
    assert "another address" in amended.values(), amended
    (receipt,) = mails_to(shop, "ann@example.com")
    assert receipt["tags"]["kind"] == "accepted"
    assert "Thank you for your order." in receipt["text"]
    assert "expected by 1" in receipt["text"]
    moved_to(shop, order, "anna@example.com")
    shop.days(2)
    assert mails_to(shop, "anna@example.com") == [], "he has been reached: nothing is told twice"
    assert len(mails_to(shop, "ann@example.com")) == 1


def test_what_was_missed_is_told_as_news_against_what_last_arrived(shop: Shop) -> None:
    shop.item("A")
    order = order_of(shop, "ann@example.com")
    shop.days(0.5)
    moved_to(shop, order, BOUNCES)
    for days in (60, 100, 140):
        put_off(shop, days)
        shop.days(1)
    assert mails_of(shop, order) == ["mail_sent", "mail_sent", "mail_bounced", "mail_suppressed", "mail_suppressed"]
    moved_to(shop, order, "ann@example.com")
    receipt, missed = mails_to(shop, "ann@example.com")
    assert missed["tags"]["kind"] == "promise_later"
    first = receipt["text"].split("expected by ")[1].split("\n")[0].strip(" |")
    (row,) = [one for one in missed["text"].splitlines() if first in one]
    assert "We are sorry" in missed["text"], row
    shop.days(3)
    assert len(mails_to(shop, "ann@example.com")) == 2
