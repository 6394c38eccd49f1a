"""Every route of the HTTP API: pure data, read by the stack, the OpenAPI document and the tests.

A route with scopes admits a token that holds any one of them; a route without scopes is public.
"""

from __future__ import annotations

from typing import NamedTuple

RESOURCE_SERVER = "backorders"
STOREFRONT = f"{RESOURCE_SERVER}/storefront"
OPERATIONS = f"{RESOURCE_SERVER}/operations"

_S = (STOREFRONT,)
_O = (OPERATIONS,)
_SO = (STOREFRONT, OPERATIONS)
_PUBLIC = ()

GREEDY = "rest"

CATCH_ALL = "$default"
"""Unknown paths reach the function too (no token asked), so that they get the same 404 document as unknown ids."""


class Route(NamedTuple):
    """One method and path (`{name}` marks a path parameter) and the token scopes it admits."""

    method: str
    path: str
    scopes: tuple[str, ...]

    @property
    def key(self) -> str:
        """The route key of API Gateway, e.g. `GET /v1/items/{sku}`."""
        return f"{self.method} {self.path}"


ROUTES: tuple[Route, ...] = (
    # what is sold, and by whom it is supplied
    Route("PUT", "/v1/suppliers/{supplier_id}", _O),
    Route("PUT", "/v1/items/{sku}", _O),
    Route("GET", "/v1/items/{sku}", _SO),
    Route("GET", "/v1/items", _SO),
    # what can be promised
    Route("GET", "/v1/items/{sku}/availability", _S),
    Route("POST", "/v1/quotes", _S),
    # the order and what may happen to it
    Route("POST", "/v1/backorders", _S),
    Route("GET", "/v1/backorders/{id}", _SO),
    Route("GET", "/v1/backorders", _SO),
    Route("GET", "/v1/backorders/{id}/history", _SO),
    Route("POST", "/v1/backorders/{id}/cancel", _SO),
    Route("PATCH", "/v1/backorders/{id}", _SO),
    Route("POST", "/v1/backorders/{id}/payment", _S),
    Route("POST", "/v1/backorders/{id}/lines/{line_id}/switch", _SO),
    Route("GET", "/v1/backorders/{id}/lines/{line_id}/explanation", _SO),
    # the customer sees it and decides, behind the link in each mail
    Route("GET", "/b/{token}", _PUBLIC),
    Route("POST", "/b/{token}", _PUBLIC),
    # who asked to be told when an item is there again, and who wants no more of it
    Route("POST", "/v1/items/{sku}/subscriptions", _S),
    Route("GET", "/u/{token}", _PUBLIC),
    Route("POST", "/u/{token}", _PUBLIC),
    # what anybody may see
    Route("GET", "/backorders", _PUBLIC),
    Route("GET", "/backorders.json", _PUBLIC),
    # who waits, and for what there is
    Route("GET", "/v1/items/{sku}/queue", _O),
    Route("GET", "/v1/items/{sku}/stock", _O),
    # ordering from suppliers
    Route("POST", "/v1/purchase-plans", _O),
    Route("GET", "/v1/risks", _O),
    Route("GET", "/v1/purchase-orders", _O),
    Route("GET", "/v1/purchase-orders/{id}", _O),
    Route("POST", "/v1/purchase-orders/{id}/acknowledge", _O),
    Route("POST", "/v1/purchase-orders/{id}/approve", _O),
    Route("POST", "/v1/purchase-orders/{id}/cancel", _O),
    Route("POST", "/v1/purchase-orders/{id}/close-short", _O),
    Route("POST", "/v1/supplier-documents", _O),
    # goods arrive and leave
    Route("POST", "/v1/receipts", _O),
    Route("POST", "/v1/stock-corrections", _O),
    Route("GET", "/v1/releases", _SO),
    Route("POST", "/v1/releases/{release_id}/ship", _SO),
    Route("POST", "/v1/releases/{release_id}/recall", _O),
    # pages behind a signed link
    Route("GET", "/p/{token}", _PUBLIC),
    Route("POST", "/p/{token}", _PUBLIC),
    # what would happen if
    Route("POST", "/v1/simulations", _O),
    # where events go outside AWS
    Route("GET", "/v1/webhooks", _O),
    Route("PUT", "/v1/webhooks/{id}", _O),
    Route("GET", "/v1/webhooks/{id}", _O),
    Route("DELETE", "/v1/webhooks/{id}", _O),
    Route("GET", "/v1/webhooks/{id}/deliveries", _O),
    Route("POST", "/v1/webhooks/{id}/replay", _O),
    # the books, and what operators did
    Route("POST", "/v1/audits", _O),
    Route("POST", "/v1/repairs", _O),
    Route("GET", "/v1/actions", _O),
    # what is known of a person (in bodies: addresses must not stand in access logs)
    Route("POST", "/v1/customers/export", _O),
    Route("POST", "/v1/customers/erase", _O),
    # running the service
    Route("GET", "/v1/settings", _O),
    Route("PUT", "/v1/settings", _O),
    Route("POST", "/v1/imports", _O),
    Route("GET", "/v1/openapi.json", _PUBLIC),
    Route("GET", "/v1/health", _PUBLIC),
)

GREEDY_ROUTES: tuple[Route, ...] = (
    # The gateway decodes a path before it looks for its route, so a SKU or an id with a slash matches none of the
    # above. These take it, ask for the same tokens, and the door finds the operation (and checks its scopes).
    Route("PUT", f"/v1/suppliers/{{{GREEDY}+}}", _O),
    Route("PUT", f"/v1/items/{{{GREEDY}+}}", _O),
    Route("GET", f"/v1/items/{{{GREEDY}+}}", _SO),
    Route("POST", f"/v1/items/{{{GREEDY}+}}", _S),
    Route("GET", f"/v1/backorders/{{{GREEDY}+}}", _SO),
    Route("POST", f"/v1/backorders/{{{GREEDY}+}}", _SO),
    Route("PUT", f"/v1/webhooks/{{{GREEDY}+}}", _O),
    Route("GET", f"/v1/webhooks/{{{GREEDY}+}}", _O),
    Route("DELETE", f"/v1/webhooks/{{{GREEDY}+}}", _O),
    Route("POST", f"/v1/webhooks/{{{GREEDY}+}}", _O),
)
