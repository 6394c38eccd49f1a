"""Time travel with goods that came in time and did not leave in time: the law counts the day of sending."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from shared.backorders.lookup import OrderView
from shared.backorders.model import Entry, Line
from shared.consent.duty import notice_due
from shared.consent.model import units_not_sent
from shared.consent.relief import has_settled_itself
from shared.consent.rules import pack
from shared.kernel.clock import micros
from shared.notifications.told import Told, snapshot
from tests.unit.notifications.letters import mail_about
from tests.unit.notifications.orders import CUSTOMER, NOW, by, line, moved, order

US, EU = pack("us"), pack("eu")
AMERICAN = replace(CUSTOMER, country="US")


def day(n: float) -> datetime:
    return NOW + timedelta(days=n)


def packed(n: float = 2, **about: Any) -> Line:
    """Three units, promised for the tenth day and packed on day `n`."""
    entry = Entry(micros(day(n)), "release", "allocated", "released", 3, "system", "release")
    return replace(line(released=3, **about), log=(entry,))


def the_order(*lines: Line, **about: Any) -> OrderView:
    return order(*lines, customer=AMERICAN, **about)


def test_us_what_was_recalled_and_not_sent_by_its_day_needs_consent_to_a_wait_without_a_date() -> None:
    """16 CFR 435.2(b)(1): who cannot *ship* in the time stated asks, wherever the goods are."""
    held = the_order(line(allocated=3))
    assert notice_due(held, US, day(10)) is None, "goods that are here are on their way until their day has passed"
    due = notice_due(held, US, day(11))
    assert due is not None
    assert (due.rule.id, due.round.on_silence, due.round.deadline) == (
        "first_long",
        "cancel",
        by(40) + 10 * 3_600_000_000,
    )
    assert due.round.delays[0].now is None


def test_us_what_is_packed_is_late_when_no_carrier_came_for_three_days() -> None:
    for held in (the_order(packed()), the_order(packed(), shipping="hold")):
        assert notice_due(held, US, day(13)) is None
        assert notice_due(held, US, day(14)) is not None
    assert notice_due(the_order(packed(12)), US, day(14.5)) is None, "three days from the packing"
    assert notice_due(the_order(moved(packed(), "released", "shipped", 3)), US, day(60)) is None


def test_eu_what_is_packed_and_not_sent_opens_the_further_period() -> None:
    due = notice_due(the_order(packed()), EU, day(14))
    assert due is not None
    assert (due.rule.id, due.round.on_silence, due.round.deadline) == (
        "extra_period",
        "wait",
        by(24) + 10 * 3_600_000_000,
    )


def test_to_be_in_stock_names_no_day_of_sending_and_the_laws_own_thirty_days_hold() -> None:
    for law in (US, EU):
        assert notice_due(the_order(packed(0, promised=0, basis="stock")), law, day(30)) is None
        assert notice_due(the_order(packed(0, promised=0, basis="stock")), law, day(34)) is not None


def test_a_parcel_whose_items_all_lie_here_is_late_when_its_last_one_was_to_come() -> None:
    both = the_order(line(0, allocated=1), line(1, allocated=1, promised=20), shipping="hold")
    assert notice_due(both, US, day(20)) is None
    due = notice_due(both, US, day(21))
    assert due is not None
    assert [delay.was for delay in due.round.delays] == [by(20), by(20)]


def asked_about_packed() -> OrderView:
    view = the_order(packed())
    due = notice_due(view, US, day(14))
    assert due is not None
    return replace(view, consents=view.consents.opened(due.round))


def test_a_question_about_what_is_packed_is_open_until_it_is_answered_or_sent() -> None:
    view = asked_about_packed()
    (asked,) = view.consents.rounds
    assert view.consents.status(view.lines) == "pending"
    assert units_not_sent(asked, view.lines) == {"l0": 3}
    assert not has_settled_itself(asked, view, day(15))
    assert notice_due(view, US, day(15)) is None, "asked once"
    assert view.consents.status([moved(view.lines[0], "released", "shipped", 3)]) == "none"


def test_what_was_packed_after_the_question_answers_it() -> None:
    view = asked_about_packed()
    (asked,) = view.consents.rounds
    assert units_not_sent(asked, [packed(15)]) == {}


def test_the_mail_blames_no_supplier_for_what_lies_here() -> None:
    view = the_order(packed())
    subject, text, _ = mail_about(view, snapshot(view, Told(), NOW), law="us", now=day(14))
    assert subject == "Your order 536365: please decide"
    assert "these items are here, but they have not left us yet" in text
    assert "supplier" not in text
    assert "Quantity: 3 | We said: 15 January 2026 | Now: no date yet" in text
