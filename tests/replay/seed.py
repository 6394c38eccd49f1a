"""What is there before an event is replayed. A scene is a function of this module; it drives the real doors, so that a
scene cannot be a state that the service would never be in."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from infra.routes import STOREFRONT
from shared.kernel import ids
from shared.kernel.clock import micros
from tests.functions.service import ACCOUNT, REGION, Reply, Service

SHOP, ORDER = "shop", "536365"
KEY = ids.digest(SHOP, ORDER)  # the key of that order in messages
SKU = "LANTERN"
EVENT = "c4ca4238a0b923820dcc509a6f75849b"

SUPPLIER = {
    "name": "Acme AB",
    "email": "orders@acme.example",
    "locale": "sv",
    "country": "SE",
    "order_weekdays": [0, 3],
    "lead_time_days": {"likely": 5, "by": 12},
    "min_order_value": "20.00",
    "currency": "EUR",
    "max_wait_days": 10,
}
ITEM = {"supplier_id": "acme", "description": "Lantern, copper", "moq": 12, "pack_size": 6, "unit_cost": "3.50"}
ORDER_BODY = {
    "order_id": ORDER,
    "customer": {"id": "c-17", "email": "anna@customer.example", "name": "Anna Berg", "locale": "sv", "country": "SE"},
    "priority": "standard",
    "shipping": "split",
    "payment": {"mode": "deferred"},
    "currency": "EUR",
    "lines": [{"line_id": "1", "sku": SKU, "quantity": 6, "unit_price": "7.95"}],
}


def done(reply: Reply) -> Any:
    """The answer of a step of a scene; a scene that does not work is a fault of the test."""
    assert reply.status < 300, reply.text
    return reply.json


def buried(service: Service) -> None:
    """A message about lanterns was tried in vain and lies with the dead letters."""
    url = service.engine.sqs.url("tally-demand")
    service.engine.execute("sqs", "SendMessage", {"QueueUrl": url, "MessageBody": json.dumps({"sku": SKU})})
    for _ in range(2):
        service.engine.execute("sqs", "ReceiveMessage", {"QueueUrl": url, "VisibilityTimeout": 0})


def messages(queue: str, *bodies: Any, group: str | None = None) -> dict[str, Any]:
    """A batch of a queue, for steps in between."""
    extra = {"MessageGroupId": group} if group else {}
    return {
        "Records": [
            {
                "messageId": f"m{n}",
                "receiptHandle": f"h{n}",
                "body": json.dumps(body),
                "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "0", "SenderId": "scene", **extra},
                "messageAttributes": {},
                "md5OfBody": "",
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}",
                "awsRegion": REGION,
            }
            for n, body in enumerate(bodies)
        ]
    }


def worked(answer: Any) -> None:
    assert answer == {"batchItemFailures": []}, answer


# scenes


def nothing(service: Service) -> None:
    """A service nobody has used yet."""


def supplier(service: Service) -> None:
    """One supplier."""
    done(service.call("PUT", "/v1/suppliers/acme", SUPPLIER))


def catalog(service: Service) -> None:
    """A supplier and the lantern, of which there is none."""
    supplier(service)
    done(service.call("PUT", f"/v1/items/{SKU}", ITEM))


def stocked(service: Service) -> None:
    """The catalog, and ten lanterns on the shelf."""
    catalog(service)
    body = {"correction_id": "count-1", "sku": SKU, "delta": 10, "reason": "count"}
    done(service.call("POST", "/v1/stock-corrections", body))


def sold_since(service: Service) -> None:
    """The ten lanterns were sold elsewhere after somebody was quoted a date, and the supplier takes longer now."""
    stocked(service)
    body = {"correction_id": "sold-1", "sku": SKU, "delta": -10, "reason": "sold_elsewhere"}
    done(service.call("POST", "/v1/stock-corrections", body))
    done(service.call("PUT", "/v1/suppliers/acme", {**SUPPLIER, "lead_time_days": {"likely": 50, "by": 70}}))


def order(service: Service) -> None:
    """The catalog, and an order of six lanterns just recorded: nobody has counted it yet."""
    catalog(service)
    done(service.call("POST", "/v1/backorders", ORDER_BODY, scopes=STOREFRONT, client=SHOP))


def bought(service: Service) -> None:
    """Ten lanterns on the shelf, and an order of six just recorded that nobody has counted yet."""
    stocked(service)
    done(service.call("POST", "/v1/backorders", ORDER_BODY, scopes=STOREFRONT, client=SHOP))


def counted(service: Service) -> None:
    """The order, counted as demand."""
    order(service)
    worked(service.invoke("tally_demand", messages("tally-demand", {"sku": SKU})))


def silent(service: Service) -> None:
    """An order from a country whose law asks nothing was told of when it came; since then a month has passed."""
    catalog(service)
    body = {**ORDER_BODY, "customer": {**ORDER_BODY["customer"], "country": "CH"}}
    done(service.call("POST", "/v1/backorders", body, scopes=STOREFRONT, client=SHOP))
    worked(service.invoke("tally_demand", messages("tally-demand", {"sku": SKU})))
    worked(service.invoke("notify_customers", messages("notify-customers", {"backorder": KEY})))
    service.clock.advance_to(datetime(2026, 2, 5, 5, 0, tzinfo=UTC))


def asleep(service: Service) -> None:
    """The same, but it is night where the customer lives."""
    silent(service)
    hours = {"from": "21:00", "to": "08:00"}
    done(service.call("PUT", "/v1/settings", {"quiet_hours": hours}))


def awake(service: Service) -> None:
    """The night is over, and the order was asked about in it."""
    asleep(service)
    worked(service.invoke("notify_customers", messages("notify-customers", {"backorder": KEY})))
    service.clock.advance_to(datetime(2026, 2, 5, 7, 30, tzinfo=UTC))


def found(service: Service) -> None:
    """The counted order, and four lanterns that were found: free, not yet given to anybody."""
    counted(service)
    body = {"correction_id": "count-1", "sku": SKU, "delta": 4, "reason": "count"}
    done(service.call("POST", "/v1/stock-corrections", body))


def allocated(service: Service) -> None:
    """Four of the six lanterns were given to the order."""
    found(service)
    body = {"sku": SKU, "cause": "scene", "rank": None}
    worked(service.invoke("allocate_stock", messages("allocate-stock.fifo", body, group=ids.digest(SKU))))


def held(service: Service) -> None:
    """An order of six lanterns that is to be shipped in one parcel waits; it is five in the morning of the next day."""
    catalog(service)
    body = {**ORDER_BODY, "shipping": "hold"}
    done(service.call("POST", "/v1/backorders", body, scopes=STOREFRONT, client=SHOP))
    worked(service.invoke("tally_demand", messages("tally-demand", {"sku": SKU})))
    service.clock.advance_to(datetime(2026, 1, 6, 5, 0, tzinfo=UTC))


def low(service: Service) -> None:
    """Lanterns are kept in stock, but there are none, and six were ordered; it is half past five the next morning."""
    supplier(service)
    done(service.call("PUT", f"/v1/items/{SKU}", {**ITEM, "reorder_point": 5}))
    done(service.call("POST", "/v1/backorders", ORDER_BODY, scopes=STOREFRONT, client=SHOP))
    worked(service.invoke("tally_demand", messages("tally-demand", {"sku": SKU})))
    service.clock.advance_to(datetime(2026, 1, 6, 5, 30, tzinfo=UTC))


def watched(service: Service) -> None:
    """The same, and the morning's list has been made."""
    low(service)
    service.invoke("chase_overdue", {"scheduled_time": "2026-01-06T05:30:00Z"})


def needed(service: Service) -> None:
    """Three units of A, which supplier s1 delivers, are needed; s1 gets orders on Mondays, and it is Monday morning."""
    done(service.call("PUT", "/v1/suppliers/s1", {**SUPPLIER, "order_weekdays": [0], "min_order_value": "0"}))
    done(service.call("PUT", "/v1/items/A", {"supplier_id": "s1", "unit_cost": "1.00"}))
    body = {**ORDER_BODY, "lines": [{"line_id": "1", "sku": "A", "quantity": 3, "unit_price": "2.00"}]}
    done(service.call("POST", "/v1/backorders", body, scopes=STOREFRONT, client=SHOP))
    worked(service.invoke("tally_demand", messages("tally-demand", {"sku": "A"})))
    service.context.seconds_left = 300


def cut_off(service: Service) -> None:
    """The same at three in the afternoon, when the order day ends."""
    needed(service)
    service.clock.advance_to(datetime(2026, 1, 5, 15, 0, tzinfo=UTC))


def planned(service: Service) -> None:
    """The purchase order of that day is approved and waits to be sent."""
    cut_off(service)
    service.invoke("plan_purchase_orders", {"scheduled_time": "2026-01-05T15:00:00Z"})


def limited(service: Service) -> None:
    """The lantern, of which there is none and not more than five may be waited for."""
    supplier(service)
    done(service.call("PUT", f"/v1/items/{SKU}", {**ITEM, "backorder_limit": 5}))


def refused(service: Service) -> None:
    """An order from the bulk queue that names an item that does not exist."""
    supplier(service)
    worked(service.invoke("record_backorders", messages("record-backorders", {**ORDER_BODY, "storefront": SHOP})))


def released(service: Service) -> None:
    """The four lanterns that the order was given are released."""
    allocated(service)
    worked(service.invoke("release_orders", messages("release-orders.fifo", {"backorder": KEY}, group=KEY)))


def audited(service: Service) -> None:
    """The same, a little before the hourly audit."""
    released(service)
    service.context.seconds_left = 300


def shipped(service: Service) -> None:
    """Three of the four released lanterns left the house."""
    released(service)
    (release,) = service.call("GET", "/v1/releases").json["items"]
    body = {"shipment_id": "s-1", "carrier": "Post", "lines": [{"line_id": "1", "quantity": 3}]}
    done(service.call("POST", f"/v1/releases/{release['release_id']}/ship", body))


def cancelled(service: Service) -> None:
    """One of the six lanterns that the order waits for was cancelled."""
    counted(service)
    (order_,) = service.call("GET", "/v1/backorders?status=open").json["items"]
    body = {"lines": [{"line_id": "1", "quantity": 1}], "reason": "enough"}
    done(service.call("POST", f"/v1/backorders/{order_['backorder_id']}/cancel", body))


def sent(service: Service) -> None:
    """The purchase order of that day was sent."""
    planned(service)
    (order_,) = service.call("GET", "/v1/purchase-orders").json["items"]
    body = {"purchase_order": order_["purchase_order_id"], "revision": 1}
    worked(service.invoke("send_purchase_orders", messages("send-purchase-orders", body)))


def late(service: Service) -> None:
    """The goods were expected three days ago; it is five in the morning."""
    sent(service)
    service.clock.advance_to(datetime(2026, 1, 13, 5, 0, tzinfo=UTC))


def received(service: Service) -> None:
    """A delivery of four lanterns and one that was broken."""
    counted(service)
    lines = [{"sku": SKU, "quantity": 4, "rejected": 1}]
    done(service.call("POST", "/v1/receipts", {"receipt_id": "r-1", "supplier_id": "acme", "lines": lines}))


def looked_at(service: Service) -> None:
    """The order in one parcel has been looked at this morning already."""
    held(service)
    service.invoke("chase_overdue", {"scheduled_time": "2026-01-06T05:00:00Z"})


def told(service: Service) -> None:
    """The customer of the order of six lanterns was told that it was received."""
    counted(service)
    key = ids.backorder_key(ids.backorder_id(micros(service.clock.now()), SHOP, ORDER_BODY["order_id"]))
    worked(service.invoke("notify_customers", messages("notify-customers", {"backorder": key, "at": None})))


def webhook(service: Service) -> None:
    """A webhook for recorded orders, whose receiver takes everything."""
    body = {"url": "https://shop.example.com/hooks", "types": ["backorder.recorded"]}
    done(service.call("PUT", "/v1/webhooks/shop", body))


def webhook_down(service: Service) -> None:
    """The webhook, with a receiver that is out of order."""
    webhook(service)
    service.receivers.answers["shop.example.com"] = lambda _: 503


def webhook_given_up(service: Service) -> None:
    """The webhook, whose receiver did not take a recorded order at the tenth try either."""
    webhook_down(service)
    about = {"id": f"{EVENT}-0", "type": "backorder.recorded", "version": "1.0", "causation_id": EVENT}
    lines = [{"line_id": "1", "sku": SKU, "quantity": 6}]
    data = {"backorder_id": "bo_1", "order_id": ORDER, "storefront": SHOP, "priority": "standard", "lines": lines}
    event = {"metadata": {**about, "time": "2026-01-05T09:00:00Z"}, "data": data}
    last_try = {"webhook": "shop", "tries": 9, "due": 0, "replay": "", "event": event}
    worked(service.invoke("deliver_webhooks", messages("deliver-webhooks", last_try)))


def webhook_gone(service: Service) -> None:
    """The webhook, with a receiver that wants nothing any more."""
    webhook(service)
    service.receivers.answers["shop.example.com"] = lambda _: 410


def subscribed(service: Service) -> None:
    """The lantern, of which there is none, and somebody who asked to be told when it is there again."""
    catalog(service)
    wish = {"email": "bea@customer.example", "locale": "sv", "country": "SE"}
    done(service.call("POST", f"/v1/items/{SKU}/subscriptions", wish, scopes=STOREFRONT, client=SHOP))


def back(service: Service) -> None:
    """The same, and a lantern that was found."""
    subscribed(service)
    body = {"correction_id": "count-1", "sku": SKU, "delta": 1, "reason": "count"}
    done(service.call("POST", "/v1/stock-corrections", body))


def next_in_line(service: Service) -> None:
    """Three were told of one lantern, and a fourth was not; two days later it is still there."""
    subscribed(service)
    for n in range(3):
        done(
            service.call(
                "POST", f"/v1/items/{SKU}/subscriptions", {"email": f"c{n}@customer.example"}, scopes=STOREFRONT
            )
        )
    body = {"correction_id": "count-1", "sku": SKU, "delta": 1, "reason": "count"}
    done(service.call("POST", "/v1/stock-corrections", body))
    work = {"sku": SKU, "cause": "scene", "page": 0}
    worked(service.invoke("notify_subscribers", messages("notify-subscribers.fifo", work, group=ids.digest(SKU))))
    service.clock.advance_to(datetime(2026, 1, 7, 9, 30, tzinfo=UTC))
