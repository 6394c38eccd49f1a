from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from shared.contracts.receiving import ReceiptView
from tests.functions.service import Reply
from tests.unit.purchasing.desk import Desk


@pytest.fixture
def order_id(desk: Desk) -> str:
    """A sent order of 10 A and 6 B."""
    for sku in "AB":
        desk.item(sku)
    desk.order(("A", 10), ("B", 6))
    return desk.sent()[0].id


def post(desk: Desk, *lines: dict[str, Any], key: str = "", **body: Any) -> Reply:
    given = {"receipt_id": "r1", "supplier_id": "s1", "lines": list(lines)} | body
    return desk.service.call("POST", "/v1/receipts", given, headers={"Idempotency-Key": key} if key else {})


def test_a_receipt_answers_what_was_posted_of_each_line(desk: Desk, order_id: str) -> None:
    reply = post(
        desk,
        {"sku": "A", "quantity": 12},
        {"sku": "B", "quantity": 4, "rejected": 1},
        {"sku": "NEW", "quantity": 3},
        purchase_order_id=order_id,
    )
    assert reply.status == 202, reply.text
    view = reply.json
    assert [(x["sku"], x["posted"], x["applied"], x["over"], x["rejected"], x["outcome"]) for x in view["lines"]] == [
        ("A", 12, 10, 2, 0, "over"),
        ("B", 4, 4, 0, 1, "posted"),
        ("NEW", 0, 0, 0, 0, "unknown_sku"),
    ]
    assert (view["status"], view["posted_against"], view["units"]) == ("posted", order_id, 16)
    assert view["short"] == [{"sku": "B", "open": 2}]
    Draft202012Validator(ReceiptView.model_json_schema(mode="serialization")).validate(view)


def test_a_receipt_that_brings_nothing_for_the_shelf_starts_no_allocation(desk: Desk, order_id: str) -> None:
    assert post(desk, {"sku": "A", "quantity": 0, "rejected": 3}, purchase_order_id=order_id).status == 201


def test_a_repeat_has_the_first_answer_and_another_key_is_told_it_exists(desk: Desk, order_id: str) -> None:
    line = {"sku": "A", "quantity": 4}
    first = post(desk, line, key="k1")
    again = post(desk, line, key="k1")
    other = post(desk, line, key="k2")
    assert (first.status, again.status, other.status) == (202, 202, 200)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in other.headers
    assert first.json == again.json == other.json
    assert desk.stock("A").free == 4


def test_other_content_is_refused(desk: Desk, order_id: str) -> None:
    post(desk, {"sku": "A", "quantity": 4}, key="k1")
    assert post(desk, {"sku": "A", "quantity": 5}, key="k1").status == 422
    assert post(desk, {"sku": "A", "quantity": 5}, key="k2").status == 409


def test_a_receipt_against_a_cancelled_order_says_so(desk: Desk, order_id: str) -> None:
    desk.cancel(order_id)
    view = post(desk, {"sku": "A", "quantity": 4}, purchase_order_id=order_id).json
    assert (view["purchase_order_id"], view["posted_against"]) == (order_id, None)
    assert "cancelled" in view["problem"]


@pytest.mark.parametrize(
    ("line", "pointer"),
    [
        ({"sku": "A", "quantity": 0}, "/lines/0/quantity"),
        ({"sku": "A", "quantity": -1}, "/lines/0/quantity"),
        ({"sku": "A", "quantity": 1_000_001}, "/lines/0/quantity"),
        ({"sku": "A", "quantity": 1, "rejected": -1}, "/lines/0/rejected"),
        ({"sku": "", "quantity": 1}, "/lines/0/sku"),
        ({"quantity": 1}, "/lines/0/sku"),
    ],
)
def test_a_line_that_makes_no_sense_is_refused_by_field(desk: Desk, line: dict[str, Any], pointer: str) -> None:
    reply = post(desk, line)
    assert (reply.status, reply.pointers) == (422, [pointer])


def test_a_receipt_from_the_future_is_refused(desk: Desk) -> None:
    reply = post(desk, {"sku": "A", "quantity": 1}, received_at="2026-01-05T09:06:00Z")
    assert (reply.status, reply.pointers) == (422, ["/received_at"])
