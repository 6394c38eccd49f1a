from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from shared.contracts.purchasing import PlanView, PurchaseOrderPage, PurchaseOrderView
from tests.unit.purchasing.desk import Desk


@pytest.fixture
def order(desk: Desk) -> Any:
    """An order of 12 A, as the plan answered it."""
    desk.item("A", pack_size=6, supplier_sku="NW-7")
    desk.order(("A", 10))
    return plan(desk).json["orders"][0]


def plan(desk: Desk, **body: Any) -> Any:
    reply = desk.service.call("POST", "/v1/purchase-plans", {"dry_run": False} | body)
    assert reply.status == 200, reply.text
    return reply


def fits(view: Any, model: Any) -> bool:
    """What is answered is what the OpenAPI document says."""
    Draft202012Validator(model.model_json_schema(mode="serialization")).validate(view)
    return True


def test_a_plan_answers_with_the_orders_and_they_are_listable(desk: Desk, order: Any) -> None:
    (line,) = order["lines"]
    assert (line["sku"], line["ordered"], line["need"], line["rounding"], line["excess"]) == ("A", 12, 10, 2, 2)
    assert (line["open"], line["received"], line["closed_short"]) == (12, 0, 0)
    assert line["expected"]["likely"] < line["expected"]["by"]
    assert (order["status"], order["value"], order["currency"]) == ("approved", "12", "EUR")
    read = desk.service.call("GET", f"/v1/purchase-orders/{order['purchase_order_id']}")
    told = {"serves": read.json["lines"][0]["serves"], "serves_more": 0}
    assert read.json == order | {"lines": [line | told]}
    assert [(one["line_id"], one["units"]) for one in told["serves"]] == [("0", 10)]
    assert desk.service.call("GET", "/v1/purchase-orders").json == {"items": [order], "next_cursor": None}
    assert fits(read.json, PurchaseOrderView)


def test_a_plan_says_why_it_holds_an_order(desk: Desk) -> None:
    desk.supplier("s2", min_order_value="100.00")
    desk.item("Z", supplier_id="s2")
    desk.order(("Z", 3))
    view = plan(desk, suppliers=["s2"]).json
    (order,), (supplier,) = view["orders"], view["suppliers"]
    assert (order["status"], supplier["outcome"]) == ("held", "held")
    assert "minimum of 100.00 EUR" in order["reason"] == supplier["reason"]
    assert desk.service.call("GET", "/v1/purchase-orders?status=held&supplier_id=s2").json["items"] == [order]
    assert fits(view, PlanView)


def test_a_repeated_plan_answers_with_the_same_orders_as_they_are_now(desk: Desk) -> None:
    desk.item("A")
    desk.order(("A", 3))
    headers = {"Idempotency-Key": "plan-monday"}
    first = desk.service.call("POST", "/v1/purchase-plans", {"dry_run": False}, headers=headers)
    order_id = first.json["orders"][0]["purchase_order_id"]
    desk.send(order_id)
    again = desk.service.call("POST", "/v1/purchase-plans", {"dry_run": False}, headers=headers)
    assert (again.status, again.headers["Idempotency-Replayed"]) == (200, "true")
    assert again.json["plan_id"] == first.json["plan_id"]
    assert [(o["purchase_order_id"], o["status"]) for o in again.json["orders"]] == [(order_id, "sent")]
    other = desk.service.call("POST", "/v1/purchase-plans", {"dry_run": False, "suppliers": []}, headers=headers)
    assert other.status == 422


def test_a_dry_run_names_no_order_and_leaves_no_trace(desk: Desk) -> None:
    desk.item("A")
    desk.order(("A", 3))
    before = desk.service.items()
    view = plan(desk, dry_run=True).json
    assert [(o["purchase_order_id"], o["status"]) for o in view["orders"]] == [(None, "draft")]
    assert [item for item in desk.service.items() if not item["pk"]["S"].startswith("REQ#")] == before
    assert fits(view, PlanView)


@pytest.mark.parametrize("bodies", [({"dry_run": True}, {}), ({}, {"dry_run": True})])
def test_a_plan_and_its_dry_run_are_two_requests(desk: Desk, bodies: tuple[Any, Any]) -> None:
    first, second = (
        desk.service.call("POST", "/v1/purchase-plans", body, headers={"Idempotency-Key": "plan"}) for body in bodies
    )
    assert (first.status, second.status) == (200, 422)
    assert second.json["type"].endswith("key-reused")


def test_a_repeated_dry_run_is_the_same_plan_with_present_quantities(desk: Desk) -> None:
    desk.item("A")
    desk.order(("A", 3))
    headers = {"Idempotency-Key": "dry"}
    first = desk.service.call("POST", "/v1/purchase-plans", {"dry_run": True}, headers=headers)
    desk.order(("A", 2))
    again = desk.service.call("POST", "/v1/purchase-plans", {"dry_run": True}, headers=headers)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json["plan_id"] == first.json["plan_id"]
    assert [reply.json["orders"][0]["lines"][0]["ordered"] for reply in (first, again)] == [3, 5]


def test_a_plan_that_takes_too_long_is_accepted_and_gone_on_with(desk: Desk) -> None:
    desk.item("A")
    desk.order(("A", 3))
    desk.service.context.seconds_left = 8
    reply = desk.service.call("POST", "/v1/purchase-plans", {"dry_run": False})
    assert (reply.status, reply.json["suppliers"][0]["outcome"]) == (202, "postponed")
    assert reply.json["plan_id"].startswith("pp_")
    desk.run_schedule()
    assert desk.stock("A").on_order == 3


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"dry_run": "yes"}, "/dry_run"),
        ({"dry_run": False, "suppliers": ["nobody"]}, "/suppliers/0"),
        ({"dry_run": False, "when": "now"}, "/when"),
    ],
)
def test_a_wrong_plan_is_refused_by_field(desk: Desk, body: Any, pointer: str) -> None:
    reply = desk.service.call("POST", "/v1/purchase-plans", body)
    assert (reply.status, reply.pointers) == (422, [pointer])


def test_orders_are_listed_page_by_page_by_status_and_supplier(desk: Desk) -> None:
    desk.supplier("s2")
    desk.item("A")
    desk.item("B", supplier_id="s2")
    for _ in range(3):
        desk.order(("A", 1), ("B", 1))
        plan(desk)
    everything = desk.service.call("GET", "/v1/purchase-orders").json["items"]
    assert len(everything) == 6
    assert [o["created_at"] for o in everything] == sorted(o["created_at"] for o in everything)
    desk.send(everything[0]["purchase_order_id"])
    desk.cancel(everything[1]["purchase_order_id"])

    def pages(query: str) -> list[str]:
        found, cursor = [], ""
        while cursor is not None:
            reply = desk.service.call("GET", f"/v1/purchase-orders?limit=1{query}{cursor and '&cursor=' + cursor}")
            assert reply.status == 200, reply.text
            assert fits(reply.json, PurchaseOrderPage)
            found += [o["purchase_order_id"] for o in reply.json["items"]]
            cursor = reply.json["next_cursor"]
        return found

    identifiers = [o["purchase_order_id"] for o in everything]
    assert pages("") == identifiers
    assert pages("&status=sent") == identifiers[:1]
    assert pages("&status=cancelled") == identifiers[1:2]
    assert pages("&status=approved") == identifiers[2:]
    of_s2 = [o["purchase_order_id"] for o in everything if o["supplier_id"] == "s2"]
    assert pages("&supplier_id=s2") == of_s2
    assert pages("&supplier_id=s2&status=approved") == [one for one in of_s2 if one in identifiers[2:]]
    assert pages("&supplier_id=nobody") == []
    assert desk.service.call("GET", "/v1/purchase-orders?status=lost").status == 422


def test_an_acknowledgement_is_taken_once_under_its_key(desk: Desk, order: Any) -> None:
    order_id = order["purchase_order_id"]
    desk.send(order_id)
    body = {"lines": [{"sku": "A", "status": "changed", "quantity": 9, "date": "2026-01-20"}]}
    target, headers = f"/v1/purchase-orders/{order_id}/acknowledge", {"Idempotency-Key": "ack-1"}
    first = desk.service.call("POST", target, body, headers=headers)
    assert (first.status, first.json["status"]) == (200, "acknowledged")
    (line,) = first.json["lines"]
    assert (line["open"], line["closed_short"], line["confirmed"], line["reply"]) == (9, 3, True, "changed")
    assert line["expected"]["likely"] == "2026-01-20T12:00:00Z"
    again = desk.service.call("POST", target, body, headers=headers)
    assert (again.headers["Idempotency-Replayed"], again.json) == ("true", first.json)
    wrong = desk.service.call("POST", target, {"lines": [{"sku": "Q", "status": "accepted"}]})
    assert (wrong.status, wrong.pointers) == (422, ["/lines/0/sku"])


def test_an_acknowledgement_of_an_order_that_was_answered_since_it_was_read_takes_nothing(
    desk: Desk, order: Any
) -> None:
    desk.send(order["purchase_order_id"])
    target = f"/v1/purchase-orders/{order['purchase_order_id']}"
    seen = desk.service.call("GET", target).json["seen"]
    six = {"sku": "A", "status": "changed", "quantity": 6, "date": "2026-02-15"}
    first = desk.service.call("POST", f"{target}/acknowledge", {"lines": [six], "seen": seen})
    assert (first.status, first.json["seen"] != seen) == (200, True)
    old = {"lines": [{"sku": "A", "status": "accepted", "date": "2026-01-15"}], "seen": seen}
    before = desk.line(order["purchase_order_id"], "A")
    crossed = desk.service.call("POST", f"{target}/acknowledge", old)
    assert (crossed.status, crossed.json["title"]) == (409, "The order has changed since it was read")
    assert desk.line(order["purchase_order_id"], "A") == before
    again = desk.service.call("POST", f"{target}/acknowledge", {"lines": [six], "seen": seen})
    assert again.json == first.json, "the same answer crosses nothing"
    assert desk.service.call("POST", f"{target}/acknowledge", old | {"seen": first.json["seen"]}).status == 200


def test_an_acknowledgement_of_no_line_is_none(desk: Desk, order: Any) -> None:
    desk.send(order["purchase_order_id"])
    target = f"/v1/purchase-orders/{order['purchase_order_id']}"
    reply = desk.service.call("POST", f"{target}/acknowledge", {"lines": []})
    assert (reply.status, reply.pointers) == (422, ["/lines"])
    assert desk.service.call("GET", target).json["status"] == "sent"


@pytest.mark.parametrize(
    ("line", "pointer"),
    [
        ({"sku": "A", "status": "maybe"}, "/lines/0/status"),
        ({"sku": "A", "status": "changed", "quantity": -1}, "/lines/0/quantity"),
        ({"sku": "A", "status": "changed", "quantity": 1.5}, "/lines/0/quantity"),
        ({"sku": "A", "status": "accepted", "date": "2026-02-30"}, "/lines/0/date"),
        ({"sku": "A", "status": "accepted", "date": "soon"}, "/lines/0/date"),
    ],
)
def test_an_answer_that_cannot_be_read_is_refused_by_field(desk: Desk, order: Any, line: Any, pointer: str) -> None:
    target = f"/v1/purchase-orders/{order['purchase_order_id']}/acknowledge"
    reply = desk.service.call("POST", target, {"lines": [line]})
    assert (reply.status, reply.pointers) == (422, [pointer])


def test_an_order_is_approved_cancelled_and_closed_short(desk: Desk) -> None:
    desk.service.call("PUT", "/v1/settings", {"approval_value": "1"})
    desk.item("A")
    desk.order(("A", 10))
    order = plan(desk).json["orders"][0]
    assert order["status"] == "awaiting_approval"
    target = f"/v1/purchase-orders/{order['purchase_order_id']}"
    assert desk.service.call("POST", f"{target}/close-short").status == 409
    approved = desk.service.call("POST", f"{target}/approve", {"reason": "we need it"})
    assert (approved.status, approved.json["status"]) == (200, "approved")
    assert approved.json["history"][-1]["detail"] == "we need it"
    desk.send(order["purchase_order_id"])
    assert desk.service.call("POST", f"{target}/close-short", {}).json["status"] == "closed_short"
    assert desk.service.call("POST", f"{target}/cancel").status == 409
    desk.order(("A", 5))
    other = plan(desk).json["orders"][0]["purchase_order_id"]
    assert desk.service.call("POST", f"/v1/purchase-orders/{other}/cancel").json["status"] == "cancelled"


@pytest.mark.parametrize("path", ["", "/acknowledge", "/approve", "/cancel", "/close-short"])
def test_an_order_that_does_not_exist_is_not_found(desk: Desk, path: str) -> None:
    body = {"lines": [{"sku": "A", "status": "accepted"}]} if path == "/acknowledge" else None
    reply = desk.service.call("POST" if path else "GET", f"/v1/purchase-orders/po_1{path}", body)
    assert reply.status == 404


def test_storefronts_do_not_buy(desk: Desk) -> None:
    for method, path in [("POST", "purchase-plans"), ("GET", "purchase-orders"), ("POST", "receipts")]:
        assert desk.service.call(method, f"/v1/{path}", scopes="backorders/storefront").status == 403
