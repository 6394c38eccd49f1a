"""What a buyer does, the supplier's answers included; and what an operator may change of the rules."""

from __future__ import annotations

from tests.simulation.memory import Json
from tests.simulation.scene import Scene, at, ignored
from tests.simulation.warehouse import purchase_orders


def plan(scene: Scene) -> None:
    scene.post("o", "/v1/purchase-plans", {"dry_run": False}, ignored)


def plan_dry(scene: Scene) -> None:
    scene.post("o", "/v1/purchase-plans", {"dry_run": True}, ignored)


def acknowledge(scene: Scene) -> None:
    """Accepted, changed, rejected or put off; sometimes only some of the lines, sometimes all rejected."""
    order = scene.pick(purchase_orders(scene))
    if order is None or not order["lines"]:
        return
    only = "rejected" if scene.often(0.15) else None
    lines = [_answer(scene, line, only) for line in order["lines"] if only or scene.often(0.8)]
    scene.post("o", f"/v1/purchase-orders/{order['purchase_order_id']}/acknowledge", {"lines": lines}, ignored)


def _answer(scene: Scene, line: Json, only: str | None) -> Json:
    status = only or scene.chance.choice(("accepted", "accepted", "changed", "backordered", "rejected"))
    answer: Json = {"sku": line["sku"], "status": status}
    if status in ("changed", "backordered"):
        answer["quantity"] = scene.chance.randint(1, max(1, line["ordered"]))
    if status in ("changed", "backordered") or (status == "accepted" and scene.often(0.5)):
        answer["date"] = scene.iso(days=scene.chance.choice((2, 5, 20)))
    return answer


def approve(scene: Scene) -> None:
    _instruct(scene, "approve")


def cancel_purchase(scene: Scene) -> None:
    _instruct(scene, "cancel")


def close_short(scene: Scene) -> None:
    _instruct(scene, "close-short")


def _instruct(scene: Scene, what: str) -> None:
    order = scene.pick(purchase_orders(scene))
    if order is not None:
        scene.memory.approvals[order["purchase_order_id"]] += what == "approve"
        scene.post("o", f"/v1/purchase-orders/{order['purchase_order_id']}/{what}", {"reason": "so"}, ignored)


def mistake(scene: Scene) -> None:
    """Something that is not there: the request fails, and its claim is given up."""
    what = scene.chance.choice(("purchase-orders/po_gone/approve", "purchase-orders/po_gone/cancel"))
    scene.post("o", f"/v1/{what}", {"reason": "so"}, ignored)


def change_settings(scene: Scene) -> None:
    chance = scene.chance
    scene.memory.settings = {
        "approval_value": chance.choice((None, None, "20")),
        "auto_order_enabled": chance.choice((True, True, False)),
        "merge_window_seconds": chance.choice((0, 300, 300)),
        "mail_enabled": chance.choice((True, True, True, False)),
        "patience_days": chance.choice((1, 14)),
        "news_threshold_days": chance.choice((0, 7)),
        "rule_packs": chance.choice(({}, {"US": "us", "DE": "eu", "SE": "us"})),
        "auto_cancel_enabled": chance.choice((True, True, False)),
        "time_zone": chance.choice(("UTC", "Europe/Stockholm", "America/New_York")),
    }
    scene.put("/v1/settings", scene.memory.settings | scene.memory.remedies)


def change_item(scene: Scene) -> None:
    """Another limit, another reorder point, another pack; once in a while it is not sold any more."""
    sku, chance = scene.chance.choice(scene.memory.skus), scene.chance
    card = scene.memory.cards[sku] | {
        "backorder_limit": chance.choice((None, None, 2, 10)),
        "reorder_point": chance.choice((None, 4)),
        "pack_size": chance.choice((1, 6)),
        "sellability_when_empty": chance.choice(("backorder", "backorder", "out_of_stock")),
    }
    scene.memory.cards[sku] = card
    scene.put(at("items", sku), card)


def change_supplier(scene: Scene) -> None:
    supplier, chance = scene.chance.choice(scene.memory.suppliers), scene.chance
    scene.put(at("suppliers", supplier), supplier_card(supplier, least=chance.choice(("0", "0", "60"))))


def supplier_card(supplier: str, least: str = "0", weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)) -> Json:
    return {
        "name": supplier.title(),
        "email": f"orders@{supplier}.example",
        "country": "SE",
        "order_weekdays": list(weekdays),
        "lead_time_days": {"likely": 5, "by": 9},
        "min_order_value": least,
        "currency": "EUR",
        "max_wait_days": 3,
    }
