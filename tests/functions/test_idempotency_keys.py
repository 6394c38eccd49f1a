"""Every POST under /v1 keeps its promise about the Idempotency-Key; a new one without its row here fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from infra.routes import ROUTES
from tests.functions.known import WEBHOOK
from tests.functions.scene import ORDER, Shop, opened

Json = dict[str, Any]
CSV = {"content-type": "text/csv"}

_ACCEPTED = {"sku": "CANDLE", "status": "changed", "quantity": 3, "date": "2026-01-20"}
_TABLE = "purchase_order_id,sku,status\n{po},CANDLE,%s\n"

# Path, who, a good body, and what makes another one of it: of the same natural key, where there is one.
KEYED: tuple[tuple[str, str, Any, Any], ...] = (
    ("/v1/quotes", "storefront", {"lines": [{"sku": "CANDLE", "quantity": 2}]}, {"lines": [{"sku": "RARE", "quantity": 1}]}),
    ("/v1/backorders", "storefront", ORDER | {"order_id": "B"}, {"currency": "SEK"}),
    ("/v1/backorders/{id}/cancel", "storefront", {"reason": "no"}, {"reason": "never"}),
    ("/v1/backorders/{id}/payment", "storefront", {"status": "captured"}, {"status": "failed"}),
    ("/v1/backorders/{id}/lines/{line_id}/switch", "storefront", {"sku": "RARE", "quantity": 1}, {"quantity": 2}),
    ("/v1/items/{sku}/subscriptions", "storefront", {"email": "cy@example.com"}, {"locale": "sv"}),
    ("/v1/purchase-plans", "operations", {"reason": "so"}, {"reason": "otherwise"}),
    ("/v1/purchase-plans", "operations", {"dry_run": True}, {"dry_run": False}),
    ("/v1/purchase-orders/{id}/acknowledge", "operations", {"lines": [_ACCEPTED]}, {"lines": [_ACCEPTED | {"quantity": 2}]}),
    ("/v1/purchase-orders/{id}/approve", "operations", {"reason": "so"}, {"reason": "otherwise"}),
    ("/v1/purchase-orders/{id}/cancel", "operations", {"reason": "so"}, {"reason": "otherwise"}),
    ("/v1/purchase-orders/{id}/close-short", "operations", {"reason": "so"}, {"reason": "otherwise"}),
    ("/v1/supplier-documents", "operations", _TABLE % "accepted", _TABLE % "rejected"),
    ("/v1/receipts", "operations", {"receipt_id": "r1", "supplier_id": "acme", "lines": [{"sku": "RARE", "quantity": 1}]}, {"lines": [{"sku": "RARE", "quantity": 2}]}),
    ("/v1/stock-corrections", "operations", {"correction_id": "c1", "sku": "RARE", "delta": 1, "reason": "count"}, {"delta": 2}),
    ("/v1/releases/{release_id}/ship", "storefront", {"shipment_id": "s1"}, {"carrier": "Post"}),
    ("/v1/releases/{release_id}/recall", "operations", {"reason": "so"}, {"reason": "otherwise"}),
    ("/v1/simulations", "operations", {"changes": [{"kind": "receipt", "sku": "CANDLE", "quantity": 2}]}, {"skus": ["RARE"]}),
    ("/v1/webhooks/{id}/replay", "operations", {}, {"which": "all"}),
    ("/v1/audits", "operations", {"sku": "CANDLE"}, {"sku": "RARE"}),
    ("/v1/repairs", "operations", {"repair_id": "r1", "sku": "RARE", "reason": "so"}, {"reason": "otherwise"}),
    ("/v1/repairs", "operations", {"repair_id": "r1", "sku": "RARE", "reason": "so", "dry_run": True}, {"reason": "otherwise"}),
    ("/v1/customers/export", "operations", {"email": "ann@example.com", "reason": "so"}, {"email": "bea@example.com"}),
    ("/v1/customers/erase", "operations", {"email": "bea@example.com", "reason": "so"}, {"email": "cy@example.com"}),
    ("/v1/customers/erase", "operations", {"email": "bea@example.com", "reason": "so", "dry_run": True}, {"dry_run": False}),
    ("/v1/imports", "operations", "sku,supplier_id,unit_cost\nNEW,acme,1.00\n", "sku,supplier_id,unit_cost\nNEW,acme,2.00\n"),
)  # fmt: skip


def test_every_post_under_v1_is_here() -> None:
    posts = {route.path for route in ROUTES if route.method == "POST" and route.path.startswith("/v1/")}
    assert posts == {path for path, *_ in KEYED}


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = opened()
    with shop.world:
        url = "https://shop.example.com/hooks"
        shop.ok("operations", "PUT", f"/v1/webhooks/{WEBHOOK}", {"url": url})
        yield shop


def _target(shop: Shop, path: str) -> str:
    """The path with names of things that exist."""
    order_id = shop.names["po"] if path.startswith("/v1/purchase-orders/") else shop.names["id"]
    names = {"id": WEBHOOK if path.startswith("/v1/webhooks/") else order_id, "line_id": "2", "sku": "CANDLE"}
    target = path.format_map(names | {"release_id": shop.names["release"]})
    return f"{target}?kind=items" if target == "/v1/imports" else target


def _stored(shop: Shop) -> list[str]:
    """What is stored, but for the trail of exports: what is known of somebody is handed out again by a repeat."""
    return [item for item in shop.table() if '"what": {"S": "export"}' not in item]


def _send(shop: Shop, who: str, path: str, body: Any, key: str) -> Any:
    text = isinstance(body, str)
    raw = body.format_map(shop.names).encode() if text else body
    return shop.send(who, "POST", _target(shop, path), raw, {"idempotency-key": key} | (CSV if text else {}))


@pytest.mark.parametrize(
    ("path", "who", "body", "other"), KEYED, ids=[f"{path} {n}" for n, (path, *_) in enumerate(KEYED)]
)
def test_a_repeat_under_its_key_says_so_and_another_body_under_it_is_refused(
    shop: Shop, path: str, who: str, body: Any, other: Any
) -> None:
    other = other if isinstance(body, str) else body | other
    first = _send(shop, who, path, body, "one")
    assert (first.status < 300, first.header("idempotency-replayed")) == (True, None), first.text
    before = _stored(shop)
    again = _send(shop, who, path, body, "one")
    assert (again.status, again.header("idempotency-replayed")) == (first.status, "true"), again.text
    refused = _send(shop, who, path, other, "one")
    assert refused.status == 422, refused.text
    assert "Idempotency-Key" in refused.json()["detail"], refused.text
    assert _stored(shop) == before
