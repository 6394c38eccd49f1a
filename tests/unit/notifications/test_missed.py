"""What a customer missed at a wrong address is told at the right one, once, and nothing else is told twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from infra.local.engine import Engine
from shared.aws.notices_store import TableNotices
from shared.aws.outcomes_store import TableOutcomes
from shared.aws.table import Table
from shared.backorders.lookup import OrderView
from shared.kernel.clock import micros
from shared.notifications.missed import having_reached
from shared.notifications.notify import Outcome
from shared.notifications.outcomes import Report
from shared.notifications.ports import MailRefused, Notice, mailbox_of
from tests.unit.notifications.conftest import Time
from tests.unit.notifications.orders import CUSTOMER, ID, KEY, promised
from tests.unit.notifications.test_notify import DiedError, DyingMailer, World, on_sending, refuse

OTHER = "other@example.com"


class Wrong(World):
    """An order whose customer's address turns out to be wrong."""

    def __init__(self, engine: Engine, notices: TableNotices, time: Time, table: Table) -> None:
        super().__init__(engine, notices, time)
        self.outcomes = TableOutcomes(table)

    @property
    def order(self) -> OrderView:
        assert self.orders.view is not None
        return self.orders.view

    def bounces(self, revision: int) -> None:
        recipient = mailbox_of(self.order.head.customer.email)
        mail = self.mails[-1]["message_id"]
        self.outcomes.suppress(recipient, "bounced", 1)
        report = Report("bounced", 1, mail, (recipient,), lasting=True, backorder_id=ID, revision=revision)
        self.outcomes.report(KEY, report)

    def later(self, days: int) -> None:
        lines = [promised(line, days) for line in self.order.lines]
        self.orders.view = replace(self.order, lines=lines)
        self.time.now += timedelta(minutes=30)

    def moves_to(self, address: str) -> None:
        self.time.now += timedelta(minutes=30)
        head = self.order.head
        log = (*head.log, (micros(self.time.now), "amend", "shop", "another address"))
        head = replace(head, customer=replace(head.customer, email=address), log=log)
        self.orders.view = replace(self.order, head=head)

    def told(self) -> list[tuple[str, str]]:
        """(address, kind) of every mail that was sent."""
        return [(mail["to"][0], mail["tags"]["kind"]) for mail in self.mails]


@pytest.fixture
def wrong(engine: Engine, notices: TableNotices, time: Time, table: Table) -> Wrong:
    """His receipt came back, and a later date could not be told."""
    wrong = Wrong(engine, notices, time, table)
    wrong.notify()
    wrong.bounces(1)
    wrong.later(60)
    assert wrong.notify() == Outcome("suppressed", "promise_later")
    assert wrong.notify() == Outcome("nothing"), "noted once, not every day"
    return wrong


@pytest.fixture
def read(engine: Engine, notices: TableNotices, time: Time, table: Table) -> Wrong:
    """He has read his receipt; then his address was changed to one to which no mail can be sent."""
    read = Wrong(engine, notices, time, table)
    read.notify()
    read.moves_to("wrong@example.com")
    read.later(60)
    read.notify()
    read.bounces(2)
    return read


def test_who_was_never_reached_gets_his_receipt(wrong: Wrong) -> None:
    wrong.moves_to(OTHER)
    assert wrong.pending() == ("accepted",)
    assert wrong.notify() == Outcome("sent", "accepted")
    assert "Thank you for your order" in wrong.mails[-1]["text"]
    assert "expected by 6 March 2026" in wrong.mails[-1]["text"]
    assert wrong.notify() == Outcome("nothing")
    assert wrong.pending() == ()


@pytest.mark.parametrize("further", [0, 1, 2])
def test_what_was_missed_is_told_against_what_was_read(read: Wrong, further: int) -> None:
    for n in range(further):
        read.later(100 + 40 * n)
        assert read.notify() == Outcome("suppressed", "promise_later")
    read.moves_to(OTHER)
    assert read.notify() == Outcome("sent", "promise_later")
    assert "We said: 15 January 2026" in read.mails[-1]["text"], "that is the date he knows"
    assert "Thank you for your order" not in read.mails[-1]["text"]
    assert read.notify() == Outcome("nothing")


def test_what_was_missed_and_is_over_is_no_news(read: Wrong) -> None:
    read.later(11)
    read.moves_to(OTHER)
    assert read.pending() == ()
    assert read.notify() == Outcome("nothing")


def test_who_has_been_reached_is_told_nothing_again_at_another_address(read: Wrong) -> None:
    read.moves_to(OTHER)
    read.notify()
    for address in ("third@example.com", OTHER, CUSTOMER.email):
        read.moves_to(address)
        assert read.notify() == Outcome("nothing")
    assert len(read.mails) == 3


def test_an_amendment_that_leaves_the_wrong_address_tells_nothing(wrong: Wrong) -> None:
    wrong.moves_to(CUSTOMER.email.upper())
    assert wrong.notify() == Outcome("nothing")


def test_at_a_second_wrong_address_it_is_noted_once_and_told_at_the_third(wrong: Wrong) -> None:
    wrong.moves_to(OTHER)
    wrong.outcomes.suppress(mailbox_of(OTHER), "complained", 1)
    assert wrong.notify() == Outcome("suppressed", "accepted")
    assert wrong.notify() == Outcome("nothing")
    wrong.moves_to("third@example.com")
    assert wrong.notify() == Outcome("sent", "accepted")
    assert wrong.told() == [(CUSTOMER.email, "accepted"), ("third@example.com", "accepted")]


def test_a_bounce_that_is_reported_after_the_address_was_put_right_is_made_good_too(read: Wrong) -> None:
    read.later(100)
    read.moves_to(OTHER)
    read.notify()
    read.moves_to("third@example.com")
    assert read.notify() == Outcome("nothing"), "as far as anybody knows he has been reached"
    recipient = mailbox_of(OTHER)
    mail = read.mails[-1]["message_id"]
    read.outcomes.report(KEY, Report("bounced", 1, mail, (recipient,), backorder_id=ID, revision=3))
    assert read.notify() == Outcome("sent", "promise_later")
    assert "We said: 15 January 2026" in read.mails[-1]["text"]


def test_two_mails_that_come_back_after_both_were_sent_leave_nothing_told(
    engine: Engine, notices: TableNotices, time: Time, table: Table
) -> None:
    both = Wrong(engine, notices, time, table)
    both.notify()
    first = both.mails[-1]["message_id"]
    both.later(60)
    both.notify()
    recipient = mailbox_of(CUSTOMER.email)
    both.outcomes.report(KEY, Report("bounced", 1, first, (recipient,), backorder_id=ID, revision=1))
    both.bounces(2)
    both.moves_to(OTHER)
    assert both.notify() == Outcome("sent", "accepted")


def test_a_mail_to_the_new_address_that_is_refused_leaves_what_was_missed_to_be_told(read: Wrong) -> None:
    read.moves_to(OTHER)
    read.engine.before.append(on_sending(refuse))
    for _ in range(2):
        with pytest.raises(MailRefused):
            read.notify()
    read.engine.before.clear()
    assert read.notify() == Outcome("sent", "promise_later")
    assert "We said: 15 January 2026" in read.mails[-1]["text"]
    read.moves_to("third@example.com")
    assert read.notify() == Outcome("nothing")


@pytest.mark.parametrize("after", [False, True])
def test_a_crash_while_it_is_told_tells_it_at_most_once(read: Wrong, after: bool) -> None:
    read.moves_to(OTHER)
    with pytest.raises(DiedError):
        read.notify(DyingMailer(read.mailer, after=after))
    assert read.notify() == Outcome("nothing")
    assert read.told().count((OTHER, "promise_later")) == int(after)


def test_what_an_earlier_release_told_names_no_telling_before_it(
    read: Wrong, notices: TableNotices, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = notices.told(KEY)
    monkeypatch.setattr(notices, "told", lambda _: replace(told, reached=None))
    read.moves_to(OTHER)
    assert read.notify() == Outcome("sent", "accepted")


def test_an_order_that_was_given_no_other_address_costs_no_further_look(
    wrong: Wrong, notices: TableNotices, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []
    read = notices.notice

    def look(key: str, revision: int) -> Notice | None:
        looked.append(revision)
        return read(key, revision)

    monkeypatch.setattr(notices, "notice", look)
    assert wrong.notify() == Outcome("nothing")
    wrong.time.now += timedelta(minutes=30)
    log = ((micros(wrong.time.now), "amend", "shop", ""), (micros(wrong.time.now), "cancel", "shop", "no more"))
    wrong.orders.view = replace(wrong.order, head=replace(wrong.order.head, log=log))
    assert wrong.notify() == Outcome("nothing")
    assert looked == []
    wrong.moves_to(OTHER)
    wrong.notify()
    assert looked


def test_what_reached_him_is_kept_across_the_table(notices: TableNotices, read: Wrong) -> None:
    read.later(100)
    read.notify()
    told = notices.told(KEY)
    assert told.reached is not None
    assert (told.revision, told.mail, told.reached.mail, told.reached.reached) == (3, 3, 1, None)
    assert set(told.reached.lines) == {0, 1}


def test_what_is_said_once_more_is_not_taken_for_told(notices: TableNotices, read: Wrong) -> None:
    told = notices.told(KEY)
    unknown = Notice(2, "cancelled", ("cancelled",), "en", "r", 1, state="unknown", legal=True)
    assert having_reached(KEY, told, unknown, 2, notices) == told.reached
    assert having_reached(KEY, told, unknown, 0, notices) == replace(told, reached=None)
