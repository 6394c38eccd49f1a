"""Makes a request that the API's description allows one that finds what it names.

The description cannot say which SKUs and orders there are, or that a time must not lie ahead.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.unit.purchasing.ubl_documents import answered, document, of_order

Json = dict[str, Any]

SKUS = ("LANTERN", "CANDLE", "RARE")
OWN = frozenset({"order_id", "receipt_id", "correction_id", "shipment_id"})
VALUES = {
    "supplier_id": "acme",
    "email": "ann@example.com",
    "priority": "gold",
    "alternatives": [],
    "url": "https://shop.example.com/hooks",
}
WEBHOOK = "hook"
TOKENS = {"/b/": "customer_token", "/u/": "subscriber_token"}
LEFT_OUT = frozenset({"storefront", "placed_at", "received_at", "date", "quote_token"})

# Rules between fields, and with what is stored, that no schema states: a 422 for one of them is right.
RULES = (
    "nothing is to be changed",
    "a change of priority needs a reason",
    "cannot be raised above",
    "is not a line of this order",
    "is not in this release",
    "is named twice",
    "nothing would be shipped",
    "is the item the line has already",
    "quantity and rejected must not both be 0",
    "exactly one of delta and counted is needed",
    "exactly one of sku",
    "must not be 0",
    "is not on this purchase order",
    "is answered twice",
    "changed needs a quantity",
    "accepted means all",
    "a rejected line has no quantity",
    "with this status, order_id is needed",
    "must not be more than",
    "must not name anything twice",
    "must be one of critical",
    "must be an IANA time zone",
    "must be two different times",
    "must lie between the years",
    "units are released",
    "is needed for",
    "belongs to reauthorised",
    "must lie ahead",
    "is a supplier of this item already",
    "is not a cursor of this list",
    "must be less than for smaller quantities",
    "nothing of it is open",
    "must be later than since",
    "does not belong to",
    "these changes alone do not say",
    "there is no such purchase order",
    "has passed already",
    "the currency of its supplier's orders",
    "characters that could not be read",
    "that is what follows a SKU in paths",
    "must be an ISO 3166 code",
    "or 'none'",
)


def path_parameters(path: str, names: Mapping[str, str]) -> Json:
    """Path parameters of things that exist; `names` are those of the scene."""
    id_ = names["po"] if path.startswith("/v1/purchase-orders/") else names["id"]
    id_ = WEBHOOK if path.startswith("/v1/webhooks/") else id_
    sku = "RARE" if path == "/v1/items/{sku}" else "CANDLE"  # its card will be written over
    every = {
        "id": id_,
        "release_id": names["release"],
        "sku": sku,
        "supplier_id": "acme",
        "line_id": "2",
        "token": names[TOKENS.get(path[:3], "token")],
    }
    return {name: value for name, value in every.items() if f"{{{name}}}" in path}


def body(value: Any, call: int, n: int = 0) -> Any:
    """The body with names of things that exist; ids of its own become new ones, but for every fifth call."""
    if isinstance(value, list):
        return [body(one, call, n) for n, one in enumerate(value[:2])]
    if isinstance(value, dict):
        return {name: _member(name, inner, call, n) for name, inner in value.items()}
    return int(value) if isinstance(value, float) else value  # 2.0 is an integer to a schema, but not to us


def _member(name: str, value: Any, call: int, n: int) -> Any:
    if name in OWN and call % 5:
        return f"{name}-{call}"
    if name == "price_breaks":
        return value  # their quantities have a least of their own
    if name == "sku":
        return SKUS[(call + n) % len(SKUS)]
    if name == "line_id":
        return str(n + 1)
    if name == "quantity" and value:
        return 1 + call % 3  # so that an order lasts for several requests
    if name == "suppliers" and value:
        return ["acme"]
    if name == "skus" and value:
        return list(SKUS)
    if name in VALUES and value:
        return VALUES[name]
    return None if name in LEFT_OUT else body(value, call, n)


def supplier_document(media: str, order_id: str) -> str:
    """A supplier's document in this format, which accepts a line of an order that exists."""
    if media == "text/csv":
        return f"purchase_order_id,sku,status\n{order_id},CANDLE,accepted\n"
    return document("OrderResponse", of_order(order_id), answered("CANDLE", "5"))
