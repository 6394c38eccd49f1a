"""What may have happened in a shop before a seed begins: beginnings that a few operations would hardly come to."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.simulation import integrator, subscriber, warehouse
from tests.simulation.buyer import supplier_card
from tests.simulation.memory import Json, Order
from tests.simulation.scene import Scene, at, ignored
from tests.simulation.storefront import heard, order_body

Story = Callable[[Scene], object]
_EVERY_DAY = tuple(range(7))
_REMEDIES: list[Json] = [
    {"remedy_id": "sorry 5", "kind": "discount", "cost": "5.00", "code": "SORRY5"},
    {"remedy_id": "wrap", "kind": "gift_wrap", "cost": "2.00"},
]


def goods_come_later(scene: Scene) -> None:
    """Three customers, two of them the same person, were told a date, and now of a later one: they are offered
    remedies, for which there is not enough for all."""
    memory, chance = scene.memory, scene.chance
    memory.remedies = {
        "remedies": _REMEDIES,
        "remedy_budget_per_month": chance.choice(("5", "6.99", "9", "12")),
        "remedies_per_customer": chance.choice((1, 1, 2)),
        "news_threshold_days": 0,
    }
    scene.put("/v1/settings", memory.remedies)
    sku = memory.skus[0]
    supplier = memory.cards[sku]["supplier_id"]
    scene.put(at("suppliers", supplier), supplier_card(supplier, weekdays=_EVERY_DAY))
    scene.put(at("items", sku), memory.cards[sku] | {"backorder_limit": None})
    for n in range(3):
        _record(scene, sku, n)
    scene.world.settle()
    scene.post("o", "/v1/purchase-plans", {"dry_run": False}, ignored)
    scene.world.settle()
    for order in scene.client.get("o", "/v1/purchase-orders?limit=9")["items"]:
        lines = [{"sku": line["sku"], "status": "accepted", "date": scene.iso(days=50)} for line in order["lines"]]
        scene.post(
            "o",
            f"/v1/purchase-orders/{order['purchase_order_id']}/acknowledge",
            {"lines": lines},
            ignored,
            f"later-{order['purchase_order_id']}",
        )


def _record(scene: Scene, sku: str, n: int) -> None:
    body = order_body(scene, 1)
    body["order_id"] = f"o-before-{n}"
    body["customer"] |= {"id": f"c{n % 2}", "email": f"c{n % 2}@example.com"}
    body["lines"] = [body["lines"][0] | {"sku": sku, "quantity": 6}]
    order = scene.memory.orders[body["order_id"]] = Order(body["order_id"], body, f"before-{n}")
    scene.post("s", "/v1/backorders", body, lambda reply: heard(order, reply), order.key)


def somebody_listens(scene: Scene) -> None:
    """A webhook is there, its endpoint in some mood, and goods that it was told of."""
    integrator.put_webhook(scene)
    integrator.endpoint_turns(scene, ("gone", "gone", "moody", "silent", "broken"))
    warehouse.receive_free(scene)
    scene.world.settle()


def people_wait_to_hear(scene: Scene) -> None:
    """Some were told already, others wait."""
    for n in range(2):
        subscriber.subscribe(scene, f"before-{n}")
    scene.world.settle()
    for n in range(2, 4):
        subscriber.subscribe(scene, f"before-{n}")


STORIES: Mapping[str, tuple[Story, tuple[str, ...]]] = {
    "goods come later": (goods_come_later, ("accept a remedy", "accept a remedy", "accept a remedy")),
    "somebody listens": (somebody_listens, ("replay", "endpoint turns", "receive free")),
    "people wait to hear": (people_wait_to_hear, ("leave", "subscribe", "receive free")),
}
"""Each with the operations that it is told for: some of a seed's are replaced by them."""
