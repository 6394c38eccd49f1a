"""Parameters of the OpenAPI document: path, query and headers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from functions.api import backorder_queries, releases
from shared.contracts.common import PRINTABLE
from shared.purchasing import model as purchasing
from shared.runtime.http import Operation
from shared.runtime.queries import DEFAULT_LIMIT, MAX_LIMIT
from shared.webhooks.log import STATES

Json = dict[str, Any]

_SKU = {"type": "string", "minLength": 1, "maxLength": 128, "pattern": PRINTABLE}
_ID = {"type": "string", "minLength": 1, "maxLength": 64, "pattern": PRINTABLE}
_ETAG = {"type": "string", "pattern": r'^((W/)?"[\x21\x23-\x7e]*"|[0-9]+)$'}
_CURSOR = {"type": "string", "minLength": 1, "maxLength": 2_000}
_TEXT = {"type": "string"}
_PATH = {"sku": _SKU, "token": {"type": "string", "minLength": 1, "maxLength": 400, "pattern": "^[A-Za-z0-9_-]+$"}}

QUERY: dict[str, tuple[Json, str]] = {
    "cursor": (_CURSOR, "`next_cursor` of the page before; works for the same caller and filter only"),
    "customer_id": (_ID, "only orders of this customer"),
    "dry_run": ({"type": "string", "enum": ["true", "false"]}, "answer what would happen, write nothing"),
    "kind": ({"type": "string", "enum": ["suppliers", "items", "opening_stock"]}, "what the rows are (required)"),
    "limit": (
        {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
        "most things on a page; pages may be shorter",
    ),
    "order_id": (_ID, "only the order of this id"),
    "page": ({"type": "integer", "minimum": 1, "maximum": 9999, "default": 1}, "of a long order, lines by the sixty"),
    "quantity": ({"type": "integer", "minimum": 1, "maximum": 1_000_000, "default": 1}, "units wanted"),
    "sellability": (
        {
            "type": "string",
            "enum": ["in_stock", "backorder", "preorder", "made_to_order", "out_of_stock", "discontinued"],
        },
        "only items that may be sold so",
    ),
    "sku": (_SKU, "only what concerns this SKU"),
    "status": (_TEXT, "only this status"),  # its values depend on the path, see STATUSES
    "storefront": (_ID, "only orders of this storefront"),
    "supplier_id": (_ID, "only this supplier"),
}


STATUSES = {
    "/v1/backorders": backorder_queries.STATUSES,
    "/v1/releases": releases.STATUSES,
    "/v1/purchase-orders": purchasing.STATUSES,
    "/v1/webhooks/{id}/deliveries": STATES,
}


def parameters(operation: Operation) -> Iterator[Json]:
    """Everything an operation takes beside its body."""
    for name in re.findall(r"\{([a-z_]+)\}", operation.path):
        yield {"name": name, "in": "path", "required": True, "schema": _PATH.get(name, _ID)}
    for name in operation.query:
        schema, about = QUERY[name]
        if name == "status":
            schema = {"type": "string", "enum": list(STATUSES[operation.path])}
        required = {"required": True} if "(required)" in about else {}
        yield {"name": name, "in": "query", "description": about, **required, "schema": schema}
    if operation.needs_idempotency_key:
        about = "names this request; a repeat under the same key is done once and answered alike"
        schema = {"type": "string", "pattern": "^[\\x21-\\x7e]{1,255}$"}
        yield {"name": "Idempotency-Key", "in": "header", "required": True, "description": about, "schema": schema}
    if operation.method in {"PUT", "PATCH"}:
        about = "ETag of the version that was read"
        required = {"required": True} if operation.needs_if_match else {}
        yield {"name": "If-Match", "in": "header", "description": about, **required, "schema": _ETAG}
