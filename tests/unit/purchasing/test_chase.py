from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.aws.purchasing_store import TableOrderBook
from shared.kernel.clock import micros
from shared.purchasing.answers import LineAnswer
from shared.purchasing.chase import MOST_REMINDERS, chase_purchase_orders
from shared.purchasing.lines import put_off
from tests.unit.purchasing.desk import Desk


@pytest.fixture
def order_id(desk: Desk) -> str:
    """A sent order of 10 A, likely after 10 days."""
    desk.item("A")
    desk.order(("A", 10))
    return desk.sent()[0].id


def test_a_late_supplier_is_reminded_once_per_grace_period(desk: Desk, order_id: str) -> None:
    desk.wait(days=11, hours=23)
    assert desk.chase().reminders == 0
    desk.wait(hours=2)
    assert desk.chase().reminders == 1
    assert desk.chase().reminders == 0
    assert desk.send(order_id).kind == "supplier_reminder"
    assert desk.send(order_id).outcome == "nothing_due"
    desk.wait(days=1)
    assert desk.chase().reminders == 0
    desk.wait(days=1)
    assert desk.chase().reminders == 1
    desk.send(order_id)
    assert desk.mails() == ["purchase_order", "supplier_reminder", "supplier_reminder"]
    assert desk.service.engine.ses.mailbox[1]["subject"].endswith("is overdue")


def test_reminders_end_after_a_while(desk: Desk, order_id: str) -> None:
    desk.answer(order_id, LineAnswer("A", "accepted"))
    for _ in range(30):
        desk.wait(days=1)
        desk.chase()
        desk.send(order_id)
    assert desk.mails().count("supplier_reminder") == MOST_REMINDERS


@pytest.fixture
def far_off(desk: Desk) -> str:
    """A sent order whose goods are likely after 30 days."""
    desk.supplier(lead_time_likely=30, lead_time_by=45, version=2)
    desk.item("A")
    desk.order(("A", 10))
    return desk.sent()[0].id


def test_a_supplier_who_does_not_answer_is_reminded_before_the_goods_are_due(desk: Desk, far_off: str) -> None:
    told = []
    for day in range(1, 48):
        desk.wait(days=1)
        told += [day] * desk.chase().reminders
        desk.send(far_off)
    assert told == [2, 4, 6, 8, 10, 32, 34, 36, 38, 40], "both end: his silence, and that he is late"
    first, late = (desk.service.engine.ses.mailbox[n] for n in (1, 6))
    assert first["subject"] == f"Reminder: please confirm purchase order {far_off}"
    assert "have not yet had your answer" in first["text"]
    assert late["subject"] == f"Reminder: purchase order {far_off} is overdue"


def test_silence_is_shown_from_the_day_on_which_it_is_chased_until_he_answers(desk: Desk, far_off: str) -> None:
    desk.wait(days=1, hours=23)
    assert desk.chase().unanswered == 0
    desk.wait(hours=2)
    assert desk.chase().unanswered == 1
    desk.answer(far_off, LineAnswer("A", "accepted"))
    assert (desk.chase().unanswered, desk.chase().reminders) == (0, 0)
    desk.wait(days=20)
    assert (desk.chase().unanswered, desk.chase().reminders) == (0, 0)


def test_goods_that_come_are_an_answer(desk: Desk, far_off: str) -> None:
    desk.receive("r1", ("A", 4), against=far_off)
    desk.wait(days=5)
    done = desk.chase()
    assert (done.reminders, done.unanswered) == (0, 0)


def test_a_supplier_who_answers_is_reminded_from_the_new_date_on(desk: Desk, order_id: str) -> None:
    desk.wait(days=13)
    desk.chase()
    desk.send(order_id)
    desk.answer(order_id, LineAnswer("A", "accepted", date=desk.now + timedelta(days=5)))
    desk.wait(days=6)
    assert desk.chase().reminders == 0
    desk.wait(days=2)
    assert desk.chase().reminders == 1


def test_nobody_is_reminded_of_goods_that_have_come(desk: Desk, order_id: str) -> None:
    desk.receive("r1", ("A", 10), against=order_id)
    desk.wait(days=30)
    assert desk.chase().orders == 0


def test_goods_that_are_late_are_expected_tomorrow_and_no_longer_confirmed(desk: Desk, order_id: str) -> None:
    desk.answer(order_id, LineAnswer("A", "accepted", date=desk.now + timedelta(days=5)))
    assert desk.stock("A").inbound[order_id].firm
    desk.wait(days=5, hours=1)
    assert desk.chase().redated == 1
    entry = desk.stock("A").inbound[order_id]
    assert entry.likely == micros(desk.now + timedelta(days=1))
    assert entry.by >= entry.likely
    assert not entry.firm
    assert desk.chase().redated == 0
    desk.wait(days=1, hours=1)
    assert desk.chase().redated == 1


def test_the_part_that_was_put_off_moves_on_by_itself(desk: Desk, order_id: str) -> None:
    desk.answer(order_id, LineAnswer("A", "backordered", quantity=4, date=desk.now + timedelta(days=2)))
    early = desk.stock("A").inbound[order_id].likely
    desk.wait(days=3)
    desk.chase()
    inbound = desk.stock("A").inbound
    assert inbound[order_id].likely == early
    assert inbound[put_off(order_id)].likely == micros(desk.now + timedelta(days=1))


def test_an_order_that_waits_for_approval_moves_on_with_the_days(desk: Desk) -> None:
    desk.settings = replace(desk.settings, auto_order_enabled=False)
    desk.item("B")
    desk.order(("B", 1))
    order, _ = desk.ordered()
    desk.wait(hours=20)
    assert desk.chase().redated == 0
    desk.wait(hours=5)
    assert desk.chase().redated == 1
    assert desk.stock("B").inbound[order.id].likely == micros(desk.now + timedelta(days=10))


def test_orders_whose_dates_lie_ahead_cost_no_more_than_reading_their_heads(desk: Desk, order_id: str) -> None:
    calls: list[str] = []
    desk.answer(order_id, LineAnswer("A", "accepted"))
    desk.wait(days=5)
    desk.service.engine.before.append(lambda _caller, _service, operation, _params: calls.append(operation))
    assert desk.chase().orders == 1
    assert calls == ["Query", "BatchGetItem"]


def test_an_order_others_are_changing_is_left_to_the_next_hour(desk: Desk, order_id: str) -> None:
    class Busy(TableOrderBook):
        def change(self, *_: object) -> None:
            return

    desk.wait(days=11)
    busy = Busy(desk.table)
    done = chase_purchase_orders(
        book=busy, suppliers=busy.supplier, settings=desk.settings, now=desk.now, pause=lambda _: None
    )
    assert (done.orders, done.contended) == (1, 1)
    assert desk.chase().contended == 0
