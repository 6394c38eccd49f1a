"""From open demand to goods in the customer's hands: planning, suppliers, receipts, promises, mails, the bulk queue."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlencode

import pytest

from infra.local import control
from tests.flow.conftest import Shop
from tests.flow.faults import Call, Faults, forked, refusal, wrong
from tests.flow.test_meetings import calls_of
from tests.functions.scene import link_in

pytestmark = pytest.mark.slow


def plan(shop: Shop, **body: Any) -> list[Any]:
    return list(shop.ok("o", "POST", "/v1/purchase-plans", {"dry_run": False} | body)["orders"])


def promise(shop: Shop, order: Any, line: int = 0) -> tuple[str, str]:
    """Basis and likely day of a line's current promise."""
    view = shop.read(order)["lines"][line]["promise"]
    return view["basis"], (view["likely"] or "")[:10]


def test_one_order_goes_from_http_to_shipped_goods_and_mail(shop: Shop) -> None:
    shop.item("A", moq=5, pack_size=5)
    order = shop.order("1", ("A", 3))
    shop.settle()
    (purchase,) = plan(shop)
    assert [(x["sku"], x["ordered"], x["excess"]) for x in purchase["lines"]] == [("A", 5, 2)]
    shop.settle()
    purchase_path = f"/v1/purchase-orders/{purchase['purchase_order_id']}"
    assert shop.ok("o", "GET", purchase_path)["status"] == "sent"
    body = {"lines": [{"sku": "A", "status": "accepted", "date": "2026-01-12T00:00:00Z"}]}
    shop.ok("o", "POST", purchase_path + "/acknowledge", body)
    shop.settle()
    assert promise(shop, order) == ("purchase_order", "2026-01-12")
    receipt = {
        "receipt_id": "r1",
        "supplier_id": "acme",
        "purchase_order_id": purchase["purchase_order_id"],
        "lines": [{"sku": "A", "quantity": 5}],
    }
    assert shop.call("o", "POST", "/v1/receipts", receipt).status == 202
    shop.settle()
    assert shop.ok("o", "GET", purchase_path)["status"] == "received"
    (release,) = shop.ok("s", "GET", "/v1/releases?status=released")["items"]
    shop.ok("s", "POST", f"/v1/releases/{release['release_id']}/ship", {"shipment_id": "s1"})
    shop.settle()
    assert shop.read(order)["status"] == "shipped"
    assert shop.ok("o", "GET", "/v1/items/A/stock") == {
        "sku": "A",
        "free": 2,
        "allocated": 0,
        "released": 0,
        "shipped": 3,
        "received": 5,
        "corrections": 0,
        "on_order": 0,
        "waiting": 0,
    }
    assert shop.mails() == ["accepted", "purchase_order", "released", "shipped"]


def test_planning_twice_orders_nothing_twice(shop: Shop) -> None:
    shop.item("A")
    shop.order("1", ("A", 3))
    shop.settle()
    assert len(plan(shop)) == 1
    assert plan(shop) == []
    shop.settle()
    assert plan(shop) == []
    assert shop.ok("o", "GET", "/v1/items/A/stock")["on_order"] == 3


def test_the_schedule_orders_once_on_an_order_day_after_the_cut_off(shop: Shop) -> None:
    shop.supplier(order_weekdays=[1])
    shop.item("A")
    shop.order("1", ("A", 3))
    shop.days(0.9)
    assert shop.ok("o", "GET", "/v1/purchase-orders")["items"] == []
    shop.days(3)
    (purchase,) = shop.ok("o", "GET", "/v1/purchase-orders")["items"]
    assert purchase["created_at"].startswith("2026-01-06T15")


def test_an_order_below_the_suppliers_minimum_is_held_and_says_why(shop: Shop) -> None:
    shop.supplier(min_order_value="100.00", max_wait_days=10)
    shop.item("A")
    order = shop.order("1", ("A", 3))
    shop.settle()
    (held,) = plan(shop)
    assert held["status"] == "held"
    assert "100" in held["reason"]
    assert promise(shop, order)[0] == "next_order"
    assert shop.ok("o", "GET", "/v1/items/A/stock")["on_order"] == 0
    shop.days(12)
    (purchase,) = shop.ok("o", "GET", "/v1/purchase-orders?status=sent")["items"]
    assert purchase["lines"][0]["ordered"] == 3


def test_the_promise_counts_the_queue_exactly_once_everything_has_settled(shop: Shop) -> None:
    shop.item("A")
    shop.order("1", ("A", 3))
    shop.settle()
    plan(shop)
    orders = [shop.order(str(n), ("A", 1)) for n in range(2, 5)]
    cancelled = shop.read(shop.order("0", ("A", 1)))
    shop.ok("s", "POST", f"/v1/backorders/{cancelled['backorder_id']}/cancel", {"reason": "no"})
    shop.settle()
    assert [promise(shop, x)[0] for x in orders] == ["next_order"] * 3


def test_a_cancelled_place_makes_those_behind_it_earlier(shop: Shop) -> None:
    shop.item("A")
    first = shop.order("1", ("A", 2))
    shop.settle()
    plan(shop)
    shop.days(1)
    second = shop.order("2", ("A", 2))
    shop.settle()
    assert promise(shop, second)[0] == "next_order"
    shop.ok("s", "POST", f"/v1/backorders/{first['backorder_id']}/cancel", {"reason": "no"})
    shop.settle()
    assert promise(shop, second)[0] == "purchase_order"
    history = shop.ok("s", "GET", f"/v1/backorders/{second['backorder_id']}/history")["items"]
    causes = [x["cause"] for x in history if x["event"] == "promised"]
    assert (causes[0], causes[-1]) == ("recorded", "cancelled")


def test_a_supplier_who_is_later_is_news_and_a_few_days_are_not(shop: Shop) -> None:
    shop.item("A")
    order = shop.order("1", ("A", 2))
    shop.settle()
    (purchase,) = plan(shop)
    shop.settle()
    path = f"/v1/purchase-orders/{purchase['purchase_order_id']}/acknowledge"
    for date, expected in (("2026-01-15", 0), ("2026-02-20", 1)):
        body = {"lines": [{"sku": "A", "status": "changed", "quantity": 2, "date": f"{date}T00:00:00Z"}]}
        shop.ok("o", "POST", path, body)
        shop.settle()
        assert shop.mails().count("promise_later") == expected
    assert shop.read(order)["lines"][0]["first_promise"]["revision"] == 1


def test_short_over_rejected_and_unknown_lines_are_all_recorded(shop: Shop) -> None:
    shop.item("A")
    shop.item("B")
    shop.order("1", ("A", 3), ("B", 2))
    shop.settle()
    (purchase,) = plan(shop)
    shop.settle()
    body = {
        "receipt_id": "r1",
        "supplier_id": "acme",
        "purchase_order_id": purchase["purchase_order_id"],
        "lines": [
            {"sku": "A", "quantity": 2, "rejected": 1},
            {"sku": "B", "quantity": 5},
            {"sku": "NOBODY-KNOWS", "quantity": 1},
        ],
    }
    posted = shop.ok("o", "POST", "/v1/receipts", body)
    assert [x["outcome"] for x in posted["lines"]][2] == "unknown_sku"
    again = shop.call("o", "POST", "/v1/receipts", body)
    assert again.status in {200, 202}
    assert shop.call("o", "POST", "/v1/receipts", body | {"supplier_id": "other"}).status in {409, 422}
    shop.settle()
    view = shop.ok("o", "GET", f"/v1/purchase-orders/{purchase['purchase_order_id']}")
    assert [(x["sku"], x["open"], x["received"], x["over"]) for x in view["lines"]] == [("A", 1, 2, 0), ("B", 0, 2, 3)]
    assert shop.ok("o", "GET", "/v1/items/B/stock")["received"] == 5


def test_the_bulk_queue_records_refuses_and_parks_what_cannot_be_read(shop: Shop) -> None:
    shop.item("A")
    shop.item("L", backorder_limit=0)
    good = shop.order_body("1", ("A", 2), storefront="web")
    refused = shop.order_body("2", ("L", 2), storefront="web")
    for body in (json.dumps(good), json.dumps(good), json.dumps(refused), "{not json", json.dumps({"order_id": "3"})):
        shop.world.send("record-backorders", body)
    for _ in range(6):
        shop.days(0.1)
    assert len(shop.ok("o", "GET", "/v1/backorders?storefront=web&order_id=1")["items"]) == 1
    events = [e.envelope for e in shop.world.engine.events.published]
    details = [json.loads(e["detail"]) if isinstance(e["detail"], str) else e["detail"] for e in events]
    (refusal,) = [d for d in details if d["metadata"]["type"] == "backorder.refused"]
    assert refusal["data"]["order_id"] == "2"
    assert sorted(letter["body"][:5] for letter in shop.dead_letters()) == ['{"ord', "{not "]
    for queue in shop.world.dead_letter_queues:
        shop.world.engine.execute("sqs", "PurgeQueue", {"QueueUrl": shop.world.engine.sqs.url(queue)})


def test_a_bulk_order_whose_recording_has_begun_is_tried_again_and_not_refused(shop: Shop) -> None:
    shop.item("A")
    body = shop.order_body("1", *[("A", 1)] * 101, storefront="web")

    def in_the_way(_caller: str | None, service: str, operation: str, params: dict[str, Any]) -> None:
        if operation == "TransactWriteItems":
            raise refusal(service, operation, params)

    shop.world.engine.before.append(in_the_way)
    shop.world.send("record-backorders", json.dumps(body))
    shop.settle()
    shop.world.engine.before.remove(in_the_way)
    begun = [item for item in shop.items_of_table() if item["kind"] == {"S": "backorder"}]
    assert [item["state"] for item in begun] == [{"S": "recording"}]
    shop.days(0.1)
    assert len(shop.ok("o", "GET", "/v1/backorders?storefront=web&order_id=1")["items"]) == 1


def test_mail_that_is_switched_off_is_told_later(shop: Shop) -> None:
    shop.item("A")
    shop.ok("o", "PUT", "/v1/settings", {"mail_enabled": False})
    shop.order("1", ("A", 1))
    shop.settle()
    assert shop.mails() == []
    shop.ok("o", "PUT", "/v1/settings", {"mail_enabled": True})
    shop.days(1)
    assert shop.mails().count("accepted") == 1


def test_news_that_waited_is_told_wherever_the_one_who_remembers_it_was_cut_off(shop: Shop) -> None:
    """Of a cancelled order nothing else would ask any more."""
    shop.item("A")
    shop.ok("o", "PUT", "/v1/settings", {"mail_enabled": False})
    order = shop.order("1", ("A", 1))
    shop.ok("s", "POST", f"/v1/backorders/{order['backorder_id']}/cancel", {"reason": "no"})
    shop.settle()
    shop.ok("o", "PUT", "/v1/settings", {"mail_enabled": True})
    calls = calls_of(shop, "-chase-overdue", lambda: shop.days(0.05))
    assert len(calls) >= 3
    for call in calls:

        def trial(call: Call = call) -> Any:
            with Faults(shop.world, call, "dies before").at_work() as faults:
                shop.days(1.5)
            return [faults.happened, shop.mails(), wrong(shop)]

        assert forked(trial) == [True, ["cancelled"], []], call


def test_who_comes_last_is_dated_behind_those_who_wait_already(shop: Shop) -> None:
    shop.item("A")
    shop.order("0", ("A", 2))
    shop.settle()
    plan(shop)
    shop.order("1", ("A", 1))
    shop.settle()
    shop.days(1)
    last = shop.order("2", ("A", 1))
    told = promise(shop, last)
    shop.settle()
    assert promise(shop, last) == told
    assert told[0] == "next_order"


def test_a_line_that_is_not_counted_yet_does_not_bring_others_forward(shop: Shop) -> None:
    shop.item("A")
    shop.order("0", ("A", 2))
    shop.settle()
    plan(shop)
    shop.days(3)
    first = shop.order("1", ("A", 3))
    shop.settle()
    right = promise(shop, first)
    shop.order("2", ("A", 2))
    path = f"/v1/backorders/{first['backorder_id']}/cancel"
    shop.ok("s", "POST", path, {"reason": "no", "lines": [{"line_id": "0", "quantity": 1}]})
    shop.settle()
    assert promise(shop, first) == right
    assert right[0] == "next_order"


def test_units_given_up_by_one_who_had_them_bring_those_behind_forward(shop: Shop) -> None:
    shop.item("A", free=1)
    had, second, third = (shop.order(str(n), ("A", 1)) for n in range(3))
    shop.settle()
    (release,) = shop.read(had)["releases"]
    plan(shop)
    shop.days(1)
    shop.ok("o", "POST", f"/v1/releases/{release['release_id']}/recall")
    late = shop.order("late", ("A", 1))
    shop.settle()
    assert promise(shop, late)[0] == "next_order"
    shop.ok("s", "POST", f"/v1/backorders/{had['backorder_id']}/cancel", {"reason": "no"})
    shop.settle()
    assert shop.units(second) == {"released": 1}
    assert (promise(shop, third)[0], promise(shop, late)[0]) == ("purchase_order", "purchase_order")


def test_what_nobody_orders_is_dated_anew_every_day_and_never_in_the_past(shop: Shop) -> None:
    shop.supplier("small", min_order_value="1000", max_wait_days=60)
    shop.item("A", supplier_id="small")
    order = shop.order("1", ("A", 1))
    shop.settle()
    shop.days(26)
    today = shop.world.clock.now().date().isoformat()
    assert promise(shop, order)[1] > today
    assert "promise_later" in shop.mails()


def test_an_item_that_is_discontinued_has_no_date_for_those_who_wait(shop: Shop) -> None:
    shop.item("A")
    order = shop.order("1", ("A", 1))
    shop.settle()
    shop.item("A", sellability_when_empty="discontinued")
    shop.settle()
    assert promise(shop, order) == ("none", "")
    path = f"/v1/backorders/{order['backorder_id']}/lines/0/explanation"
    told = shop.ok("s", "GET", path)
    assert "discontinued" in told["why"]
    assert not any("order day" in idea for idea in told["sooner"])


def test_a_supplier_answers_from_his_mail_without_an_account(shop: Shop) -> None:
    """The mail's link, opened twice by a scanner first, then one form: the customer's promise follows it."""
    shop.item("A")
    order = shop.order("1", ("A", 3))
    shop.settle()
    (purchase,) = plan(shop)
    shop.settle()
    mail = next(one for one in control.mails(shop.world) if one["kind"] == "purchase_order")
    assert [one["content_type"] for one in mail["attachments"]] == ["text/csv", "application/xml"]
    path = f"/p/{link_in(mail['text'])}"
    scanned, page = (shop.world.http("GET", path) for _ in range(2))
    assert (page.status, page.body) == (200, scanned.body)
    (seen,) = re.findall(r'name="seen" value="([a-z0-9]+)"', page.text)
    form = {"seen": seen, "action": "answer", "status-0": "changed", "quantity-0": "3", "date-0": "2026-01-20"}
    headers = {"content-type": "application/x-www-form-urlencoded"}
    for _ in range(2):
        assert shop.world.http("POST", path, body=urlencode(form).encode(), headers=headers).status == 200
    shop.settle()
    assert shop.ok("o", "GET", f"/v1/purchase-orders/{purchase['purchase_order_id']}")["status"] == "acknowledged"
    assert promise(shop, order) == ("purchase_order", "2026-01-20")


def test_an_item_whose_supplier_changed_his_currency_is_not_ordered_and_says_why(shop: Shop) -> None:
    shop.item("A")
    shop.item("B")
    order = shop.order("1", ("A", 2), ("B", 1))
    shop.supplier(currency="SEK")
    shop.item("B", currency="SEK")
    shop.settle()
    plan = shop.ok("o", "POST", "/v1/purchase-plans", {})
    assert [line["sku"] for line in plan["orders"][0]["lines"]] == ["B"]
    (stuck,) = plan["suppliers"][0]["not_ordered"]
    assert (stuck["sku"], stuck["reason"]) == ("A", "its cost is given in EUR, and orders to its supplier are in SEK")
    told = shop.ok("s", "GET", f"/v1/backorders/{order['backorder_id']}/lines/0/explanation")
    assert told["not_ordered_because"] == stuck["reason"]
