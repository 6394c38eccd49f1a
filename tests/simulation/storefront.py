"""What a storefront and its customers do."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from tests.simulation.client import Ask, Reply
from tests.simulation.memory import Json, Order
from tests.simulation.scene import Scene, at, ignored

_MANY = 101


def order_body(scene: Scene, lines: int) -> Json:
    """An order of so many lines over the shop's items."""
    chance = scene.chance
    n = chance.randrange(4)
    body: Json = {
        "order_id": f"o-{scene.name}",
        "customer": {"id": f"c{n}", "email": _address(chance, n), "name": f"Customer {n}"}
        | {"locale": chance.choice(("en", "de", "sv")), "country": chance.choice(("SE", "US", "DE"))},
        "currency": "EUR",
        "lines": [
            {"line_id": f"l{n}", "sku": chance.choice(scene.memory.skus), "quantity": chance.choice((1, 1, 2, 3, 5))}
            | {"unit_price": "10.00"}
            for n in range(lines)
        ],
    }
    if scene.often(0.3):
        body["shipping"] = "hold"
    if scene.often(0.2):
        body["priority"] = chance.choice(("silver", "gold"))
    if scene.often(0.2):
        body["need_by"] = scene.iso(days=chance.choice((1, 5, 30)))
    if scene.often(0.3):
        body["payment"] = {"mode": "deferred", "authorisation_expires_at": scene.iso(days=chance.choice((1, 6, 30)))}
    if scene.often(0.2):
        body["placed_at"] = scene.iso(days=-chance.choice((0.01, 1, 3)))
    return body


def _address(chance: Random, n: int) -> str:
    """Most mail arrives unheard of; of some SES says that it did, that it came back, or that it was unwanted."""
    fate = chance.choice((None, None, None, None, None, "success", "success", "bounce", "complaint"))
    return f"c{n}@example.com" if fate is None else f"{fate}+c{n}@simulator.amazonses.com"


def record(scene: Scene) -> None:
    _record(scene, order_body(scene, scene.chance.choice((1, 1, 2, 3, 6))))


def record_many_lines(scene: Scene) -> None:
    _record(scene, order_body(scene, _MANY + scene.chance.randrange(10)))


def _record(scene: Scene, body: Json) -> None:
    order = Order(body["order_id"], body, f"key-{scene.name}")
    scene.memory.orders[order.order_id] = order
    scene.post("s", "/v1/backorders", body, lambda reply: heard(order, reply), order.key)


def heard(order: Order, reply: Reply) -> None:
    """What an answer to a recording says about the order."""
    order.told.add(reply.outcome)
    if reply.outcome == "ok":
        order.backorder_id = reply.body["backorder_id"]


def record_again(scene: Scene) -> None:
    """The same order under the same key, or under another."""
    order = scene.pick(list(scene.memory.orders.values()))
    if order is None:
        return
    key = order.key if scene.often(0.5) else f"other-{scene.name}"
    known = order.backorder_id

    def then(reply: Reply) -> None:
        if known is not None and (reply.outcome == "fail" or (reply.body or {}).get("backorder_id", known) != known):
            scene.memory.wrong.append(("repeat_is_the_same", order.order_id, f"{reply.status} for a repeat of {known}"))
        if reply.outcome == "ok":
            heard(order, reply)

    scene.post("s", "/v1/backorders", order.body, then, key)


def record_something_else(scene: Scene) -> None:
    """Another order under a known id, with the known key or another: never a second order."""
    order = scene.order()
    if order is None:
        return
    same_key = scene.often(0.5)
    body = json.loads(json.dumps(order.body))
    body["lines"][0]["quantity"] += 1
    key = order.key if same_key else f"other-{scene.name}"

    def then(reply: Reply) -> None:
        expected = {422, 409} if same_key else {409}
        if reply.outcome != "unknown" and reply.status not in expected:
            where = f"{order.order_id} {'same' if same_key else 'other'} key"
            scene.memory.wrong.append(("other_content_is_refused", where, f"answered {reply.status}"))

    scene.post("s", "/v1/backorders", body, then, key)


def bulk(scene: Scene) -> None:
    body = order_body(scene, scene.chance.choice((1, 2, 3)))
    _send(scene, body)
    scene.memory.bulk[body["order_id"]] = body


def bulk_refused(scene: Scene) -> None:
    """A message that can be read and must be refused: becomes an event."""
    body = order_body(scene, 1)
    body["lines"][0]["sku"] = "no such item"
    _send(scene, body)


def bulk_malformed(scene: Scene) -> None:
    text = scene.chance.choice(('{"order_id": 7', '{"order_id": "x"}', "[]")) + " " * scene.chance.randrange(50)
    scene.memory.poison.add(text)
    scene.world.engine.execute("sqs", "SendMessage", {"QueueUrl": _queue(scene), "MessageBody": text})


def _send(scene: Scene, body: Json) -> None:
    message = {"QueueUrl": _queue(scene), "MessageBody": json.dumps(body | {"storefront": "bulk"})}
    for _ in range(scene.chance.choice((1, 1, 2))):
        scene.world.engine.execute("sqs", "SendMessage", message)


def _queue(scene: Scene) -> str:
    (name,) = (queue.name for queue in scene.world.engine.sqs.queues() if queue.name.endswith("record-backorders"))
    return scene.world.engine.sqs.url(name)


def cancel(scene: Scene) -> None:
    """Everything, or some units of one line; sometimes the same request again."""
    order = scene.order()
    if order is None:
        return
    body: Json = {"reason": "changed my mind"}
    most = sum(line["quantity"] for line in order.body["lines"])
    if scene.often(0.5):
        most = scene.chance.choice((1, 2))
        body["lines"] = [{"line_id": scene.chance.choice(order.body["lines"])["line_id"], "quantity": most}]
    counted: list[bool] = []
    told: list[bool] = []

    def then(reply: Reply) -> None:
        if reply.outcome != "fail" and not counted:
            counted.append(True)
            order.cancel_asked += most
        if reply.outcome == "ok" and not told:  # a repeat tells the same units again, and may be heard first
            told.append(True)
            order.cancelled.update({x["line_id"]: x["quantity"] for x in reply.body["cancelled"]})

    for _ in range(scene.chance.choice((1, 1, 1, 2))):
        scene.post("s", order.path + "/cancel", body, then)


def switch(scene: Scene) -> None:
    order = scene.order()
    if order is None:
        return
    line = scene.chance.choice(order.body["lines"])
    sku = scene.chance.choice([sku for sku in scene.memory.skus if sku != line["sku"]])
    body: Json = {"sku": sku} | ({"quantity": 1} if scene.often(0.5) else {})

    def then(reply: Reply) -> None:
        if reply.outcome == "ok" and reply.body["added_line_id"]:
            order.switches.add(reply.body["added_line_id"])

    order.switches_asked += 1
    scene.post("s", f"{order.path}/lines/{line['line_id']}/switch", body, then)


def patch(scene: Scene, who: Any, body: Json) -> Order | None:
    """Change an order as it is now; with a stale version now and then."""
    order = scene.order()
    if order is None:
        return None
    seen = scene.client.get("s", order.path)
    if seen is None:
        return None
    version = seen["version"] - (seen["version"] > 1 and scene.often(0.1))
    if "priority" in body:
        order.rank_moved = True
    if "lines" in body:
        line = scene.chance.choice(order.body["lines"])
        body = {"lines": [{"line_id": line["line_id"], "quantity": max(0, line["quantity"] - 1)}]}
        order.cancel_asked += line["quantity"]
    scene.client.ask(Ask(who, "PATCH", order.path, body, version=version), lambda _: None)
    return order


def amend(scene: Scene) -> None:
    patch(scene, "s", {"lines": []})


def split_or_hold(scene: Scene) -> None:
    patch(scene, "s", {"shipping": scene.chance.choice(("split", "hold"))})


def change_address(scene: Scene) -> None:
    patch(scene, "s", {"customer": {"email": f"new-{scene.chance.randrange(3)}@example.com"}})


def change_priority(scene: Scene) -> None:
    patch(scene, "o", {"priority": scene.chance.choice(("standard", "silver", "gold")), "reason": "asked for"})


def set_back(scene: Scene) -> None:
    patch(scene, "o", {"release": scene.chance.choice(("automatic", "automatic", "held"))})


def report_payment(scene: Scene) -> None:
    order = scene.order()
    if order is None:
        return
    body: Json = {"status": scene.chance.choice(("captured", "failed", "reauthorised", "refunded"))}
    if body["status"] == "reauthorised":
        body["authorisation_expires_at"] = scene.iso(days=scene.chance.choice((2, 30)))
    scene.post("s", f"{order.path}/payment", body, ignored)


def look_around(scene: Scene) -> None:
    """Reads of a shopper and of a storefront."""
    sku = scene.chance.choice(scene.memory.skus)
    scene.client.get("s", at("items", sku, "availability") + "?quantity=2")
    scene.client.get("o", at("items", sku, "queue") + "?limit=3")
    order = scene.order()
    if order is not None:
        line = scene.chance.choice(order.body["lines"])
        scene.client.get("s", f"{order.path}/lines/{line['line_id']}/explanation")
        scene.client.get("s", f"{order.path}/history")
    scene.client.get("s", "/v1/backorders?status=open&limit=2")
