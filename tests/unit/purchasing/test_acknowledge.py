from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shared.contracts.purchasing_views import purchase_order_view
from shared.inventory.model import Inbound
from shared.kernel.clock import from_micros, iso, micros
from shared.kernel.errors import Conflict, InProgress, Invalid, NotFound
from shared.purchasing.acknowledge import Crossed, acknowledge
from shared.purchasing.answers import Acknowledge, LineAnswer, state_of, wrong_answers
from shared.purchasing.lines import Dates, Later, put_off
from tests.unit.purchasing.desk import CrashError, Desk, no_pause


@pytest.fixture
def order_id(desk: Desk) -> str:
    """A sent order of 10 A, 6 B and 4 C."""
    for sku in "ABC":
        desk.item(sku)
    desk.order(("A", 10), ("B", 6), ("C", 4))
    return desk.sent()[0].id


def test_accepted_lines_are_firm_and_the_others_stay_as_they_are(desk: Desk, order_id: str) -> None:
    before = desk.line(order_id, "B")
    date = desk.now + timedelta(days=5)
    order, _ = desk.answer(order_id, LineAnswer("A", "accepted", date=date))
    assert order.status == "acknowledged"
    line = desk.line(order_id, "A")
    assert (line.firm, line.dates.likely, line.dates.by) == (True, micros(date), micros(date + timedelta(days=1)))
    assert desk.stock("A").inbound[order_id] == Inbound(10, line.dates.likely, line.dates.by, firm=True)
    assert desk.line(order_id, "B") == before


def test_accepting_without_a_date_confirms_the_expected_one(desk: Desk, order_id: str) -> None:
    dates = desk.line(order_id, "A").dates
    desk.answer(order_id, LineAnswer("A", "accepted"))
    assert (desk.line(order_id, "A").dates, desk.stock("A").inbound[order_id].firm) == (dates, True)


def test_the_same_answer_again_changes_nothing(desk: Desk, order_id: str) -> None:
    answers = (
        LineAnswer("A", "changed", quantity=8, date=desk.now + timedelta(days=20)),
        LineAnswer("B", "rejected"),
        LineAnswer("C", "backordered", quantity=1),
    )
    desk.answer(order_id, *answers)
    before = desk.service.items()
    desk.wait(days=1)
    desk.answer(order_id, *answers)
    assert desk.service.items() == before


def test_a_smaller_quantity_closes_the_difference_and_makes_it_needed_again(desk: Desk, order_id: str) -> None:
    desk.plan()  # all is ordered: nothing is listed as needed
    desk.answer(order_id, LineAnswer("A", "changed", quantity=7))
    line = desk.line(order_id, "A")
    assert (line.ordered, line.open, line.closed_short) == (10, 7, 3)
    assert desk.stock("A").on_order == 7
    order, lines = desk.ordered()
    assert [(one.sku, one.ordered) for one in lines] == [("A", 3)]
    assert order.id != order_id


def test_nobody_can_confirm_more_than_was_ordered(desk: Desk, order_id: str) -> None:
    """What nobody ordered nobody promises to customers; goods that come on top are taken by the receipt."""
    before = desk.service.items()
    for reply in ("changed", "backordered", "accepted"):
        with pytest.raises(Invalid) as refusal:
            desk.answer(order_id, LineAnswer("B", "accepted"), LineAnswer("A", reply, quantity=11))
        (error,) = refusal.value.errors
        assert (error.pointer, error.detail) == ("/lines/1/quantity", "is more than the 10 ordered")
    assert desk.service.items() == before
    desk.answer(order_id, LineAnswer("A", "changed", quantity=10))
    assert desk.stock("A").on_order == 10


def test_who_accepts_after_having_refused_delivers_all_the_same(desk: Desk, order_id: str) -> None:
    desk.answer(order_id, LineAnswer("A", "rejected"), LineAnswer("B", "changed", quantity=2))
    desk.answer(order_id, LineAnswer("A", "accepted"), LineAnswer("B", "accepted"))
    assert [(desk.line(order_id, sku).open, desk.stock(sku).on_order) for sku in "AB"] == [(10, 10), (6, 6)]


@pytest.mark.parametrize(
    ("answer", "come"),
    [
        (LineAnswer("A", "backordered"), (10, 0)),
        (LineAnswer("A", "backordered", quantity=7), (7, 3)),
        (LineAnswer("A", "changed", quantity=7), (7, 3)),
        (LineAnswer("A", "changed", date=datetime(2026, 2, 2, 12, tzinfo=UTC)), (10, 0)),
    ],
)
def test_whatever_else_he_says_after_having_refused_comes_after_all(
    desk: Desk, order_id: str, answer: LineAnswer, come: tuple[int, int]
) -> None:
    desk.answer(order_id, LineAnswer("A", "rejected"))
    desk.answer(order_id, answer)
    line = desk.line(order_id, "A")
    assert (line.open, line.closed_short) == come
    assert desk.stock("A").on_order == come[0]
    desk.answer(order_id, LineAnswer("A", "rejected"))
    assert desk.stock("A").on_order == 0


def test_of_a_shorter_quantity_more_than_that_may_be_put_off_and_another_date_brings_no_more(
    desk: Desk, order_id: str
) -> None:
    desk.answer(order_id, LineAnswer("A", "changed", quantity=6), LineAnswer("B", "changed", quantity=2))
    desk.answer(order_id, LineAnswer("A", "backordered", quantity=8))
    desk.answer(order_id, LineAnswer("B", "changed", date=desk.now + timedelta(days=30)))
    assert [(desk.line(order_id, sku).open, desk.line(order_id, sku).closed_short) for sku in "AB"] == [(8, 2), (2, 4)]


def test_an_order_cancelled_while_a_refused_line_is_put_off_stays_cancelled(desk: Desk, order_id: str) -> None:
    desk.answer(order_id, LineAnswer("A", "rejected"))
    desk.once("TransactWriteItems", lambda: desk.cancel(order_id))
    with pytest.raises(Conflict, match="cancelled"):
        desk.answer(order_id, LineAnswer("A", "backordered"))
    assert desk.stock("A").on_order == 0


def test_a_rejected_line_is_no_longer_on_order(desk: Desk, order_id: str) -> None:
    order, _ = desk.answer(order_id, LineAnswer("A", "rejected"))
    assert order.status == "acknowledged"
    assert (desk.line(order_id, "A").open, desk.stock("A").on_order, desk.stock("A").inbound) == (0, 0, {})


def test_an_order_rejected_as_a_whole_is_rejected(desk: Desk, order_id: str) -> None:
    order, _ = desk.answer(order_id, *(LineAnswer(sku, "rejected") for sku in "ABC"))
    assert order.status == "rejected"
    assert order_id not in [one.id for one in desk.book.open_orders()]
    with pytest.raises(Conflict, match="rejected"):
        desk.answer(order_id, LineAnswer("A", "accepted"))


def test_a_part_that_is_put_off_comes_later_and_the_rest_as_expected(desk: Desk, order_id: str) -> None:
    """The first six who wait keep their date."""
    later = desk.now + timedelta(days=40)
    early = desk.stock("A").inbound[order_id]
    desk.answer(order_id, LineAnswer("A", "backordered", quantity=4, date=later))
    inbound = desk.stock("A").inbound
    assert inbound[order_id] == Inbound(6, early.likely, early.by, firm=True)
    assert (inbound[put_off(order_id)].open, inbound[put_off(order_id)].likely) == (4, micros(later))
    assert desk.stock("A").on_order == 10
    desk.receive("r1", ("A", 8), against=order_id)
    assert [one.likely for one in desk.stock("A").inbound.values()] == [micros(later)]
    desk.receive("r2", ("A", 2), against=order_id)
    assert desk.stock("A").inbound == {}


def test_a_line_put_off_as_a_whole_without_a_date_is_dated_as_if_ordered_now(desk: Desk, order_id: str) -> None:
    desk.wait(days=3)
    desk.answer(order_id, LineAnswer("A", "backordered"))
    entry = desk.stock("A").inbound[order_id]
    assert (entry.open, entry.likely, entry.firm) == (10, micros(desk.now + timedelta(days=10)), False)


def test_a_later_answer_replaces_what_was_put_off(desk: Desk, order_id: str) -> None:
    desk.answer(order_id, LineAnswer("A", "backordered", quantity=4, date=desk.now + timedelta(days=40)))
    desk.answer(order_id, LineAnswer("A", "accepted", date=desk.now + timedelta(days=4)))
    assert list(desk.stock("A").inbound) == [order_id]
    assert desk.stock("A").inbound[order_id].open == 10


def test_once_the_rest_is_here_the_date_of_what_was_put_off_is_the_lines_own(desk: Desk, order_id: str) -> None:
    later = desk.now + timedelta(days=40)
    desk.answer(order_id, LineAnswer("A", "backordered", quantity=4, date=later))
    desk.receive("r1", ("A", 6), against=order_id)
    line = desk.line(order_id, "A")
    assert (line.open, line.dates.likely, line.due, line.firm, line.later) == (
        4, micros(later), micros(later), True, None,
    )  # fmt: skip


def test_who_then_changes_the_quantity_alone_has_not_taken_his_date_back(desk: Desk, order_id: str) -> None:
    later = desk.now + timedelta(days=40)
    desk.answer(order_id, LineAnswer("A", "backordered", quantity=4, date=later))
    desk.receive("r1", ("A", 6), against=order_id)
    desk.answer(order_id, LineAnswer("A", "changed", quantity=8))
    (entry,) = desk.stock("A").inbound.values()
    assert (entry.open, entry.likely, entry.firm) == (2, micros(later), True)


def test_a_changed_quantity_confirms_no_date_that_nobody_has_named(desk: Desk, order_id: str) -> None:
    desk.answer(order_id, LineAnswer("A", "backordered"))
    desk.answer(order_id, LineAnswer("A", "changed", quantity=8))
    (entry,) = desk.stock("A").inbound.values()
    assert (entry.open, entry.firm) == (8, False)


@pytest.mark.parametrize(("quantity", "early", "put_off_units"), [(8, 6, 2), (10, 6, 4), (6, 6, 0), (5, 5, 0)])
def test_a_changed_quantity_without_a_date_leaves_both_parts_their_dates(
    desk: Desk, order_id: str, quantity: int, early: int, put_off_units: int
) -> None:
    """What comes as expected stays, what was put off is more or less."""
    later = desk.now + timedelta(days=40)
    expected = desk.stock("A").inbound[order_id].likely
    desk.answer(order_id, LineAnswer("A", "backordered", quantity=4, date=later))
    desk.answer(order_id, LineAnswer("A", "changed", quantity=quantity))
    inbound = {name: (one.open, one.likely) for name, one in desk.stock("A").inbound.items()}
    rest = {put_off(order_id): (put_off_units, micros(later))} if put_off_units else {}
    assert inbound == {order_id: (early, expected), **rest}


def test_a_line_stored_before_that_is_read_by_what_still_comes_of_it(desk: Desk, order_id: str) -> None:
    later = Later(10, Dates(micros(desk.now + timedelta(days=40)), micros(desk.now + timedelta(days=50))), firm=False)
    order, lines = desk.read(order_id)
    before = desk.line(order_id, "A")
    desk.book.change(order, [(before, replace(before, later=later, firm=True))])
    order, lines = desk.read(order_id)
    shown = next(one for one in purchase_order_view(order, lines)["lines"] if one["sku"] == "A")
    assert (shown["expected"]["likely"], shown["confirmed"], shown["later"]) == (
        iso(from_micros(later.dates.likely)), False, None,
    )  # fmt: skip
    desk.answer(order_id, LineAnswer("A", "changed", quantity=8))
    assert desk.stock("A").inbound[order_id].likely == later.dates.likely
    assert len(desk.stock("A").inbound) == 1


@pytest.mark.parametrize(
    ("answer", "pointer"),
    [
        (LineAnswer("X", "accepted"), "/lines/1/sku"),
        (LineAnswer("B", "changed"), "/lines/1"),
        (LineAnswer("B", "accepted", quantity=5), "/lines/1/quantity"),
        (LineAnswer("B", "rejected", quantity=5), "/lines/1/quantity"),
        (LineAnswer("B", "rejected", date=datetime(2026, 2, 1, tzinfo=UTC)), "/lines/1/date"),
    ],
)
def test_an_answer_that_makes_no_sense_is_refused_as_a_whole(
    desk: Desk, order_id: str, answer: LineAnswer, pointer: str
) -> None:
    before = desk.service.items()
    with pytest.raises(Invalid) as refusal:
        desk.answer(order_id, LineAnswer("A", "accepted"), answer)
    assert [error.pointer for error in refusal.value.errors] == [pointer]
    assert desk.service.items() == before


def test_a_date_that_has_passed_is_refused(desk: Desk, order_id: str) -> None:
    with pytest.raises(Invalid, match="cannot be taken"):
        desk.answer(order_id, LineAnswer("A", "accepted", date=desk.now - timedelta(days=2)))


def test_an_order_the_supplier_does_not_have_cannot_be_answered(desk: Desk) -> None:
    desk.supplier("s2", min_order_value="100")
    desk.item("Z", supplier_id="s2")
    desk.order(("Z", 1))
    desk.plan()
    (held,) = desk.orders("held")
    with pytest.raises(Conflict, match="does not have it yet"):
        desk.answer(held.id, LineAnswer("Z", "accepted"))
    with pytest.raises(NotFound):
        desk.answer("po_nothing")


def test_a_receipt_in_the_middle_of_an_answer_is_not_lost(desk: Desk, order_id: str) -> None:
    desk.once("TransactWriteItems", lambda: desk.receive("r1", ("A", 4), ("B", 6), against=order_id))
    order, _ = desk.answer(order_id, LineAnswer("A", "changed", quantity=7), LineAnswer("B", "rejected"))
    line = desk.line(order_id, "A")
    assert (line.received, line.open, line.closed_short) == (4, 3, 3)
    assert (desk.line(order_id, "B").received, desk.line(order_id, "B").closed_short) == (6, 0)
    assert order.status == "partially_received"


def test_an_answer_to_many_lines_that_was_cut_off_is_finished_by_its_repeat(desk: Desk) -> None:
    skus = desk.items(60)
    desk.order(*[(sku, 2) for sku in skus])
    order_id = desk.sent()[0].id
    answers = [LineAnswer(sku, "changed", quantity=1) for sku in skus]
    desk.crash("TransactWriteItems", skip=1)
    with pytest.raises(CrashError):
        desk.answer(order_id, *answers)
    assert desk.violations() == []
    order, lines = desk.answer(order_id, *answers)
    assert order.status == "acknowledged"
    assert {(line.open, line.closed_short) for line in lines} == {(1, 1)}


def test_an_order_that_is_being_closed_cannot_be_answered(desk: Desk, order_id: str) -> None:
    desk.crash("TransactWriteItems")
    with pytest.raises(CrashError):
        desk.cancel(order_id)
    with pytest.raises(InProgress):
        desk.answer(order_id, LineAnswer("A", "accepted"))


def seen_answer(desk: Desk, order_id: str, *answers: LineAnswer) -> Acknowledge:
    """An answer by somebody who reads the order now."""
    order, lines = desk.read(order_id)
    return Acknowledge(order_id, answers, "supplier:s1", seen=state_of(order, lines))


def take(desk: Desk, command: Acknowledge) -> None:
    acknowledge(command, book=desk.book, suppliers=desk.book.supplier, now=desk.now, zone=UTC, pause=no_pause)


def test_of_two_answers_that_cross_the_second_is_told_and_takes_nothing(desk: Desk, order_id: str) -> None:
    first = seen_answer(desk, order_id, LineAnswer("A", "accepted"), LineAnswer("B", "rejected"))
    second = seen_answer(desk, order_id, LineAnswer("B", "accepted"), LineAnswer("C", "rejected"))
    take(desk, first)
    before = desk.service.items()
    with pytest.raises(Crossed, match="nothing of it was taken"):
        take(desk, second)
    assert desk.service.items() == before
    take(desk, first)  # the same again is no crossing
    assert desk.service.items() == before


def test_an_answer_taken_in_the_middle_of_another_is_whole_and_so_is_the_refusal(desk: Desk, order_id: str) -> None:
    first = seen_answer(desk, order_id, LineAnswer("A", "accepted"), LineAnswer("B", "rejected"))
    second = replace(first, answers=(LineAnswer("B", "accepted"), LineAnswer("C", "rejected")))
    desk.once("TransactWriteItems", lambda: take(desk, first))
    with pytest.raises(Crossed):
        take(desk, second)
    assert [desk.line(order_id, sku).reply for sku in "ABC"] == ["accepted", "rejected", None]


def test_operators_answers_that_cross_are_one_after_the_other(desk: Desk, order_id: str) -> None:
    """They have not said what they read: the later one stands, line by line, as if it had come later."""
    first = (LineAnswer("A", "accepted"), LineAnswer("B", "rejected"))
    desk.once("TransactWriteItems", lambda: desk.answer(order_id, *first))
    desk.answer(order_id, LineAnswer("B", "accepted"), LineAnswer("C", "rejected"))
    assert [desk.line(order_id, sku).reply for sku in "ABC"] == ["accepted", "accepted", "rejected"]
    assert [entry[1] for entry in desk.read(order_id)[0].log].count("acknowledged") == 2


def test_goods_that_arrive_meanwhile_make_no_answer_stale(desk: Desk, order_id: str) -> None:
    command = seen_answer(desk, order_id, LineAnswer("A", "changed", quantity=7))
    desk.receive("r1", ("A", 4), against=order_id)
    take(desk, command)
    line = desk.line(order_id, "A")
    assert (line.received, line.open, line.closed_short) == (4, 3, 3)


def test_an_order_cancelled_in_the_middle_of_an_answer_stays_cancelled(desk: Desk, order_id: str) -> None:
    desk.once("TransactWriteItems", lambda: desk.cancel(order_id))
    with pytest.raises(Conflict, match="cancelled"):
        desk.answer(order_id, LineAnswer("A", "changed", quantity=10))
    assert (desk.read(order_id)[0].status, desk.stock("A").on_order) == ("cancelled", 0)


@pytest.fixture
def long_order(desk: Desk) -> str:
    """A sent order of 60 lines: more than one transaction takes."""
    desk.order(*[(sku, 2) for sku in desk.items(60)])
    return desk.sent()[0].id


def halves(desk: Desk) -> tuple[LineAnswer, ...]:
    return tuple(LineAnswer(f"S{n:04}", "changed", quantity=1) for n in range(60))


def cut_off(desk: Desk, order_id: str) -> None:
    """An answer to 60 lines of which the first transaction of lines is done."""
    desk.crash("TransactWriteItems", skip=2)
    with pytest.raises(CrashError):
        desk.answer(order_id, *halves(desk))
    replies = [line.reply for line in desk.read(order_id)[1]]
    assert 0 < replies.count("changed") < 60


def test_nobody_else_gets_between_the_parts_of_a_long_answer(desk: Desk, long_order: str) -> None:
    cut_off(desk, long_order)
    with pytest.raises(InProgress):
        desk.answer(long_order, LineAnswer("S0059", "rejected"))
    with pytest.raises(InProgress):
        desk.cancel(long_order)


def test_a_long_answer_that_was_cut_off_is_finished_before_the_next_one(desk: Desk, long_order: str) -> None:
    cut_off(desk, long_order)
    desk.wait(minutes=2)
    order, lines = desk.answer(long_order, LineAnswer("S0059", "rejected"))
    assert [(line.reply, line.open) for line in lines] == [("changed", 1)] * 59 + [("rejected", 0)]
    assert order.answering is None


def test_a_long_answer_that_was_cut_off_is_finished_by_the_chase(desk: Desk, long_order: str) -> None:
    cut_off(desk, long_order)
    assert desk.chase().answered == 0  # somebody may still be at it
    desk.wait(minutes=2)
    assert desk.chase().answered == 1
    order, lines = desk.read(long_order)
    assert (order.status, {line.reply for line in lines}) == ("acknowledged", {"changed"})
    assert desk.chase().answered == 0


@pytest.mark.parametrize(
    ("zone", "today"), [("UTC", 5), ("Pacific/Auckland", 5), ("America/Los_Angeles", 5), ("Pacific/Kiritimati", 5)]
)
def test_a_day_that_has_passed_at_the_shop_is_no_date_of_goods_that_are_to_come(
    desk: Desk, order_id: str, zone: str, today: int
) -> None:
    now = datetime(2026, 1, today, 12, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    lines = desk.read(order_id)[1]

    def wrong(day: int) -> list[str]:
        said = [LineAnswer("A", "accepted", date=datetime(2026, 1, day, 12, tzinfo=UTC))]
        return [one.error.pointer for one in wrong_answers(said, lines, now, ZoneInfo(zone))]

    assert [wrong(day) for day in (today - 1, today, today + 1)] == [["/lines/0/date"], [], []]


def test_what_was_said_before_may_be_said_again_when_its_day_has_passed(desk: Desk, order_id: str) -> None:
    said = LineAnswer("A", "accepted", date=desk.now + timedelta(days=1))
    desk.answer(order_id, said)
    desk.wait(days=3)
    desk.answer(order_id, said)
    with pytest.raises(Invalid):
        desk.answer(order_id, replace(said, date=desk.now - timedelta(days=1)))
