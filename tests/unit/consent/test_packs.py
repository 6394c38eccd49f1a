"""Each row of each rule pack, walked through in time; the rule stands beside it in our own words."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from shared.backorders.lookup import OrderView
from shared.backorders.model import Promise
from shared.consent.duty import Due, notice_due
from shared.consent.model import Consents, State, units_in_question
from shared.consent.rules import PACKS, RulePack, pack, pack_for
from shared.kernel.clock import DAY, micros
from shared.notifications.language import language
from shared.notifications.law import sentences
from tests.unit.notifications.orders import NOW, by, line, order, promise

US, EU = pack("us"), pack("eu")


def waiting(*dates: int | None, likely: int | None = None) -> OrderView:
    """An order of one line: the days promised for it, first to last; `likely` is that of the last one."""
    promises = [promise(days) for days in dates]
    if likely is not None:
        last = promises[-1]
        promises[-1] = Promise(last.at, by(likely), last.by, last.basis, last.cause)
    return order(replace(line(waiting=3), promises=tuple(promises)))


def asked(view: OrderView, law: RulePack, on_day: float, state: State | None = None) -> OrderView:
    """The order after the notice that is due on that day, and how its round ended (None: still open)."""
    due = due_on(view, law, on_day)
    consents = view.consents.opened(due.round)
    if state is not None:
        consents = consents.closed(state, due.round.deadline, "test")
    return replace(view, consents=consents)


def moved(view: OrderView, days: int | None) -> OrderView:
    only = view.lines[0]
    return replace(view, lines=[replace(only, promises=(*only.promises, promise(days)))])


def day(n: float) -> datetime:
    return NOW + timedelta(days=n)


def due_on(view: OrderView, law: RulePack, n: float) -> Due:
    due = notice_due(view, law, day(n))
    assert due is not None
    return due


def test_every_pack_can_be_read_and_names_its_source_in_each_row() -> None:
    for name in PACKS:
        for rule in pack(name).rules:
            assert rule.reference, name
            assert rule.says, name


def test_when_a_refund_is_due_names_its_source_where_there_is_a_law() -> None:
    assert [bool(pack(name).refund_reference and pack(name).refund_says) for name in PACKS] == [True, True, False]


@pytest.mark.parametrize(
    ("country", "name"), [("US", "us"), ("se", "eu"), ("NO", "eu"), ("GB", "none"), (None, "none")]
)
def test_a_country_has_its_pack(country: str | None, name: str) -> None:
    assert pack_for(country, {}).name == name


def test_a_merchant_may_choose_another_pack_for_a_country() -> None:
    assert pack_for("GB", {"GB": "eu"}).name == "eu"
    assert pack_for("US", {"US": "none"}).name == "none"


def test_without_a_rule_nobody_is_asked() -> None:
    assert notice_due(waiting(10, 90), pack("none"), day(40)) is None


def test_us_a_first_delay_of_at_most_thirty_days_needs_no_answer() -> None:
    """A first definite delay of at most 30 days: silence is consent, until the date first told."""
    due = due_on(waiting(10, 40), US, 1)
    assert due.rule.id == "first_short"
    assert due.round.on_silence == "consent"
    assert due.round.deadline == by(10)


@pytest.mark.parametrize("days", [41, None])
def test_us_a_longer_or_indefinite_first_delay_needs_express_consent(days: int | None) -> None:
    """More than 30 days, or no date: without consent the order ends 30 days after the date first told."""
    due = due_on(waiting(10, days), US, 1)
    assert due.rule.id == "first_long"
    assert due.rule.asks
    assert due.round.on_silence == "cancel"
    assert due.round.deadline == by(40)


def test_us_a_second_delay_needs_express_consent_however_short() -> None:
    """After a first delay was agreed to (by silence here), each further one must be agreed to by the date told last."""
    agreed = asked(waiting(10, 20), US, 1, "silent")
    due = due_on(moved(agreed, 22), US, 12)
    assert due.rule.id == "later"
    assert due.round.on_silence == "cancel"
    assert due.round.deadline == by(20)


def test_us_a_further_delay_before_the_first_was_answered_replaces_the_question() -> None:
    unanswered = asked(waiting(10, 20), US, 1)
    due = due_on(moved(unanswered, 25), US, 5)
    assert due.rule.id == "later"
    assert due.round.n == 2
    assert due.round.deadline == by(20)
    consents = unanswered.consents.opened(due.round)
    assert [r.state for r in consents.rounds] == ["superseded", "open"]


def test_us_a_date_that_slips_every_day_moves_no_deadline_of_a_question_that_ends_the_order() -> None:
    """Repeated delays need express consent, each by the date told before: what was asked first ends first."""
    unanswered = asked(asked_again := moved(asked(waiting(10, 20), US, 1), 25), US, 5)
    assert unanswered.consents.undecided is not None
    assert (unanswered.consents.undecided.on_silence, len(asked_again.consents.rounds)) == ("cancel", 1)
    for n in range(6, 19):
        unanswered = moved(unanswered, n + 20)
        assert notice_due(unanswered, US, day(n)) is None, f"asked again on day {n}"


def test_us_a_further_late_line_is_asked_about_by_the_deadline_that_stands_or_after_it() -> None:
    first = asked(waiting(10, 60), US, 1)
    other = replace(line(1, waiting=2), promises=(promise(12), promise(30)))
    both = replace(first, lines=[*first.lines, other])
    due = due_on(both, US, 5)
    assert [delay.position for delay in due.round.delays] == [0, 1]
    assert (due.round.deadline, due.round.on_silence, due.rule.id) == (by(40), "cancel", "first_long")
    assert notice_due(both, US, day(39)) is None, "one day to answer is not enough"
    over = replace(both, consents=both.consents.closed("refused", by(40), "test"), lines=[other])
    assert due_on(over, US, 41).round.delays[0].position == 1


def test_a_question_that_was_asked_is_not_asked_again() -> None:
    open_round = asked(waiting(10, 41), US, 1)
    assert notice_due(open_round, US, day(2)) is None
    assert notice_due(moved(open_round, 30), US, day(3)) is None, "a better date is no new question"


def test_us_who_agreed_to_wait_without_a_date_is_not_asked_again() -> None:
    agreed = asked(waiting(10, None), US, 1, "given")
    assert notice_due(moved(agreed, 90), US, day(50)) is None


def test_us_without_a_first_date_thirty_days_count() -> None:
    view = waiting(None)
    assert notice_due(view, US, day(29)) is None
    due = due_on(view, US, 31)
    assert due.rule.id == "first_long"
    assert due.round.delays[0].was == micros(NOW) + 30 * DAY // timedelta(microseconds=1)


def test_a_date_that_will_probably_still_be_kept_is_no_delay() -> None:
    assert notice_due(waiting(10, 14, likely=9), US, day(1)) is None
    assert notice_due(waiting(10, 14, likely=11), US, day(1)) is not None


def test_nobody_gets_less_than_three_days_to_answer() -> None:
    agreed = asked(waiting(10, 20), US, 1, "silent")
    due = due_on(moved(agreed, 40), US, 20.5)
    assert due.round.deadline == by(23) > micros(day(23.5)), "to the end of the day that the notice names"


@pytest.mark.parametrize(("country", "hours"), [("US", 10), ("BR", 5), ("GB", 0), ("JP", 0), (None, 0), ("ZZ", 0)])
def test_a_day_to_answer_ends_where_the_customer_lives(country: str | None, hours: int) -> None:
    """Hawaii is ten hours behind Greenwich; who lives there is told of a day, not of an hour."""
    view = waiting(10, 60)
    head = replace(view.head, customer=replace(view.head.customer, country=country))
    due = due_on(replace(view, head=head), US, 1)
    assert due.round.deadline == by(40) + hours * 3_600_000_000
    words = language("en")
    assert words.date(NOW.date() + timedelta(days=40)) in " ".join(sentences(due.round, country, words))


def two_lines(first: tuple[int, ...], second: tuple[int, ...]) -> OrderView:
    lines = (line(0, waiting=1), line(1, waiting=1))
    dated = zip(lines, (first, second), strict=True)
    return order(*(replace(one, promises=tuple(promise(days) for days in dates)) for one, dates in dated))


def test_us_a_line_agreed_to_by_silence_is_not_given_up_for_another() -> None:
    """One is late for the first time and by little; the other once more: that one has to be agreed to."""
    both = asked(two_lines((10, 20), (10, 20)), US, 1)
    assert due_on(two_lines((10, 20), (10, 20)), US, 1).rule.id == "first_short"
    other = replace(both.lines[1], promises=(*both.lines[1].promises, promise(25)))
    both = replace(both, lines=[both.lines[0], other])
    due = due_on(both, US, 5)
    assert (due.rule.id, due.round.on_silence) == ("later", "cancel")
    assert [delay.milder for delay in due.round.delays] == ["consent", None]
    assert units_in_question(due.round, both.lines) == {"l1": 1}
    ended = replace(both, consents=both.consents.opened(due.round).closed("refused", due.round.deadline, "test"))
    assert notice_due(ended, US, day(12)) is None, "he has agreed to the first by saying nothing"


def test_us_a_milder_line_that_slips_again_has_to_be_agreed_to_as_well() -> None:
    both = asked(two_lines((10, 20), (10, 60)), US, 1)
    assert [d.milder for d in both.consents.rounds[0].delays] == ["consent", None]
    again = replace(both.lines[0], promises=(*both.lines[0].promises, promise(30)))
    due = due_on(replace(both, lines=[again, both.lines[1]]), US, 5)
    assert [delay.milder for delay in due.round.delays] == [None, None]
    assert due.round.deadline == by(40), "the question that stands moves no further"


def test_eu_a_date_that_has_passed_opens_the_further_period() -> None:
    """Goods that do not come at the time agreed: a further, fair period, 14 days here; silence is waiting."""
    late = waiting(10, 20)
    assert notice_due(late, EU, day(5)) is None, "a delay that is only foreseen gives no right yet"
    due = due_on(late, EU, 11)
    assert due.rule.id == "extra_period"
    assert (due.rule.asks, due.round.on_silence, due.round.deadline) == (False, "wait", by(24))


def test_eu_a_date_that_slips_within_the_further_period_ends_it_no_sooner() -> None:
    open_period = asked(waiting(10, 20), EU, 11)
    for n in range(12, 24):
        open_period = moved(open_period, n + 12)
        assert notice_due(open_period, EU, day(n)) is None, n
    over = replace(open_period, consents=open_period.consents.closed("lapsed", by(24), "test"))
    assert due_on(over, EU, 25).rule.id == "period_over"


def test_eu_after_the_further_period_the_customer_may_end_the_contract_and_is_asked_once() -> None:
    """Not delivered within it: the buyer may end the contract; nothing ends by itself."""
    lapsed = asked(waiting(10, 40), EU, 11, "lapsed")
    assert notice_due(lapsed, EU, day(24)) is None
    due = due_on(lapsed, EU, 25)
    assert due.rule.id == "period_over"
    assert (due.rule.asks, due.round.on_silence) == (True, "wait")
    again = replace(lapsed, consents=lapsed.consents.opened(due.round).closed("lapsed", due.round.deadline, "test"))
    assert notice_due(again, EU, day(60)) is None


def test_lines_still_in_question_stay_in_it_when_another_line_is_late() -> None:
    one, two = line(0, waiting=1), line(1, waiting=1)
    view = order(replace(one, promises=(promise(10), promise(60))), two)
    view = asked(view, US, 1)
    view = replace(view, lines=[view.lines[0], replace(two, promises=(promise(10), promise(60)))])
    due = due_on(view, US, 2)
    assert [d.position for d in due.round.delays] == [0, 1]


def test_goods_that_are_here_are_not_asked_about() -> None:
    here = order(replace(line(allocated=3), promises=(promise(10), promise(60))))
    assert notice_due(here, US, day(1)) is None


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (None, "pending"),
        ("given", "given"),
        ("silent", "given"),
        ("refused", "refused"),
        ("lapsed", "none"),
        ("moot", "none"),
    ],
)
def test_the_status_follows_from_the_last_round(state: State | None, status: str) -> None:
    view = asked(waiting(10, 60), US, 1, state)
    assert view.consents.status(view.lines) == status


def test_nothing_is_pending_once_nothing_waits_any_more() -> None:
    view = asked(waiting(10, 60), US, 1)
    assert view.consents.status([line(released=3)]) == "none"
    assert view.consents.status([line(cancelled=3)]) == "refused"
    assert Consents().status(view.lines) == "none"
