"""What a warehouse does: goods come, are counted, leave, and are called back."""

from __future__ import annotations

from typing import Any

from tests.simulation.client import Reply
from tests.simulation.memory import Json, Posted
from tests.simulation.scene import Scene, ignored


def receive_free(scene: Scene) -> None:
    """Goods without an order; sometimes of an item nobody knows."""
    skus = scene.chance.sample(scene.memory.skus, scene.chance.choice((1, 1, 2)))
    lines = [{"sku": sku, "quantity": scene.chance.choice((1, 2, 3, 8))} for sku in skus]
    if scene.often(0.1):
        lines.append({"sku": "no such item", "quantity": 1})
    if scene.often(0.2):
        lines[0]["rejected"] = 1
    _receive(scene, {"supplier_id": scene.chance.choice(scene.memory.suppliers), "lines": lines})


def receive_order(scene: Scene) -> None:
    """Goods of a purchase order: as ordered, short, over, some of them refused."""
    order = scene.pick(purchase_orders(scene))
    if order is None:
        return
    lines: list[Json] = []
    for line in order["lines"]:
        most = max(1, line["open"])
        units = scene.chance.choice((most, most, max(1, most // 2), most + 2))
        rejected = 1 if scene.often(0.2) else 0
        lines.append({"sku": line["sku"], "quantity": units, "rejected": rejected})
    if lines:
        about = {"supplier_id": order["supplier_id"], "purchase_order_id": order["purchase_order_id"]}
        _receive(scene, about | {"lines": lines})


def _receive(scene: Scene, body: Json) -> None:
    body = {"receipt_id": f"r-{scene.name}"} | body
    posted = scene.memory.receipts[body["receipt_id"]] = Posted(body, f"key-{scene.name}")
    _post_receipt(scene, posted, posted.key)


def receive_again(scene: Scene) -> None:
    """The same receipt once more, under its key or another."""
    posted = scene.pick(list(scene.memory.receipts.values()))
    if posted is not None:
        _post_receipt(scene, posted, posted.key if scene.often(0.5) else f"other-{scene.name}")


def _post_receipt(scene: Scene, posted: Posted, key: str) -> None:
    def then(reply: Reply) -> None:
        posted.told.add(reply.outcome)
        if reply.outcome == "ok":
            posted.units.clear()
            for line in reply.body["lines"]:
                posted.units[line["sku"]] += line["posted"]

    scene.post("o", "/v1/receipts", posted.body, then, key)


def found(scene: Scene) -> None:
    _correct(scene, {"delta": scene.chance.choice((1, 2, 4))})


def lost(scene: Scene) -> None:
    _correct(scene, {"delta": -scene.chance.choice((1, 1, 2))})


def counted(scene: Scene) -> None:
    _correct(scene, {"counted": scene.chance.choice((0, 1, 3, 6))})


def _correct(scene: Scene, change: Json) -> None:
    sku = scene.chance.choice(scene.memory.skus)
    reason = scene.chance.choice(("count", "damage", "sold_elsewhere", "returned"))
    body = {"correction_id": f"x-{scene.name}", "sku": sku, "reason": reason} | change
    posted = scene.memory.corrections[body["correction_id"]] = Posted(body, f"key-{scene.name}")

    def then(reply: Reply) -> None:
        posted.told.add(reply.outcome)
        if reply.outcome == "ok":
            posted.units[sku] = reply.body["delta"]

    for _ in range(scene.chance.choice((1, 1, 2))):
        scene.post("o", "/v1/stock-corrections", body, then, posted.key)


def ship(scene: Scene) -> None:
    _ship(scene, partly=False)


def ship_part(scene: Scene) -> None:
    _ship(scene, partly=True)


def _ship(scene: Scene, *, partly: bool) -> None:
    release = scene.pick(_releases(scene))
    if release is None:
        return
    body: Json = {"shipment_id": f"s-{scene.name}", "carrier": "Post"}
    if partly:
        line = scene.chance.choice(release["lines"])
        left = line["quantity"] - line["shipped"]
        if left < 1:
            return
        body["lines"] = [{"line_id": line["line_id"], "quantity": scene.chance.randint(1, left)}]
    shipment = {"path": f"/v1/releases/{release['release_id']}/ship", "body": body, "key": f"key-{scene.name}"}
    scene.memory.shipments[body["shipment_id"]] = shipment | {"backorder_id": release["backorder_id"], "told": set()}
    _send_off(scene, scene.memory.shipments[body["shipment_id"]])


def ship_again(scene: Scene) -> None:
    shipment = scene.pick(list(scene.memory.shipments.values()))
    if shipment is not None:
        _send_off(scene, shipment)


def _send_off(scene: Scene, shipment: Json) -> None:
    scene.post(
        "o", shipment["path"], shipment["body"], lambda reply: shipment["told"].add(reply.outcome), shipment["key"]
    )


def recall(scene: Scene) -> None:
    release = scene.pick(_releases(scene))
    if release is not None:
        scene.post("o", f"/v1/releases/{release['release_id']}/recall", {}, ignored)


def _releases(scene: Scene) -> list[Any]:
    page = scene.client.get("o", "/v1/releases?limit=20")
    return page["items"] if page else []


def purchase_orders(scene: Scene) -> list[Any]:
    """Those that stand somewhere between planned and received, mostly."""
    page = scene.client.get("o", "/v1/purchase-orders?limit=50")
    orders = page["items"] if page else []
    done = {"received", "closed_short", "cancelled", "rejected", "held", "draft"}
    return [order for order in orders if order["status"] not in done] or orders
