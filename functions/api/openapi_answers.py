"""Answers of the OpenAPI document: what an operation promises, and every way it may refuse."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shared.runtime.http import HTML, JSON, Operation
from shared.runtime.problems import MEDIA_TYPE

Json = dict[str, Any]

REFS = "#/components/schemas/{model}"
_TEXT = {"type": "string"}

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


def responses(operation: Operation) -> dict[int, Json]:
    """By status: the answers the operation declares, and references to the refusals it may meet."""
    out: dict[int, Json] = {status: _reference(status) for status in _refusals(operation)}
    if operation.html:
        return {status: _page(status) if status not in _BY_GATEWAY_ONLY else one for status, one in out.items()} | {
            status: _page(status) if status not in _WITHOUT_BODY else dict(_UNCHANGED) for status in operation.answers
        }
    for status, model in operation.answers.items():
        if status in _WITHOUT_BODY:
            out[status] = dict(_UNCHANGED)
            continue
        if status in _ABOUT_REFUSALS:
            out[status] = _reference(status)
            continue
        schema = {"$ref": REFS.format(model=model.__name__)} if model else {}
        out[status] = {"description": _SUCCESS[status], "content": {JSON: {"schema": schema}}}
        headers = dict(_success_headers(operation, status))
        if headers:
            out[status]["headers"] = headers
    return out


def _page(status: int) -> Json:
    """A page for people; where it refuses, programs that accept JSON only get a problem."""
    about = _SUCCESS.get(status) or _ABOUT_REFUSALS[status]
    content: Json = {HTML: {"schema": _TEXT}}
    if status in _ABOUT_REFUSALS:
        content |= _refusal(status)["content"]
    return {"description": about, "content": content}


_SUCCESS = {200: "Done", 201: "Created", 202: "Accepted; what follows is still being done", 204: "Done"}


_WITHOUT_BODY = {304}
_UNCHANGED = {"description": "As it was when the tag in `If-None-Match` was given; no body"}


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
    problem = {MEDIA_TYPE: {"schema": {"$ref": REFS.format(model="Problem")}}}
    message = {JSON: {"schema": {"$ref": REFS.format(model="GatewayMessage")}}}
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


def refusals() -> Json:
    """Every refusal by the name it is referred to."""
    return {_response_name(status): _refusal(status) for status in _ABOUT_REFUSALS}
