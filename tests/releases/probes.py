"""What a shop gives out that comes back later: cursors of its lists, and a quote."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from infra.local.world import World
from tests.releases.revived import Frozen, revive

_FOUND = 200
_LISTS = (
    "/v1/items?limit=1",
    "/v1/backorders?limit=1",
    "/v1/purchase-orders?limit=1",
    "/v1/releases?limit=1",
    "/v1/actions?limit=1",
    "/v1/risks?limit=1",
    "/backorders.json?limit=1",
    "/v1/items/{sku}/queue?limit=1",
    "/v1/webhooks/{webhook}/deliveries?limit=1",
)


def tokens(shop: Frozen) -> dict[str, Any]:
    """`cursors`: of each list with a second page its address and the cursor. `quote`: what was quoted, and its token.
    `links`: those in mails that lead somewhere; of others the flow tests show that they do not."""
    with revive(shop) as world:
        links = [link for link in shop["links"] if world.http("GET", link).status == _FOUND]
        return {"links": links, "cursors": dict(_cursors(world, shop)), "quote": _quote(world, shop)}


def operator(world: World) -> str:
    """A token for everything."""
    return world.token("storefront", "operations")


def skus(shop: Frozen) -> list[str]:
    """The items of a shop that can be ordered."""
    return [item["sku"]["S"] for item in shop["items"] if item.get("kind", {}).get("S") == "item"]


def _cursors(world: World, shop: Frozen) -> Iterator[tuple[str, str]]:
    webhooks = [item["sk"]["S"] for item in shop["items"] if item.get("kind", {}).get("S") == "webhook"]
    for template in _LISTS:
        for sku, webhook in zip([*skus(shop), ""], [*webhooks, *[""] * len(skus(shop)), ""], strict=False):
            target = template.format(sku=quote(sku, safe=""), webhook=quote(webhook, safe=""))
            answer = world.http("GET", target, token=operator(world))
            cursor = answer.json().get("next_cursor") if answer.status == _FOUND else None
            if cursor:
                yield target, cursor
                break


def _quote(world: World, shop: Frozen) -> dict[str, Any] | None:
    for sku in skus(shop):
        asked = {"lines": [{"sku": sku, "quantity": 1}]}
        headers = {"Idempotency-Key": f"quote {sku}"}
        answer = world.http("POST", "/v1/quotes", json=asked, headers=headers, token=world.token("storefront"))
        if answer.status == _FOUND:
            return {"sku": sku, "token": answer.json()["quote_token"]}
    return None
