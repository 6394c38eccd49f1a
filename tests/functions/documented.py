"""Holds answers against the API's own description."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from functions.api.meta import DOCUMENT
from tests.functions.service import Reply

Json = dict[str, Any]


@cache
def document() -> Json:
    """The OpenAPI document as it is served."""
    loaded: Json = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    return loaded


def assert_documented(reply: Reply, method: str, path: str) -> None:
    """The status, the media type and the body of an answer are those that the description of the operation promises."""
    responses = document()["paths"][path][method.lower()]["responses"]
    assert str(reply.status) in responses, f"{method} {path} answered an undocumented {reply.status}: {reply.text}"
    response = _resolved(responses[str(reply.status)])
    kind = reply.headers.get("Content-Type", "").partition(";")[0]
    assert kind in response["content"], f"{method} {path} answered {kind}, which is not documented for {reply.status}"
    if reply.page:
        return
    schema = response["content"][kind]["schema"]
    whole = {**schema, "components": document()["components"]}
    Draft202012Validator(whole, format_checker=FormatChecker()).validate(reply.json)


def _resolved(response: Json) -> Json:
    if "$ref" not in response:
        return response
    found: Json = document()["components"]["responses"][response["$ref"].rsplit("/", 1)[-1]]
    return found
