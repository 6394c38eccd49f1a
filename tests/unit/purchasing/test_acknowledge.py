from __future__ import annotations

from datetime import timedelta

import pytest

from shared.inventory.model import Inbound
from shared.kernel.clock import micros
from shared.kernel.errors import Conflict, InProgress, Invalid, NotFound
from shared.purchasing.acknowledge import LineAnswer
from shared.purchasing.lines import put_off
from tests.unit.purchasing.desk import CrashError, Desk


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


def test_a_larger_quantity_is_taken_as_it_is(desk: Desk, order_id: str) -> None:
    desk.answer(order_id, LineAnswer("A", "changed", quantity=12))
    assert (desk.line(order_id, "A").open, desk.stock("A").on_order) == (12, 12)


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
    assert list(desk.stock("A").inbound) == [put_off(order_id)]
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


@pytest.mark.parametrize(
    ("answer", "pointer"),
    [
        (LineAnswer("X", "accepted"), "/lines/1/sku"),
        (LineAnswer("B", "changed"), "/lines/1"),
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
