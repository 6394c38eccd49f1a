"""Writes the OpenAPI 3.1 document of the API from the registered operations and their shapes.

`python -m functions.api.openapi` writes it beside the handler, which serves it, and to `docs/`. The handler never
imports this module: what generates schemas is slow to load.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from functions.api import routes  # noqa: F401 - registers the operations
from functions.api.meta import DOCUMENT
from shared.contracts.problems import GatewayMessage, Problem
from shared.runtime.http import JSON, REGISTRY, Operation
from shared.runtime.problems import MEDIA_TYPE
from shared.runtime.queries import DEFAULT_LIMIT, MAX_LIMIT

Json = dict[str, Any]

COPIES = (DOCUMENT, Path(__file__).parents[2] / "docs" / "openapi.json")
_REFS = "#/components/schemas/{model}"
_TOKEN = "token"  # noqa: S105 - a name in the document, not a secret

_SKU = {"type": "string", "minLength": 1, "maxLength": 128}
_ID = {"type": "string", "minLength": 1, "maxLength": 64}
_TEXT = {"type": "string"}

QUERY: dict[str, tuple[Json, str]] = {
    "cursor": (_TEXT, "`next_cursor` of the page before; works for the same caller and filter only"),
    "customer_id": (_ID, "only orders of this customer"),
    "dry_run": ({"type": "string", "enum": ["true", "false"]}, "answer what would happen, write nothing"),
    "kind": ({"type": "string", "enum": ["suppliers", "items", "opening_stock"]}, "what the rows are (required)"),
    "limit": (
        {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
        "most things on a page; pages may be shorter",
    ),
    "order_id": (_ID, "only the order of this id"),
    "quantity": ({"type": "integer", "minimum": 1, "maximum": 1_000_000, "default": 1}, "units wanted"),
    "sellability": (
        {
            "type": "string",
            "enum": ["in_stock", "backorder", "preorder", "made_to_order", "out_of_stock", "discontinued"],
        },
        "only items that may be sold so",
    ),
    "sku": (_SKU, "only what concerns this SKU"),
    "status": (_TEXT, "only this status"),
    "storefront": (_ID, "only orders of this storefront"),
    "supplier_id": (_ID, "only this supplier"),
}

_ABOUT_REFUSALS = {
    400: "The request cannot be read, or a header is missing or malformed",
    401: "No token, or one that is not valid",
    403: "The token's scope does not cover this",
    404: "There is no such thing",
    409: "The present state does not allow this, or the same request is still running",
    412: "The resource has changed since it was read",
    413: "The body is too large",
    422: "A field is wrong, or the Idempotency-Key was used with another body; nothing was done",
    428: "If-Match is missing",
    429: "Too many requests",
    500: "Something went wrong on our side",
    503: "Busy: undecided, please try again",
}
_BY_GATEWAY_ONLY = {401, 429}
_BY_BOTH = {403, 413, 500, 503}


_INTRODUCTION = """
Times are RFC 3339 in UTC, money is a decimal string with an ISO 4217 currency, quantities are whole units. Unknown
fields and query parameters are refused.

Every POST takes an `Idempotency-Key`: repeat a request under its key until it is answered, and it is done once. A
`PATCH` needs the `ETag` that was read in `If-Match`.

Whatever our functions answer that is not 2xx is a problem (RFC 9457), also for unknown paths (404) and methods (405).
The gateway's own answers (401, 403, 413, 429 and 5xx) are `{"message": ...}`.
"""


def document() -> Json:
    """The whole document. Same code, same document."""
    shapes = _shapes()
    paths: Json = {}
    for operation in sorted(REGISTRY, key=lambda one: (one.path, one.method)):
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Backorders",
            "version": "1",
            "summary": "Sell what is not on the shelf, and keep the promise made with it.",
            "description": _prose(_INTRODUCTION),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "the API's own host"}],
        "paths": paths,
        "components": {
            "schemas": shapes,
            "responses": {_response_name(status): _refusal(status) for status in _ABOUT_REFUSALS},
            "securitySchemes": {_TOKEN: _security_scheme()},
        },
    }


def text() -> str:
    """The document as it is stored."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def _shapes() -> Json:
    bodies = [operation.body for operation in REGISTRY if operation.body]
    answers = [answer for operation in REGISTRY for answer in operation.answers.values() if answer]
    read: list[type[BaseModel]] = [*bodies, GatewayMessage]
    written: list[type[BaseModel]] = [*answers, Problem]
    wanted: list[tuple[type[BaseModel], Any]] = [(model, "validation") for model in read]
    wanted += [(model, "serialization") for model in written]
    _, schema = models_json_schema(list(dict.fromkeys(wanted)), ref_template=_REFS)
    shapes: Json = schema["$defs"]
    # `row` is left out unless it says something.
    shapes["WrongField"]["required"] = ["pointer", "detail"]
    return dict(sorted(shapes.items()))


def _operation(operation: Operation) -> Json:
    out: Json = {
        "operationId": f"{operation.run.__module__.rsplit('.', 1)[-1]}_{operation.run.__name__}",
        "summary": operation.summary,
        "tags": [operation.path.split("/")[2] if operation.path.startswith("/v1/") else "pages"],
    }
    if operation.run.__doc__:
        out["description"] = _prose(operation.run.__doc__)
    parameters = list(_parameters(operation))
    if parameters:
        out["parameters"] = parameters
    if body := _body(operation):
        out["requestBody"] = body
    out["responses"] = {str(status): response for status, response in sorted(_responses(operation).items())}
    out["security"] = [{_TOKEN: [f"backorders/{scope}"]} for scope in operation.scopes]
    return out


def _parameters(operation: Operation) -> Iterator[Json]:
    for name in re.findall(r"\{([a-z_]+)\}", operation.path):
        yield {"name": name, "in": "path", "required": True, "schema": _SKU if name == "sku" else _ID}
    for name in operation.query:
        schema, about = QUERY[name]
        required = {"required": True} if "(required)" in about else {}
        yield {"name": name, "in": "query", "description": about, **required, "schema": schema}
    if operation.needs_idempotency_key:
        about = "names this request; a repeat under the same key is done once and answered alike"
        schema = {"type": "string", "pattern": "^[\\x21-\\x7e]{1,255}$"}
        yield {"name": "Idempotency-Key", "in": "header", "required": True, "description": about, "schema": schema}
    if operation.method in {"PUT", "PATCH"}:
        about = "ETag of the version that was read"
        required = {"required": True} if operation.needs_if_match else {}
        yield {"name": "If-Match", "in": "header", "description": about, **required, "schema": _TEXT}


def _body(operation: Operation) -> Json | None:
    if operation.body is not None:
        schema = {"$ref": _REFS.format(model=operation.body.__name__)}
        return {"required": True, "content": {JSON: {"schema": schema}}}
    others = [kind for kind in operation.media if kind != JSON]
    if not others:
        return None
    return {"required": True, "content": {kind: {"schema": _TEXT} for kind in others}}


def _responses(operation: Operation) -> dict[int, Json]:
    out: dict[int, Json] = {status: _reference(status) for status in _refusals(operation)}
    for status, model in operation.answers.items():
        schema = {"$ref": _REFS.format(model=model.__name__)} if model else {}
        out[status] = {"description": _SUCCESS[status], "content": {JSON: {"schema": schema}}}
        headers = dict(_success_headers(operation, status))
        if headers:
            out[status]["headers"] = headers
    return out


_SUCCESS = {200: "Done", 201: "Created", 202: "Accepted; what follows is still being done", 204: "Done"}


def _success_headers(operation: Operation, status: int) -> Iterator[tuple[str, Json]]:
    if status == 201:
        yield "Location", {"description": "path of what was created", "schema": _TEXT}
    if operation.method in {"PUT", "PATCH"}:
        yield "ETag", {"description": "version of what clients change", "schema": _TEXT}
    if operation.needs_idempotency_key:
        about = "`true` when this is the first answer again"
        yield "Idempotency-Replayed", {"description": about, "schema": {"type": "string", "const": "true"}}


def _refusals(operation: Operation) -> set[int]:
    out = {400, 422, 500, 503, 429}
    if operation.scopes:
        out |= {401, 403}
    if "{" in operation.path:
        out.add(404)
    if operation.method in {"POST", "PUT", "PATCH"}:
        out |= {409, 413}
    if operation.method in {"PUT", "PATCH"}:
        out.add(412)
    if operation.needs_if_match:
        out.add(428)
    return out


def _refusal(status: int) -> Json:
    problem = {MEDIA_TYPE: {"schema": {"$ref": _REFS.format(model="Problem")}}}
    message = {JSON: {"schema": {"$ref": _REFS.format(model="GatewayMessage")}}}
    content = message if status in _BY_GATEWAY_ONLY else problem | (message if status in _BY_BOTH else {})
    out: Json = {"description": _ABOUT_REFUSALS[status], "content": content}
    if status in {409, 503}:
        about = "seconds to wait before trying again"
        out["headers"] = {"Retry-After": {"description": about, "schema": {"type": "integer"}}}
    return out


def _reference(status: int) -> Json:
    return {"$ref": f"#/components/responses/{_response_name(status)}"}


def _response_name(status: int) -> str:
    return f"Refused{status}"


def _security_scheme() -> Json:
    scopes = {
        "backorders/storefront": "ask what can be promised, record and change the client's own orders",
        "backorders/operations": "catalog, stock, purchase orders, receipts, releases, settings; all orders",
    }
    about = "A token of the stack's user pool; `tokenUrl` is the stack's output TokenEndpoint."
    flow = {"tokenUrl": "https://example.auth.eu-west-1.amazoncognito.com/oauth2/token", "scopes": scopes}
    return {"type": "oauth2", "description": about, "flows": {"clientCredentials": flow}}


def _prose(docstring: str) -> str:
    paragraphs = re.split(r"\n\s*\n", docstring.strip())
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def main() -> None:
    for path in COPIES:
        path.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
