"""Which modules serve what. An area of the API is loaded with the first request to it: a cold start pays for no more.

`load` is for the door; whoever looks at all operations calls `load_all` first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

_FIRST = re.compile(r"\w+ (/v1/[a-z.-]+|/[a-z.-]+)")


def load(route_key: str) -> None:
    """Register the operations of the area that a route (method and path, as the gateway names it) belongs to: all, if
    it belongs to none, so that what is not there can be told from what may not be done there."""
    area_of(route_key)()


def area_of(route_key: str) -> Callable[[], None]:
    """What loads the operations of a route's area."""
    path = _FIRST.match(route_key)
    return _AREAS.get(path[1] if path else "", load_all)


def load_all() -> None:
    """Register every operation."""
    for area in dict.fromkeys(_AREAS.values()):
        area()


def _orders() -> None:
    from functions.api import backorder_queries, backorders, payments, quotes  # noqa: F401


def _customers_page() -> None:
    from functions.api import customer_pages  # noqa: F401


def _public_page() -> None:
    from functions.api import public_pages  # noqa: F401


def _items() -> None:
    from functions.api import catalog, stock, subscriptions  # noqa: F401


def _imports() -> None:
    from functions.api import imports  # noqa: F401


def _purchasing() -> None:
    from functions.api import purchasing, risks  # noqa: F401


def _suppliers_answers() -> None:
    from functions.api import supplier_documents, supplier_pages  # noqa: F401


def _goods() -> None:
    from functions.api import receiving, releases, stock  # noqa: F401


def _what_if() -> None:
    from functions.api import simulations  # noqa: F401


def _webhooks() -> None:
    from functions.api import webhook_deliveries, webhooks  # noqa: F401


def _operating() -> None:
    from functions.api import books, customers, meta, settings  # noqa: F401


_AREAS: Mapping[str, Callable[[], None]] = {
    "/v1/backorders": _orders,
    "/v1/quotes": _orders,
    "/b": _customers_page,
    "/backorders": _public_page,
    "/backorders.json": _public_page,
    "/v1/items": _items,
    "/v1/suppliers": _items,
    "/u": _items,
    "/v1/imports": _imports,
    "/v1/purchase-plans": _purchasing,
    "/v1/purchase-orders": _purchasing,
    "/v1/risks": _purchasing,
    "/v1/supplier-documents": _suppliers_answers,
    "/p": _suppliers_answers,
    "/v1/receipts": _goods,
    "/v1/releases": _goods,
    "/v1/stock-corrections": _goods,
    "/v1/simulations": _what_if,
    "/v1/webhooks": _webhooks,
    "/v1/actions": _operating,
    "/v1/audits": _operating,
    "/v1/repairs": _operating,
    "/v1/customers": _operating,
    "/v1/settings": _operating,
    "/v1/health": _operating,
    "/v1/openapi.json": _operating,
}
