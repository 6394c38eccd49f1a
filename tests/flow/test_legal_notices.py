"""What the law demands is told, or known not to have been: unknown outcomes, rejected mails, closed mailboxes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from shared.kernel.clock import parse_iso
from tests.flow import published
from tests.flow.conftest import Shop
from tests.flow.test_consent import asked_in, until
from tests.flow.test_mail_outcomes import BOUNCES, TAKES, deliver, mails_of

pytestmark = pytest.mark.slow

AGAIN = "You may have had this message from us before"


class NoAnswer:
    """SES takes the next mails and never says so."""

    def __init__(self, shop: Shop, mails: int = 1) -> None:
        self.left = mails
        self.shop = shop
        shop.world.engine.after.append(self)

    def __call__(self, caller: Any, service: str, operation: str, params: Any, *_: Any) -> None:  # noqa: ARG002
        if operation == "SendEmail" and self.left:
            self.left -= 1
            raise ReadTimeoutError(endpoint_url="https://email.example")


def american(email: str = "ann@example.com") -> Any:
    return {"id": "ann", "email": email, "name": "Ann", "locale": "en", "country": "US"}


def waiting(shop: Shop, email: str = "ann@example.com") -> Any:
    """An American's order, accepted and told."""
    shop.item("A")
    order = shop.order("1", ("A", 3), customer=american(email), payment={"mode": "prepaid"})
    shop.settle()
    shop.days(0.5)
    return order


def delay(shop: Shop, days: int = 60) -> None:
    (purchase,) = shop.ok("o", "GET", "/v1/purchase-orders")["items"]
    date = (shop.world.clock.now() + timedelta(days=days)).date().isoformat()
    body = {"lines": [{"sku": "A", "status": "accepted", "date": date}]}
    shop.ok("o", "POST", f"/v1/purchase-orders/{purchase['purchase_order_id']}/acknowledge", body)
    shop.settle()


def report(shop: Shop, mail: Any, kind: str, **about: Any) -> None:
    """SES says what became of a mail."""
    tags = {name: [value] for name, value in mail["tags"].items()}
    said = {"timestamp": "2026-01-05T09:00:00Z", "messageId": mail["message_id"], "destination": mail["to"]}
    member = {"Bounce": "bounce", "Reject": "reject"}[kind]
    deliver(shop, {"source": "aws.ses", "detail": {"eventType": kind, "mail": {**said, "tags": tags}, member: about}})


def told(shop: Shop) -> list[str]:
    """Kinds of the mails to the customer."""
    return [mail["tags"]["kind"] for mail in shop.world.engine.ses.mailbox if "backorder_id" in mail["tags"]]


def events(shop: Shop, type_: str) -> list[Any]:
    details = [dict(detail) for detail in published.ours(shop.world.engine.events)]
    return [one["data"] for one in details if one["metadata"]["type"] == type_]


def deadline(shop: Shop) -> datetime:
    (required,) = events(shop, "consent.required")
    return parse_iso(required["deadline"])


def sums(shop: Shop) -> dict[str, float]:
    return {one["name"]: one["sum"] for one in shop.world.output.metrics.as_json()}


def test_a_question_whose_mail_has_an_unknown_outcome_is_put_once_more_and_marked(shop: Shop) -> None:
    order = waiting(shop)
    NoAnswer(shop)
    delay(shop)
    assert mails_of(shop, order)[-1] == "mail_unknown"
    shop.days(0.2)
    assert told(shop) == ["accepted", "decision_needed"]
    shop.days(0.2)
    assert told(shop) == ["accepted", "decision_needed", "decision_needed"]
    first, again = (m for m in shop.world.engine.ses.mailbox if m["tags"]["kind"] == "decision_needed")
    assert AGAIN not in first["text"]
    assert AGAIN in again["text"]
    assert AGAIN in again["html"]
    assert "will cancel these items" in again["text"]
    assert len(events(shop, "consent.required")) == 1, "the clock does not begin anew"
    shop.days(3)
    assert len(told(shop)) == 3
    assert sums(shop)["LegalNoticesResent"] == 1


def test_a_repeat_of_unknown_outcome_is_left_alone(shop: Shop) -> None:
    waiting(shop)
    NoAnswer(shop, mails=2)
    delay(shop)
    shop.days(3)
    assert told(shop) == ["accepted", "decision_needed", "decision_needed"]
    assert sums(shop)["MailUnknownOutcome"] == 2


def test_a_report_that_comes_in_time_makes_the_repeat_needless(shop: Shop) -> None:
    order = waiting(shop, TAKES)
    NoAnswer(shop)
    delay(shop)
    shop.days(3)
    assert told(shop) == ["accepted", "decision_needed"]
    assert "mail_delivered" in mails_of(shop, order)


def test_other_mails_of_unknown_outcome_are_never_sent_again(shop: Shop) -> None:
    shop.item("A")
    NoAnswer(shop)
    shop.order("1", ("A", 3), customer=american())
    shop.settle()
    shop.days(2)
    assert told(shop).count("accepted") == 1


def test_a_question_that_was_answered_meanwhile_is_not_put_again(shop: Shop) -> None:
    order = waiting(shop)
    NoAnswer(shop)
    delay(shop)
    shop.ok("s", "POST", f"/v1/backorders/{order['backorder_id']}/cancel", {"reason": "no"})
    shop.settle()
    shop.days(2)
    assert told(shop) == ["accepted", "decision_needed", "cancelled"]


def test_a_cancellation_by_the_clock_of_unknown_outcome_is_told_once_more(shop: Shop) -> None:
    waiting(shop)
    delay(shop)
    until(shop, deadline(shop) - timedelta(hours=2))
    before = len(told(shop))
    NoAnswer(shop)
    shop.days(2)
    assert told(shop)[before:] == ["cancelled", "cancelled"]
    assert AGAIN in shop.world.engine.ses.mailbox[-1]["text"]
    shop.days(3)
    assert len(told(shop)) == before + 2


def test_a_mail_that_ses_rejects_is_not_said_to_be_sent(shop: Shop) -> None:
    order = waiting(shop)
    assert mails_of(shop, order) == ["mail_sent"]
    report(shop, shop.world.engine.ses.mailbox[0], "Reject", reason="Bad content")
    assert mails_of(shop, order) == ["mail_rejected"]


@pytest.mark.parametrize("kind", ["Reject", "Bounce"])
def test_nobody_is_cancelled_by_a_silence_who_was_never_told_and_he_is_asked_anew(shop: Shop, kind: str) -> None:
    order = waiting(shop)
    delay(shop)
    ends = deadline(shop)
    about = {"reason": "Bad content"} if kind == "Reject" else {"bounceType": "Transient", "bouncedRecipients": []}
    report(shop, shop.world.engine.ses.mailbox[-1], kind, **about)
    until(shop, ends + timedelta(days=1))
    assert shop.units(order) == {"waiting": 3}
    assert asked_in(order, shop)[:2] == ["consent_asked", "consent_untold"]
    assert sums(shop)["ConsentUntold"] == 1
    assert told(shop)[-1] == "decision_needed"
    assert len(events(shop, "consent.required")) == 2
    assert shop.read(order)["consent"] == "pending"
    until(shop, max(parse_iso(one["deadline"]) for one in events(shop, "consent.required")) + timedelta(days=1))
    assert shop.units(order) == {"cancelled": 3}, "the second question was told, and silence counts again"


def test_no_clock_runs_against_a_customer_whose_mailbox_is_closed_until_it_opens(shop: Shop) -> None:
    order = waiting(shop, BOUNCES)
    assert mails_of(shop, order) == ["mail_sent", "mail_bounced"]
    delay(shop)
    shop.days(28)
    assert events(shop, "consent.required") == []
    assert shop.units(order) == {"waiting": 3}
    assert shop.read(order)["consent"] == "none"
    assert mails_of(shop, order) == ["mail_sent", "mail_bounced", "mail_suppressed"], "said once, not every day"
    assert sums(shop)["ConsentUntold"] > 25
    path = f"/v1/backorders/{order['backorder_id']}"
    version = shop.read(order)["version"]
    shop.ok("s", "PATCH", path, {"customer": {"email": "ann@example.com"}}, if_match=f'"{version}"')
    shop.days(1)
    assert told(shop)[-1] == "decision_needed"
    (required,) = events(shop, "consent.required")
    assert parse_iso(required["deadline"]) > shop.world.clock.now()


@pytest.mark.parametrize(("country", "days"), [("US", 7), ("SE", 14), ("BR", None)])
def test_a_refund_is_due_by_the_rules_of_the_customers_country(shop: Shop, country: str, days: int | None) -> None:
    shop.item("A")
    who = american() | {"country": country}
    order = shop.order("1", ("A", 3), customer=who, payment={"mode": "prepaid"})
    shop.settle()
    shop.ok("s", "POST", f"/v1/backorders/{order['backorder_id']}/cancel", {"reason": "no"})
    shop.settle()
    details = [dict(detail) for detail in published.ours(shop.world.engine.events)]
    for type_ in ("payment.refund_due", "backorder.cancelled"):
        (event,) = [e for e in details if e["metadata"]["type"] == type_]
        by = event["data"].get("refund_by")
        assert (by is None) == (days is None)
        if days is not None:
            assert parse_iso(by) == parse_iso(event["metadata"]["time"]) + timedelta(days=days)


def test_a_question_that_came_back_is_put_anew_as_soon_as_the_address_is_put_right(shop: Shop) -> None:
    """Not by the deadline of a question that he never saw, and not only once that has passed."""
    order = waiting(shop)
    path = f"/v1/backorders/{order['backorder_id']}"
    for address in (BOUNCES, "ann@example.com"):
        version = shop.read(order)["version"]
        shop.ok("s", "PATCH", path, {"customer": {"email": address}}, if_match=f'"{version}"')
        shop.settle()
        if address == BOUNCES:
            delay(shop)
            shop.days(20)
    assert asked_in(order, shop) == ["consent_asked", "consent_untold", "consent_asked"]
    first, second = (parse_iso(one["deadline"]) for one in events(shop, "consent.required"))
    assert told(shop)[-1] == "decision_needed"
    shop.days(60)
    assert shop.units(order) == {"cancelled": 3}
    assert second >= first
    assert told(shop).count("decision_needed") == 2
