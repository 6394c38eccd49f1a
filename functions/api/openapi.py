"""Writes the OpenAPI 3.1 document of the API from the registered operations and their shapes.

`python -m functions.api.openapi` writes it beside the handler, which serves it, and to `docs/`. The handler never
imports this module: what generates schemas is slow to load.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from functions.api import routes
from functions.api.meta import DOCUMENT
from functions.api.openapi_answers import REFS, refusals, responses
from functions.api.openapi_parameters import parameters
from shared.contracts.problems import GatewayMessage, Problem
from shared.runtime.http import JSON, REGISTRY, Operation

Json = dict[str, Any]

routes.load_all()

COPIES = (DOCUMENT, Path(__file__).parents[2] / "docs" / "openapi.json")
_TEXT = {"type": "string"}
_TOKEN = "token"  # noqa: S105 - a name in the document, not a secret

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
            "responses": refusals(),
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
    _, schema = models_json_schema(list(dict.fromkeys(wanted)), ref_template=REFS)
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
    taken = list(parameters(operation))
    if taken:
        out["parameters"] = taken
    if body := _body(operation):
        out["requestBody"] = body
    out["responses"] = {str(status): response for status, response in sorted(responses(operation).items())}
    out["security"] = [{_TOKEN: [f"backorders/{scope}"]} for scope in operation.scopes]
    return out


def _body(operation: Operation) -> Json | None:
    if operation.body is not None:
        schema = {"$ref": REFS.format(model=operation.body.__name__)}
        # A POST without a body is read as an empty object; a PUT of nothing would replace everything.
        fields = operation.body.model_fields.values()
        required = operation.method != "POST" or any(field.is_required() for field in fields)
        return {"required": required, "content": {kind: {"schema": schema} for kind in operation.media}}
    others = [kind for kind in operation.media if kind != JSON]
    if not others:
        return None
    return {"required": True, "content": {kind: {"schema": _TEXT} for kind in others}}


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
