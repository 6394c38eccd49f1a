"""The shop of a seed: a few items, two suppliers, something on the shelf."""

from __future__ import annotations

from tests.simulation import integrator
from tests.simulation.buyer import supplier_card
from tests.simulation.memory import Posted
from tests.simulation.scene import Scene, at
from tests.simulation.stories import STORIES

_SKUS = ("TEAPOT", "cup-7", "box/42 ü", "LAMP", "rug#1")  # slash, hash and accent: paths, keys and indexes see them


def furnish(scene: Scene, story: str) -> None:
    """Cards and opening stock, before anything may go wrong."""
    memory, chance = scene.memory, scene.chance
    memory.suppliers = ["acme", "bolt"]
    memory.skus = list(_SKUS[: chance.randint(3, len(_SKUS))])
    for supplier, least in (("acme", "0"), ("bolt", chance.choice(("0", "40")))):
        days = chance.choice(((0, 1, 2, 3, 4), (0, 3), tuple(range(7))))
        scene.put(at("suppliers", supplier), supplier_card(supplier, least, days))
    for sku in memory.skus:
        memory.cards[sku] = {
            "supplier_id": chance.choice(memory.suppliers),
            "description": f"Thing {sku}",
            "unit_cost": "2.50",
            "currency": "EUR",
            "moq": chance.choice((1, 1, 4)),
            "pack_size": chance.choice((1, 1, 6)),
            "backorder_limit": chance.choice((None, None, 5, 12)),
            "reorder_point": chance.choice((None, None, 3)),
            "alternatives": [other for other in memory.skus if other != sku][:2],
        }
        scene.put(at("items", sku), memory.cards[sku])
        units = chance.choice((0, 0, 2, 5))
        if units:
            _open_with(scene, sku, units)
    integrator.open_endpoints(scene)
    if story:
        STORIES[story][0](scene)


def _open_with(scene: Scene, sku: str, units: int) -> None:
    body = {"correction_id": f"opening {sku}"[:64], "sku": sku, "delta": units, "reason": "opening"}
    posted = scene.memory.corrections[body["correction_id"]] = Posted(body, f"opening-{sku}".encode().hex()[:60])
    posted.told.add("ok")
    posted.units[sku] = units
    reply = scene.post("o", "/v1/stock-corrections", body, lambda _: None, posted.key)
    assert reply.outcome == "ok", reply
