"""Conditions of the writes, one by one; the races they decide are in test_notify."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.aws import keys
from shared.aws.notices_store import TableNotices
from shared.aws.table import ConditionLost, Put, Table
from shared.kernel.clock import micros
from shared.notifications.ports import Notice, Overtaken
from shared.notifications.told import Told, snapshot
from tests.unit.notifications.orders import KEY, NOW, line, order, release, shipment

VIEW = order(
    line(0, waiting=3, promised=None),
    line(1, waiting=1, allocated=2, released=3, shipped=4, cancelled=5, switched=6),
    releases=(release(1, shipment("a", (1, 4))),),
)
FIRST = snapshot(VIEW, Told(), NOW)
SECOND = snapshot(VIEW, FIRST, NOW)
EVER = micros(NOW) + 1


def notice(revision: int) -> Notice:
    return Notice(revision, "accepted", ("accepted",), "en", "hash", micros(NOW))


def test_what_was_told_is_read_as_it_was_written(notices: TableNotices) -> None:
    assert notices.told(KEY) == Told()
    notices.claim(KEY, Told(), FIRST, notice(1))
    assert notices.told(KEY) == FIRST
    assert notices.notice(KEY, 1) == notice(1)
    assert FIRST.parcels == {1: 1}


def test_a_first_claim_needs_that_nothing_was_told(notices: TableNotices) -> None:
    notices.claim(KEY, Told(), FIRST, notice(1))
    with pytest.raises(Overtaken):
        notices.claim(KEY, Told(), replace(FIRST, revision=9), notice(9))
    assert notices.told(KEY) == FIRST


def test_a_later_claim_needs_the_snapshot_it_read(notices: TableNotices) -> None:
    notices.claim(KEY, Told(), FIRST, notice(1))
    notices.record_sent(KEY, 1, "m", 1)
    with pytest.raises(Overtaken):
        notices.claim(KEY, replace(FIRST, revision=4), replace(SECOND, revision=5), notice(5))
    assert notices.told(KEY) == FIRST


def test_a_claim_never_overwrites_a_notice(notices: TableNotices, table: Table) -> None:
    notices.claim(KEY, Told(), FIRST, notice(1))
    notices.record_sent(KEY, 1, "m", 1)
    table.write(Put({"kind": "notice", **keys.notice(KEY, 2), "state": "sent"}, fresh=True))
    with pytest.raises(Overtaken):
        notices.claim(KEY, FIRST, SECOND, notice(2))
    assert notices.told(KEY) == FIRST


def test_a_claim_waits_for_the_outcome_of_the_one_before(notices: TableNotices) -> None:
    notices.claim(KEY, Told(), FIRST, notice(1))
    with pytest.raises(Overtaken):
        notices.claim(KEY, FIRST, SECOND, notice(2))
    notices.record_unknown(KEY, 1)
    notices.claim(KEY, FIRST, SECOND, notice(2))
    assert notices.told(KEY) == SECOND


@pytest.mark.parametrize("outcome", ["sent", "given up", "refused"])
def test_a_claimed_notice_is_found_until_its_outcome_is_not_waited_for_any_more(
    notices: TableNotices, outcome: str
) -> None:
    notices.claim(KEY, Told(), FIRST, notice(1))
    assert list(notices.claimed_before(EVER)) == [(KEY, 1)]
    assert list(notices.claimed_before(micros(NOW))) == []
    if outcome == "sent":
        notices.record_sent(KEY, 1, "m", 1)
    elif outcome == "given up":
        notices.record_unknown(KEY, 1)
        assert list(notices.claimed_before(EVER)) == [(KEY, 1)]
        assert notices.give_up(KEY, 1, 0)
        assert not notices.give_up(KEY, 1, 0)
    else:
        notices.record_refused(KEY, Told(), notice(1))
    assert list(notices.claimed_before(EVER)) == []


def test_a_refusal_puts_back_what_was_known_and_keeps_the_count(notices: TableNotices) -> None:
    notices.claim(KEY, Told(), FIRST, notice(1))
    notices.record_refused(KEY, Told(), notice(1))
    assert notices.told(KEY) == Told(revision=1)


def test_a_refusal_cannot_undo_a_mail_that_has_an_outcome(notices: TableNotices) -> None:
    notices.claim(KEY, Told(), FIRST, notice(1))
    notices.record_sent(KEY, 1, "m", 1)
    with pytest.raises(ConditionLost):
        notices.record_refused(KEY, Told(), notice(1))
    assert notices.told(KEY) == FIRST


def test_a_sent_mail_is_not_made_unknown(notices: TableNotices) -> None:
    notices.claim(KEY, Told(), FIRST, notice(1))
    notices.record_sent(KEY, 1, "m", 7)
    assert notices.record_unknown(KEY, 1) is False
    assert notices.notice(KEY, 1) == replace(notice(1), state="sent", message_id="m", sent_at=7)


def test_descriptions_are_those_of_the_cards_there_are(notices: TableNotices, table: Table) -> None:
    table.write(Put({"kind": "item", "sku": "A", "description": "Teapot", **keys.item("A")}, fresh=True))
    table.write(Put({"kind": "item", "sku": "B", **keys.item("B")}, fresh=True))
    assert notices.describe(["A", "B", "C"]) == {"A": "Teapot", "B": ""}
    assert notices.describe([]) == {}


def test_untold_news_is_found_when_it_can_be_told_and_until_it_is_forgotten(notices: TableNotices) -> None:
    notices.keep_untold("mail-off")
    notices.keep_untold("asleep", 500)
    notices.keep_untold("later", 900)
    notices.keep_untold("later", 700)
    assert list(notices.untold(499)) == ["mail-off"]
    assert list(notices.untold(500)) == ["mail-off", "asleep"]
    notices.forget_untold(["mail-off", "asleep"])
    assert list(notices.untold(10_000)) == ["later"]
