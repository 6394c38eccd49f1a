"""A question ends by itself once nothing that it asked about is late any more; being late again is asked about anew."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.backorders.lookup import OrderView
from shared.backorders.ports import Stale
from shared.consent.duty import notice_due
from shared.consent.model import Consents
from shared.consent.relief import Relieving, has_settled_itself
from shared.kernel.errors import Contended
from tests.unit.consent.test_packs import US, asked, day, due_on, moved, waiting
from tests.unit.notifications.orders import KEY, by, line, order, promise
from tests.unit.notifications.orders import moved as units_moved


class Kept:
    """An order in memory, whose rounds are written over the version before."""

    def __init__(self, view: OrderView, stale: int = 0) -> None:
        self.view, self.stale, self.writes = view, stale, 0

    def read(self, key: str) -> OrderView | None:
        return self.view if key == KEY else None

    def write(self, _: str, consents: Consents) -> None:
        self.stale -= 1
        if self.stale >= 0 or consents.version != self.view.consents.version + 1:
            raise Stale
        self.writes += 1
        self.view = replace(self.view, consents=consents)

    def due(self, _: int) -> list[str]:
        return []

    def relieved(self, n: float) -> OrderView:
        view = Relieving(self, self, day(n)).read(KEY)
        assert view is not None
        return view


def states(view: OrderView) -> list[str]:
    return [asked.state for asked in view.consents.rounds]


@pytest.mark.parametrize(("first", "back"), [(60, 10), (60, 3), (None, 9), (30, 10)])
def test_a_question_ends_when_the_goods_come_by_the_day_first_promised(first: int | None, back: int) -> None:
    kept = Kept(moved(asked(waiting(10, first), US, 1), back))
    assert states(kept.relieved(2)) == states(kept.view) == ["moot"]
    assert kept.view.consents.status(kept.view.lines) == "none"
    kept.relieved(3)
    assert kept.writes == 1
    (ended,) = kept.view.consents.rounds
    assert (ended.actor, ended.closed_at) == (f"rule:{ended.rule}", int(day(2).timestamp() * 1_000_000))


@pytest.mark.parametrize("back", [11, 30, 59, None])
def test_a_better_date_that_is_still_late_ends_no_question(back: int | None) -> None:
    kept = Kept(moved(asked(waiting(10, 60), US, 1), back))
    assert states(kept.relieved(2)) == ["open"]
    assert kept.writes == 0


def test_a_question_ends_by_the_date_that_was_agreed_to_last() -> None:
    agreed = asked(waiting(10, 20), US, 1, "silent")
    again = asked(moved(agreed, 40), US, 12)
    assert states(Kept(moved(again, 25)).relieved(13)) == ["silent", "open"]
    assert states(Kept(moved(again, 19)).relieved(13)) == ["silent", "moot"]


def test_what_is_late_again_is_asked_about_as_the_first_time() -> None:
    """The day first promised stands, as nobody agreed to another; so does its deadline, however often it flaps."""
    view = asked(waiting(10, 60), US, 1)
    for n in range(2, 8):
        view = Kept(moved(view, 9)).relieved(n)
        assert notice_due(view, US, day(n)) is None
        due = due_on(moved(view, 60), US, n + 0.5)
        assert (due.rule.id, due.round.deadline, due.round.n) == ("first_long", by(40), n)
        view = asked(moved(view, 60), US, n + 0.5)
    assert states(view) == ["moot"] * 6 + ["open"]


def test_what_was_replaced_by_a_question_that_came_to_nothing_counts_no_more_than_it() -> None:
    twice = asked(moved(asked(waiting(10, 20), US, 1), 25), US, 5)
    ended = Kept(moved(twice, 10)).relieved(6)
    assert states(ended) == ["superseded", "moot"]
    assert due_on(moved(ended, 20), US, 7).rule.id == "first_short"


def test_a_date_that_goes_to_and_fro_about_the_day_promised_asks_once() -> None:
    """Late is what will probably be late; late no more only what will almost certainly not be."""
    view = asked(waiting(10, 13, likely=11), US, 1)
    for n, likely in enumerate([10, 11, 9, 12], start=2):
        view = replace(view, lines=waiting(10, 13, likely=likely).lines)
        assert states(Kept(view).relieved(n)) == ["open"]
        assert notice_due(view, US, day(n)) is None


def test_a_question_whose_deadline_has_passed_stays_for_the_clock() -> None:
    """By then the day counted on has passed too; a date before it is one that nobody has corrected yet."""
    kept = Kept(moved(asked(waiting(50, 90), US, 1), 45))
    (only,) = kept.view.consents.rounds
    assert not has_settled_itself(replace(only, deadline=by(3)), kept.view, day(4))
    assert has_settled_itself(replace(only, deadline=by(5)), kept.view, day(4))
    assert not has_settled_itself(replace(only, state="ending"), kept.view, day(4))


def test_a_date_that_has_passed_is_late_whatever_is_promised() -> None:
    kept = Kept(moved(asked(waiting(10, 60), US, 1), 9))
    assert states(kept.relieved(11)) == ["open"]


def test_one_line_that_is_late_keeps_the_question_of_all() -> None:
    late = [replace(line(n, waiting=2), promises=(promise(10), promise(60))) for n in (0, 1)]
    both = asked(order(*late), US, 1)
    better = [replace(late[0], promises=(*late[0].promises, promise(9))), late[1]]
    assert states(Kept(replace(both, lines=better)).relieved(2)) == ["open"]
    gone = [better[0], units_moved(late[1], "waiting", "cancelled", 2)]
    assert states(Kept(replace(both, lines=gone)).relieved(2)) == ["moot"]
    here = [better[0], units_moved(late[1], "waiting", "allocated", 2)]
    assert states(Kept(replace(both, lines=here)).relieved(2)) == ["moot"]


def test_what_lies_here_is_late_once_its_day_has_passed_and_it_was_not_sent() -> None:
    view = asked(waiting(10, 60), US, 1)
    here = replace(view, lines=[units_moved(view.lines[0], "waiting", "allocated", 3)])
    assert states(Kept(here).relieved(2)) == ["moot"]
    assert states(Kept(here).relieved(11)) == ["open"]


def test_a_question_of_which_nothing_is_open_is_left_as_it_is() -> None:
    view = asked(waiting(10, 60), US, 1)
    sent = replace(view, lines=[units_moved(view.lines[0], "waiting", "released", 3)])
    assert states(Kept(sent).relieved(2)) == ["open"]


def test_a_parcel_is_late_no_more_when_its_last_item_is_not() -> None:
    late = replace(line(0, waiting=2), promises=(promise(10), promise(60)))
    parcel = asked(order(late, line(1, allocated=1), shipping="hold"), US, 1)
    for days, state in ((30, "open"), (10, "moot")):
        better = replace(late, promises=(*late.promises, promise(days)))
        assert states(Kept(replace(parcel, lines=[better, parcel.lines[1]])).relieved(2)) == [state]


def test_an_answer_in_between_is_not_written_over() -> None:
    kept = Kept(moved(asked(waiting(10, 60), US, 1), 9), stale=2)
    assert states(kept.relieved(2)) == ["moot"]
    with pytest.raises(Contended):
        Kept(moved(asked(waiting(10, 60), US, 1), 9), stale=9).relieved(2)
