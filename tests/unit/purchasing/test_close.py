from __future__ import annotations

from dataclasses import replace

import pytest

from shared.kernel.errors import Conflict, NotFound
from shared.purchasing.answers import LineAnswer
from tests.unit.purchasing.desk import CrashError, Desk


@pytest.fixture
def order_id(desk: Desk) -> str:
    """An approved order of 10 A and 6 B, not sent yet."""
    for sku in "AB":
        desk.item(sku)
    desk.order(("A", 10), ("B", 6))
    return desk.ordered()[0].id


@pytest.fixture
def waiting_id(desk: Desk) -> str:
    """An order of 10 A and 6 B that waits for approval."""
    desk.settings = replace(desk.settings, approval_value="1")
    for sku in "AB":
        desk.item(sku)
    desk.order(("A", 10), ("B", 6))
    return desk.ordered()[0].id


def test_a_cancelled_order_is_no_longer_on_order_and_its_demand_is_planned_again(desk: Desk, order_id: str) -> None:
    desk.plan()
    order = desk.cancel(order_id)
    assert (order.status, order.mail) == ("cancelled", None)
    assert (desk.stock("A").on_order, desk.stock("A").inbound) == (0, {})
    assert {(line.ordered, line.open, line.closed_short) for line in desk.read(order_id)[1]} == {(10, 0, 10), (6, 0, 6)}
    assert desk.send(order_id).outcome == "nothing_due"
    assert [line.ordered for line in desk.ordered()[1]] == [10, 6]


def test_cancelling_twice_changes_nothing(desk: Desk, order_id: str) -> None:
    desk.cancel(order_id)
    before = desk.service.items()
    assert desk.cancel(order_id).status == "cancelled"
    assert desk.service.items() == before


def test_the_supplier_hears_of_the_cancellation_of_an_order_that_was_sent(desk: Desk, order_id: str) -> None:
    desk.send(order_id)
    desk.receive("r1", ("A", 4), against=order_id)
    order = desk.cancel(order_id)
    line = desk.line(order_id, "A")
    assert (line.received, line.closed_short, line.open) == (4, 6, 0)
    assert order.status == "cancelled"
    assert desk.send(order_id).kind == "purchase_order_changed"
    assert desk.mails() == ["purchase_order", "purchase_order_changed"]
    mail = desk.service.engine.ses.mailbox[-1]
    assert mail["subject"].startswith(f"Cancelled: purchase order {order_id}")
    assert "Please deliver none of the goods below" in mail["text"]
    assert not [part for part in ("still need", "Confirm", "confirm", f"/p/{order_id}") if part in mail["text"]]
    assert order_id not in [one.id for one in desk.book.open_orders()]


def test_what_is_complete_cannot_be_cancelled_or_closed(desk: Desk, order_id: str) -> None:
    desk.send(order_id)
    desk.receive("r1", ("A", 10), ("B", 6), against=order_id)
    for act in (desk.cancel, desk.close_short):
        with pytest.raises(Conflict, match="received"):
            act(order_id)
    with pytest.raises(NotFound):
        desk.cancel("po_nothing")


def test_closing_short_ends_the_wait_for_the_rest(desk: Desk, order_id: str) -> None:
    desk.send(order_id)
    desk.receive("r1", ("A", 7), against=order_id)
    assert desk.read(order_id)[0].status == "partially_received"
    order = desk.close_short(order_id)
    assert order.status == "closed_short"
    line = desk.line(order_id, "A")
    assert (line.ordered, line.open, line.received, line.closed_short) == (10, 0, 7, 3)
    assert desk.stock("A").on_order == 0
    assert desk.close_short(order_id) == order


def test_an_order_nobody_has_sent_is_cancelled_not_closed(desk: Desk, order_id: str) -> None:
    with pytest.raises(Conflict, match="cancel it instead"):
        desk.close_short(order_id)


def test_a_held_order_is_a_proposal_that_can_be_cancelled_and_not_itself_be_approved(desk: Desk) -> None:
    desk.supplier("s2", min_order_value="100")
    desk.item("Z", supplier_id="s2")
    desk.order(("Z", 1))
    desk.plan()
    (held,) = desk.orders("held")
    with pytest.raises(Conflict, match="minimum of 100 EUR"):
        desk.approve(held.id)
    assert desk.cancel(held.id).status == "cancelled"
    desk.wait(hours=1)
    desk.plan()
    (again,) = desk.orders("held")
    assert again.id != held.id


def test_a_cancelled_or_rejected_order_cannot_be_approved(desk: Desk, order_id: str) -> None:
    desk.cancel(order_id)
    with pytest.raises(Conflict, match="cancelled"):
        desk.approve(order_id)
    order, _ = desk.sent()
    desk.answer(order.id, LineAnswer("A", "rejected"), LineAnswer("B", "rejected"))
    with pytest.raises(Conflict, match="rejected"):
        desk.approve(order.id)


def test_approving_what_is_on_its_way_changes_nothing(desk: Desk, order_id: str) -> None:
    desk.send(order_id)
    before = desk.service.items()
    assert desk.approve(order_id).status == "sent"
    assert desk.service.items() == before


def test_a_receipt_in_the_middle_of_a_cancellation_counts(desk: Desk, order_id: str) -> None:
    """It is posted against the order, and only the rest is called off."""
    desk.send(order_id)
    desk.once("TransactWriteItems", lambda: desk.receive("r1", ("A", 4), against=order_id))
    assert desk.cancel(order_id).status == "cancelled"
    line = desk.line(order_id, "A")
    assert (line.received, line.closed_short) == (4, 6)
    assert (desk.stock("A").free, desk.stock("A").on_order) == (4, 0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("operation", "skip", "finish"),
    [
        ("PutItem", 0, "repeat"),
        ("PutItem", 1, "repeat"),
        ("PutItem", 1, "chase"),
        ("TransactWriteItems", 0, "repeat"),
        ("TransactWriteItems", 0, "chase"),
        ("TransactWriteItems", 1, "repeat"),
        ("TransactWriteItems", 1, "chase"),
    ],
)
def test_a_cancellation_that_was_cut_off_is_finished(desk: Desk, operation: str, skip: int, finish: str) -> None:
    """By the same request again, or within the hour by itself; in between the books are right."""
    skus = desk.items(60)
    desk.order(*[(sku, 1) for sku in skus])
    order_id = desk.sent()[0].id
    desk.crash(operation, skip=skip)
    with pytest.raises(CrashError):
        desk.cancel(order_id)
    assert desk.violations() == []
    if finish == "repeat":
        desk.cancel(order_id)
    else:
        assert desk.chase().closed == 1
    order, lines = desk.read(order_id)
    assert (order.status, order.closing) == ("cancelled", None)
    assert {line.open for line in lines} == {0}
    assert desk.stock(skus[7]).on_order == 0


def test_an_order_that_is_still_being_written_cannot_be_approved_or_cancelled(desk: Desk) -> None:
    skus = desk.items(60)
    desk.order(*[(sku, 1) for sku in skus])
    desk.crash("TransactWriteItems", skip=2)
    with pytest.raises(CrashError):
        desk.plan()
    (order,) = desk.orders()
    for act in (desk.approve, desk.cancel):
        with pytest.raises(Conflict, match="being changed"):
            act(order.id)


def test_approval_is_kept_with_who_gave_it(desk: Desk) -> None:
    desk.settings = replace(desk.settings, approval_value="1")
    desk.item("C")
    desk.order(("C", 3))
    order = desk.approve(desk.ordered()[0].id)
    assert [(what, actor) for _, what, actor, _ in order.log] == [
        ("placed", "operations:bo"),
        ("approved", "operations:bo"),
    ]


def test_an_order_whose_goods_have_come_is_not_approved(desk: Desk, waiting_id: str) -> None:
    desk.receive("r1", ("A", 10), ("B", 6), against=waiting_id)
    with pytest.raises(Conflict, match="received: nothing of it is open"):
        desk.approve(waiting_id)
    assert desk.mails() == []


def test_the_supplier_is_asked_only_for_what_has_not_come_before_the_approval(desk: Desk, waiting_id: str) -> None:
    desk.receive("r1", ("A", 7), ("B", 6), against=waiting_id)
    desk.approve(waiting_id)
    sent = desk.send(waiting_id)
    (mail,) = desk.service.engine.ses.mailbox
    assert (sent.outcome, sent.units) == ("sent", 3)
    assert "Quantity: 3" in mail["text"]
    assert "Quantity: 6" not in mail["text"]


def test_what_comes_between_approval_and_mail_is_not_asked_for(desk: Desk, waiting_id: str) -> None:
    desk.approve(waiting_id)
    desk.receive("r1", ("A", 10), ("B", 6), against=waiting_id)
    assert desk.send(waiting_id).outcome == "nothing_due"
    order, _ = desk.read(waiting_id)
    assert (order.status, order.mail, desk.mails()) == ("received", None, [])
    assert waiting_id not in [one.id for one in desk.book.open_orders()]


def test_what_is_closed_short_cannot_be_approved(desk: Desk, order_id: str) -> None:
    desk.send(order_id)
    desk.receive("r1", ("A", 7), against=order_id)
    desk.close_short(order_id)
    with pytest.raises(Conflict, match="closed short"):
        desk.approve(order_id)
