from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from infra.local.engine import ServiceError
from shared.kernel import clock, ids
from shared.runtime.metric_names import COST
from tests.unit.purchasing.desk import Desk

EVENTS = Path(__file__).parents[3] / "events"
CUT_OFF = datetime(2026, 1, 5, 15, 0, tzinfo=UTC)
ORDER = ids.timed_id("po", clock.micros(CUT_OFF), "s1")


def event(function: str, case: str) -> Any:
    return json.loads((EVENTS / function / f"{case}.json").read_text())


@pytest.fixture
def planned(desk: Desk) -> Desk:
    """The order day has ended: the order of the sample events exists."""
    desk.item("A")
    desk.order(("A", 3))
    desk.service.clock.advance_to(CUT_OFF)
    desk.service.context.seconds_left = 300
    desk.service.invoke("plan_purchase_orders", event("plan_purchase_orders", "an_order_day_ends"))
    return desk


def send(desk: Desk, case: str) -> list[str]:
    answer = desk.service.invoke("send_purchase_orders", event("send_purchase_orders", case))
    return [failure["itemIdentifier"][-1] for failure in answer["batchItemFailures"]]


def metrics(text: str) -> dict[str, Any]:
    """All metrics written to standard output."""
    found: dict[str, Any] = {}
    for line in text.splitlines():
        document = json.loads(line)
        for described in document.get("_aws", {}).get("CloudWatchMetrics", []):
            found |= {metric["Name"]: document[metric["Name"]] for metric in described["Metrics"]}
    return found


def test_the_run_at_the_end_of_an_order_day_orders_once_however_often_it_fires(planned: Desk) -> None:
    assert [(order.id, order.status) for order in planned.orders()] == [(ORDER, "approved")]
    before = planned.service.items()
    planned.service.invoke("plan_purchase_orders", event("plan_purchase_orders", "an_order_day_ends"))
    assert planned.service.items() == before


def test_what_is_due_is_told_by_the_clock_not_by_the_event(desk: Desk) -> None:
    """The event of 15:00 arrives at noon, that of 14:00 after 15:00."""
    desk.item("A")
    desk.order(("A", 3))
    desk.service.context.seconds_left = 300
    desk.service.clock.advance_to(CUT_OFF.replace(hour=12))
    desk.service.invoke("plan_purchase_orders", event("plan_purchase_orders", "an_order_day_ends"))
    assert desk.orders() == []
    desk.service.clock.advance_to(CUT_OFF.replace(minute=20))
    desk.service.invoke("plan_purchase_orders", event("plan_purchase_orders", "an_hour_without_an_order_day"))
    assert len(desk.orders()) == 1


@pytest.mark.parametrize(
    ("case", "failed", "mails"),
    [
        ("an_order_is_due", [], 1),
        ("the_same_order_twice", [], 1),
        ("an_order_that_does_not_exist", [], 0),
        ("an_unreadable_message_beside_a_good_one", ["1", "2"], 1),
        ("a_later_mail_of_an_order", [], 0),
    ],
)
def test_the_mail_that_is_due_goes_out_once(planned: Desk, case: str, failed: list[str], mails: int) -> None:
    assert send(planned, case) == failed
    assert len(planned.mails()) == mails


def test_a_sent_order_is_counted(planned: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    send(planned, "an_order_is_due")
    told = metrics(capsys.readouterr().out)
    (dollars,) = told.pop(COST)
    assert dollars > 1000 * 0.0001  # the mail
    assert told == {
        "MailsSent": [1.0],
        "PurchaseOrdersSent": [1.0],
        "UnitsPurchased": [3.0],
    }


def test_a_mail_that_the_provider_does_not_take_for_now_is_counted(
    planned: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(_caller: Any, service: str, *_: Any) -> None:
        if service == "sesv2":
            raise ServiceError("TooManyRequestsException", "Daily message quota exceeded.", 429)

    planned.service.engine.before.append(full)
    capsys.readouterr()
    assert send(planned, "an_order_is_due") != []
    told = metrics(capsys.readouterr().out)
    assert (told["MailsThrottled"], told["RecordsFailed"]) == ([1.0], [1.0])


def test_no_address_is_logged(planned: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    send(planned, "an_order_is_due")
    assert "s1@example.com" not in capsys.readouterr().out


def test_every_sample_event_is_used_here() -> None:
    text = Path(__file__).read_text()
    for function in ("plan_purchase_orders", "send_purchase_orders"):
        for path in (EVENTS / function).glob("*.json"):
            assert f'"{path.stem}"' in text
