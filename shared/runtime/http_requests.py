"""From the gateway's event to what an operation reads: body, query, headers, caller. Refusals are kernel errors."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from shared.kernel.errors import Invalid, Malformed, NotFound, PreconditionRequired, ServiceError
from shared.runtime.http import JSON, Caller, Operation

MAX_BODY_BYTES = 1_048_576
_SERVER_PREFIX = "backorders/"
_LONGEST_PARAMETER = {"sku": 128, "token": 2_000, "line_id": 80, "cursor": 2_000}
_LONGEST_ID = 64
_UNREADABLE = "\ufffd"  # stands where a path is no UTF-8
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_ETAG = re.compile(r'(W/)?"([\x21\x23-\x7e]*)"|([0-9]+)')
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,40}")

Event = Mapping[str, Any]


class TooLarge(Malformed):
    code, title, status = "too-large", "The body is too large", 413


def caller(event: Event) -> Caller:
    """Who calls, from the claims the gateway has verified. Without them: nobody, with no scope."""
    authorizer = event["requestContext"].get("authorizer") or {}
    claims = authorizer.get("jwt", {}).get("claims") or {}
    scopes = str(claims.get("scope", "")).split()
    own = {scope.removeprefix(_SERVER_PREFIX) for scope in scopes if scope.startswith(_SERVER_PREFIX)}
    return Caller(client=str(claims.get("client_id") or claims.get("sub") or ""), scopes=frozenset(own))


def headers(event: Event) -> dict[str, str]:
    """Headers by lower-case name."""
    return {name.lower(): str(value) for name, value in (event.get("headers") or {}).items()}


def path_parameters(event: Event, operation: Operation) -> dict[str, str]:
    """The parameters in the path, as the gateway decoded them.

    A text that can be no id of ours names nothing (404), or is refused where it would create something (422).
    """
    given = {name: str(value) for name, value in (event.get("pathParameters") or {}).items()}
    for name, value in given.items():
        longest = _LONGEST_PARAMETER.get(name, _LONGEST_ID)
        readable = value.isprintable() and _UNREADABLE not in value
        if not 1 <= len(value) <= longest or not readable:
            if operation.method == "PUT":
                raise Invalid.at(name, f"must be 1 to {longest} printable characters")
            raise NotFound("there is nothing under this path")
    return given


def query(event: Event, operation: Operation) -> dict[str, str]:
    """The query as {name: value}; a name the operation does not know, or one that occurs twice, is refused."""
    raw = str(event.get("rawQueryString") or "")
    try:
        pairs = parse_qsl(raw, keep_blank_values=True, errors="strict", max_num_fields=50)
    except ValueError as error:
        raise Malformed("the query string cannot be read") from error
    found: dict[str, str] = {}
    for name, value in pairs:
        if name not in operation.query:
            known = ", ".join(operation.query) or "none"
            raise Invalid.at(_shown(name), f"is not a query parameter of this operation (known: {known})")
        if name in found:
            raise Invalid.at(name, "may be given once only")
        longest = _LONGEST_PARAMETER.get(name, _LONGEST_ID)
        if not 1 <= len(value) <= longest or not value.isprintable():
            raise Invalid.at(name, f"must be 1 to {longest} printable characters")
        found[name] = value
    return found


def idempotency_key(given: Mapping[str, str], operation: Operation) -> str | None:
    """The `Idempotency-Key` where one is needed."""
    if not operation.needs_idempotency_key:
        return None
    key = given.get("idempotency-key")
    if key is None:
        raise Malformed.at("Idempotency-Key", "is required on every POST")
    if not _KEY.fullmatch(key):
        raise Malformed.at("Idempotency-Key", "must be 1 to 255 visible ASCII characters")
    return key


def if_match(given: Mapping[str, str], operation: Operation) -> int | None:
    """The version in `If-Match`; -1 when it is a tag that no resource of ours has; POST ignores the header."""
    if operation.method not in {"PUT", "PATCH", "DELETE"}:
        return None
    text = given.get("if-match")
    if text is None:
        if operation.needs_if_match:
            raise PreconditionRequired("send the ETag of the version you have read in If-Match")
        return None
    match = _ETAG.fullmatch(text.strip())
    if match is None:
        raise Malformed.at("If-Match", 'must be one ETag such as "3"')
    weak, tag, bare = match.groups()
    version = bare if bare is not None else tag
    return int(version) if not weak and re.fullmatch(r"[0-9]{1,15}", version) else -1


def text_body(event: Event) -> str:
    """The body as text; empty when there is none."""
    body = event.get("body") or ""
    if len(body) > 2 * MAX_BODY_BYTES:
        raise _too_large()
    if event.get("isBase64Encoded"):
        try:
            raw = base64.b64decode(body, validate=True)
        except (ValueError, binascii.Error) as error:
            raise Malformed("the body is not Base64 although it is said to be") from error
    else:
        raw = body.encode("utf-8", "surrogatepass")
    if len(raw) > MAX_BODY_BYTES:
        raise _too_large()
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("the body is not UTF-8") from error


def _too_large() -> ServiceError:
    return TooLarge(f"a body may have {MAX_BODY_BYTES} bytes at most")


def media_type(given: Mapping[str, str], operation: Operation) -> str:
    """The body's media type in lower case. JSON is assumed when the header is missing."""
    header = given.get("content-type")
    if header is None and JSON in operation.media:
        return JSON
    kind, *parameters = (part.strip().lower() for part in (header or "").split(";"))
    if JSON in operation.media and kind.startswith("application/") and kind.endswith("+json"):
        kind = JSON
    if kind not in operation.media:
        raise Malformed.at("Content-Type", f"must be {' or '.join(operation.media)}")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name == "charset" and value.strip('"') not in {"utf-8", "utf8", "us-ascii"}:
            raise Malformed.at("Content-Type", "must be UTF-8")
    return kind


def parse_json(text: str) -> Any:
    """The JSON value. Duplicate names, NaN and infinities are refused: readers disagree on what they mean."""
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant)
    except RecursionError as error:
        raise Malformed("the body is nested too deeply") from error
    except json.JSONDecodeError as error:
        raise Malformed(f"the body is not JSON: line {error.lineno}, column {error.colno}") from error
    except ValueError as error:
        raise Malformed("the body is not JSON: a number is too long") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Malformed(f"the body is not usable JSON: the name {_shown(twice)} occurs twice in one object")
    return out


def _no_constant(name: str) -> Any:
    raise Malformed(f"the body is not JSON: {name} is not a number")


def _shown(name: str) -> str:
    """A name of the client's choosing as it may be repeated to it."""
    return name if _NAME.fullmatch(name) else "(unreadable)"
