from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from infra.local.engine.errors import ServiceError
from shared.kernel.clock import micros
from shared.notifications.ports import MailRefused, MailUnknown
from shared.purchasing.answers import LineAnswer
from tests.unit.purchasing.desk import CrashError, Desk


@pytest.fixture
def order_id(desk: Desk) -> str:
    """An approved order of 7 A and 5 B."""
    desk.item("A", supplier_sku="NW-7")
    desk.item("B")
    desk.order(("A", 7), ("B", 5))
    return desk.ordered()[0].id


class Fails:
    def __init__(self, error: Exception) -> None:
        self.error = error

    def send(self, *_: object) -> str:
        raise self.error


def test_the_supplier_gets_the_order_once(desk: Desk, order_id: str) -> None:
    sent = desk.send(order_id, revision=1)
    assert (sent.outcome, sent.kind, sent.units) == ("sent", "purchase_order", 12)
    assert desk.send(order_id, revision=1).outcome == "nothing_due"
    (mail,) = desk.service.engine.ses.mailbox
    assert mail["to"] == ["s1@example.com"]
    assert order_id in mail["subject"]
    assert "NW-7" in mail["text"]
    order, _ = desk.read(order_id)
    assert (order.status, order.sent_at) == ("sent", micros(desk.now))
    assert order.mail is not None
    assert (order.mail.state, order.mail.message_id) == ("sent", mail["message_id"])


def test_two_workers_at_once_send_one_mail(desk: Desk, order_id: str) -> None:
    desk.once("PutItem", lambda: desk.send(order_id, revision=1))
    assert desk.send(order_id, revision=1).outcome == "nothing_due"
    assert desk.mails() == ["purchase_order"]


def test_a_message_of_an_earlier_revision_sends_nothing(desk: Desk, order_id: str) -> None:
    assert desk.send(order_id, revision=0).outcome == "nothing_due"
    assert desk.mails() == []


def test_a_refused_mail_is_due_again(desk: Desk, order_id: str) -> None:
    with pytest.raises(MailRefused):
        desk.send(order_id, mail=Fails(MailRefused("throttled")))
    assert desk.read(order_id)[0].status == "approved"
    assert desk.send(order_id).outcome == "sent"


def test_an_unknown_outcome_is_never_sent_again_blindly(desk: Desk, order_id: str) -> None:
    """Only a person decides; approving the order again is that decision."""
    assert desk.send(order_id, mail=Fails(MailUnknown("no answer"))).outcome == "unknown"
    assert desk.send(order_id).outcome == "nothing_due"
    desk.wait(minutes=59)
    assert desk.chase().unknown_mails == 0
    desk.wait(minutes=2)
    assert desk.chase().unknown_mails == 1
    assert desk.chase().unknown_mails == 0
    order, _ = desk.read(order_id)
    assert order.mail is not None
    assert (order.status, order.mail.state) == ("approved", "unknown")
    assert desk.send(order_id).outcome == "nothing_due"
    desk.approve(order_id)
    assert desk.send(order_id).outcome == "sent"


@pytest.mark.parametrize("skip", [0, 1])
def test_a_crash_around_the_mail_never_sends_two(desk: Desk, order_id: str, skip: int) -> None:
    """Before the claim it is sent later; after it, a person must decide."""
    desk.crash("PutItem" if skip == 0 else "SendEmail")
    with pytest.raises(CrashError):
        desk.send(order_id, revision=1)
    outcome = desk.send(order_id, revision=1).outcome
    assert outcome == ("sent" if skip == 0 else "nothing_due")
    assert len(desk.mails()) == 1 - skip


def test_a_crash_after_the_mail_leaves_it_to_a_person(desk: Desk, order_id: str) -> None:
    desk.crash("PutItem", skip=1)
    with pytest.raises(CrashError):
        desk.send(order_id, revision=1)
    assert desk.send(order_id, revision=1).outcome == "nothing_due"
    assert desk.mails() == ["purchase_order"]


def test_with_mail_switched_off_nothing_is_sent_and_nothing_is_lost(desk: Desk, order_id: str) -> None:
    off = replace(desk.settings, mail_enabled=False)
    assert desk.send(order_id, settings=off).outcome == "switched_off"
    desk.wait(hours=2)
    desk.chase()
    assert desk.send(order_id).outcome == "sent"


def test_a_mail_whose_message_was_lost_becomes_due_under_a_new_revision(desk: Desk, order_id: str) -> None:
    desk.wait(hours=2)
    desk.chase()
    order, _ = desk.read(order_id)
    assert order.mail is not None
    assert (order.mail.state, order.mail.revision) == ("due", 2)
    item = desk.table.get({"pk": f"PO#{order_id}", "sk": "HEAD"})
    assert item is not None
    assert item["mail_due"] == 2


def test_the_lead_time_runs_from_sending_when_approval_took_days(desk: Desk) -> None:
    desk.settings = replace(desk.settings, approval_value="1")
    desk.item("C")
    desk.order(("C", 3))
    order, lines = desk.ordered()
    planned = lines[0].dates.likely
    desk.wait(days=2)
    desk.approve(order.id)
    desk.send(order.id)
    likely = micros(desk.now + timedelta(days=10))
    assert planned < desk.line(order.id, "C").dates.likely == likely == desk.stock("C").inbound[order.id].likely


@pytest.mark.parametrize("skip", [0, 1])
def test_the_lead_time_runs_from_sending_also_if_the_sender_was_cut_off_before_it_dated_the_lines(
    desk: Desk, skip: int
) -> None:
    desk.settings = replace(desk.settings, approval_value="1")
    desk.item("C")
    desk.order(("C", 3))
    order, _ = desk.ordered()
    desk.wait(days=2)
    desk.approve(order.id)
    likely = micros(desk.now + timedelta(days=10))
    desk.crash("TransactWriteItems" if skip == 0 else "PutItem", skip=0 if skip == 0 else 2)
    with pytest.raises(CrashError):
        desk.send(order.id, revision=1)
    desk.wait(minutes=6)
    assert desk.send(order.id, revision=1).outcome == "nothing_due"
    assert desk.line(order.id, "C").dates.likely == likely == desk.stock("C").inbound[order.id].likely
    assert desk.read(order.id)[0].next_likely == likely
    assert desk.mails() == ["purchase_order"]


def test_a_claim_whose_answer_was_lost_and_that_is_repeated_sends_the_mail(desk: Desk, order_id: str) -> None:
    """The SDK makes a call again whose answer never came: it meets what it has written itself."""
    engine = desk.service.engine

    def already(_caller: str | None, service: str, operation: str, params: dict[str, Any]) -> None:
        if operation == "PutItem":
            engine.before.remove(already)
            engine.execute(service, operation, params)

    engine.before.append(already)
    assert desk.send(order_id, revision=1).outcome == "sent"
    assert desk.mails() == ["purchase_order"]


def test_dates_stand_when_an_order_is_sent_at_once(desk: Desk, order_id: str) -> None:
    before = desk.stock("A").inbound
    desk.wait(minutes=30)
    desk.send(order_id)
    assert desk.stock("A").inbound == before


def test_an_answer_that_was_faster_than_the_mail_keeps_its_dates(desk: Desk, order_id: str) -> None:
    date = desk.now + timedelta(days=3)
    desk.answer(order_id, LineAnswer("A", "accepted", date=date))
    desk.wait(days=1)
    desk.send(order_id)
    order, _ = desk.read(order_id)
    assert order.status == "acknowledged"
    assert order.sent_at is not None
    assert desk.line(order_id, "A").dates.likely == micros(date)
    assert desk.line(order_id, "B").dates.likely == micros(desk.now + timedelta(days=10))


def test_an_order_cancelled_while_its_mail_is_on_its_way_stays_cancelled_and_the_supplier_hears_it(
    desk: Desk, order_id: str
) -> None:
    class Slow:
        def send(self, *args: object) -> str:
            desk.cancel(order_id)
            return desk.mail().send(*args)  # type: ignore[arg-type]

    desk.send(order_id, mail=Slow())
    order, _ = desk.read(order_id)
    assert order.status == "cancelled"
    assert order.sent_at is not None
    assert desk.send(order_id).kind == "purchase_order_changed"
    assert desk.mails() == ["purchase_order", "purchase_order_changed"]


def test_throttling_by_the_mail_service_is_a_refusal(desk: Desk, order_id: str) -> None:
    def throttle(_caller: str | None, _service: str, operation: str, _params: object) -> None:
        if operation == "SendEmail":
            raise ServiceError("TooManyRequestsException", "slow down", status=429)

    desk.service.engine.before.append(throttle)
    with pytest.raises(MailRefused):
        desk.send(order_id)
    desk.service.engine.before.clear()
    assert desk.send(order_id).outcome == "sent"
