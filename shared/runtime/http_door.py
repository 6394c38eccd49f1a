"""The HTTP door: one gateway event in, one answer out, whatever happens in between.

The gateway has routed the request already and names the route in the event, with the path's parameters decoded. Routing
again by the decoded path, as resolvers do, would trip over SKUs with unusual characters.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel, ValidationError

from shared.kernel.errors import Forbidden, Invalid, Malformed, NotFound, ServiceError
from shared.runtime import http_requests as requests
from shared.runtime import pages, problems, telemetry, told_time
from shared.runtime.container import container
from shared.runtime.http import JSON, REGISTRY, Answer, Call, Operation

Event = Mapping[str, Any]
Response = dict[str, Any]

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
}


# Pointers of our own making; a client may have made up field names that say more than they should.
_LOGGED = re.compile(r"[A-Za-z-]+|(/[a-z_0-9]{1,30}){1,4}")


class NotAllowed(ServiceError):
    code, title, status = "method-not-allowed", "This path does not know the method", 405

    def __init__(self, methods: tuple[str, ...]) -> None:
        super().__init__(f"this path knows {', '.join(methods)}")
        self.methods = methods


def serve(event: Event, context: Any) -> Response:
    """The gateway's answer to one request (payload format 2.0)."""
    trace_id = telemetry.correlation_id(event, context)
    reads = str(event.get("routeKey")).startswith("GET ")
    try:
        answer = _answer(event, context, trace_id)
        if not reads:  # what came of it names it as its cause
            telemetry.log("request_answered", route=event.get("routeKey"), status=answer.status)
        return _response(answer)
    except ServiceError as error:
        telemetry.log(
            "request_refused",
            route=event.get("routeKey"),
            status=error.status,
            code=error.code,
            pointers=[field.pointer for field in error.errors if _LOGGED.fullmatch(field.pointer)][:10],
        )
        return _refusal(error, event, trace_id)
    except Exception as error:  # noqa: BLE001 - the client gets a problem document whatever went wrong
        telemetry.failure("request_failed", error, route=event.get("routeKey"))
        telemetry.count("RequestsFailed")
        return _refusal(problems.unexpected(), event, trace_id)
    finally:
        telemetry.took("TimeToRead" if reads else "TimeToWrite")


def _answer(event: Event, context: Any, trace_id: str) -> Answer:
    operation, event = _operation(event)
    caller = requests.caller(event)
    if operation.scopes and not caller.scopes.intersection(operation.scopes):
        raise Forbidden(f"this needs the scope {' or '.join(operation.scopes)}")
    headers = requests.headers(event)
    path = requests.path_parameters(event, operation)
    query = requests.query(event, operation)
    key = requests.idempotency_key(headers, operation)
    if_match = requests.if_match(headers, operation)
    body, raw_body = _body(event, headers, operation)
    return operation.run(
        Call(
            container=container(),
            caller=caller,
            path=path,
            query=query,
            headers=headers,
            body=body,
            raw_body=raw_body,
            idempotency_key=key,
            if_match=if_match,
            trace_id=trace_id,
            route=operation.path,
            told=told_time.of_request(event),
            seconds_left=lambda: context.get_remaining_time_in_millis() / 1000,
        )
    )


def _operations() -> dict[str, Operation]:
    return {operation.key: operation for operation in REGISTRY}


def _operation(event: Event) -> tuple[Operation, Event]:
    """The operation and the event with its path parameters."""
    key, path = str(event.get("routeKey")), str(event.get("rawPath", ""))
    operation = _operations().get(key)
    if operation is not None:
        return operation, event
    if key.endswith("+}"):
        method, _, greedy = key.partition(" ")
        ((_, rest),) = (event.get("pathParameters") or {"": ""}).items()  # decoded, which rawPath may not be
        found = _with_slashes(method, greedy[: greedy.index("{")] + rest)
        if found is not None:
            return found[0], {**event, "pathParameters": found[1]}
    methods = tuple(sorted({o.method for o in REGISTRY if re.fullmatch(_pattern(o.path), path)}))
    if methods and event["requestContext"]["http"]["method"] not in methods:
        raise NotAllowed(methods)
    raise NotFound("there is nothing under this path")


def _with_slashes(method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
    """The operation of a path whose SKU or client's id holds slashes: the one that says most of it literally.

    If that one has other methods, the path is its, and nothing of that name: it could be created, but never read.
    """
    found = [
        (operation, match.groupdict())
        for operation in REGISTRY
        if (match := re.fullmatch(_greedy_pattern(operation.path), path))
    ]
    most = max((len(operation.path) for operation, _ in found), default=0)
    best = {operation.method: (operation, names) for operation, names in found if len(operation.path) == most}
    if best and method not in best:
        raise NotAllowed(tuple(sorted(best)))
    return best.get(method)


@cache
def _greedy_pattern(path: str) -> str:
    clients = "sku|supplier_id|line_id" + ("|id" if path.startswith("/v1/webhooks/") else "")  # the others are our own
    names = re.sub(rf"\\\{{({clients})\\\}}", r"(?P<\1>.+)", re.escape(path))
    return re.sub(r"\\\{([a-z_]+)\\\}", r"(?P<\1>[^/]+)", names)


@cache
def _pattern(path: str) -> str:
    return re.sub(r"\\\{[a-z_]+\\\}", "[^/]+", re.escape(path))


def _body(event: Event, headers: Mapping[str, str], operation: Operation) -> tuple[Any, Any]:
    """(what the operation reads, the parsed JSON)."""
    text = requests.text_body(event) if operation.method in {"POST", "PUT", "PATCH"} else ""
    if not text.strip():
        if operation.body is None and JSON in operation.media:
            return None, None
        if operation.method != "POST":  # a PUT of nothing would replace everything
            raise Malformed("a body is required")
        text = "{}" if JSON in operation.media else ""
    kind = requests.media_type(headers, operation)
    if kind != JSON:
        return text, None
    raw = requests.parse_json(text)
    return _validated(raw, operation), raw


def _validated(raw: Any, operation: Operation) -> Any:
    if not isinstance(raw, dict):
        raise Invalid.at("", "must be an object")
    if operation.body is None:
        if raw:
            raise Invalid.at(problems.pointer([next(iter(raw))]), "is not a field of this object")
        return None
    try:
        return operation.body.model_validate(raw)
    except ValidationError as error:
        raise problems.invalid_body(error) from None


def _response(answer: Answer) -> Response:
    headers = {**_HEADERS, **answer.headers}
    body = answer.body
    if isinstance(body, BaseModel):
        body = body.model_dump(mode="json")
    if body is None:
        return {"statusCode": answer.status, "headers": headers, "body": ""}
    if not isinstance(body, str):
        headers.setdefault("Content-Type", JSON)
        body = _dump(body)
    return {"statusCode": answer.status, "headers": headers, "body": body}


def _refusal(error: ServiceError, event: Event, trace_id: str) -> Response:
    operation = _operations().get(str(event.get("routeKey")))
    if operation is not None and operation.html and not pages.wants_json(given := requests.headers(event)):
        response = _response(pages.refused(error, given))
        return {**response, "headers": response["headers"] | _when_to_return(error)}
    document = problems.problem(error, path=str(event.get("rawPath", "")), trace_id=trace_id)
    headers = {**_HEADERS, "Content-Type": problems.MEDIA_TYPE, **_when_to_return(error)}
    if isinstance(error, NotAllowed):
        headers["Allow"] = ", ".join(error.methods)
    return {"statusCode": error.status, "headers": headers, "body": _dump(document)}


def _when_to_return(error: ServiceError) -> dict[str, str]:
    wait = problems.retry_after(error)
    return {} if wait is None else {"Retry-After": str(wait)}


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
