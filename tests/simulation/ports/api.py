"""The routes of the API without gateway, token and JSON: the same registry, contracts and use cases."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote

from pydantic import BaseModel, ValidationError

from functions.api import routes
from shared.kernel.errors import NotFound, ServiceError
from shared.runtime import problems, telemetry, told_time
from shared.runtime.container import container
from shared.runtime.http import REGISTRY, Answer, Call, Caller, Operation, Scope
from tests.simulation.client import Ask

routes.load_all()

_SCOPES: Mapping[str, frozenset[Scope]] = {
    "s": frozenset({"storefront"}),
    "o": frozenset({"operations"}),
    "c": frozenset(),
}


def serve(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Status, body and headers of the answer to `event["ask"]`."""
    try:
        answer = _answered(event["ask"], told_time.of_request(event), context)
    except ServiceError as error:
        body = {"type": f"urn:backorders:problem:{error.code}", "detail": error.detail}
        return {"statusCode": error.status, "body": body, "headers": {}}
    except Exception as error:  # noqa: BLE001 - as the door does
        telemetry.failure("request_failed", error)
        return {"statusCode": 500, "body": {"type": "urn:backorders:problem:internal"}, "headers": {}}
    shown = answer.body.model_dump(mode="json") if isinstance(answer.body, BaseModel) else answer.body
    return {"statusCode": answer.status, "body": shown, "headers": dict(answer.headers)}


def _answered(ask: Ask, told: datetime | None, context: Any) -> Answer:
    path, _, query = ask.path.partition("?")
    operation, names = _found(ask.method, path)
    return operation.run(
        Call(
            container=container(),
            caller=Caller(client=f"client-{ask.who}", scopes=_SCOPES[ask.who]),
            path=names,
            query=dict(parse_qsl(query)),
            headers={},
            body=_body(ask, operation),
            raw_body=ask.body,
            idempotency_key=ask.key,
            if_match=ask.version,
            route=operation.path,
            told=told,
            trace_id=context.aws_request_id,
            seconds_left=lambda: context.get_remaining_time_in_millis() / 1000,
        )
    )


def _body(ask: Ask, operation: Operation) -> Any:
    if operation.body is None or ask.method == "GET":
        return None
    if ask.who == "c":
        return ask.body
    try:
        return operation.body.model_validate(ask.body)
    except ValidationError as error:
        raise problems.invalid_body(error) from None


def _found(method: str, path: str) -> tuple[Operation, dict[str, str]]:
    for pattern, operation in _patterns(method):
        match = pattern.fullmatch(path)
        if match is not None:
            return operation, {name: unquote(value) for name, value in match.groupdict().items()}
    raise NotFound("there is nothing under this path")


@cache
def _patterns(method: str) -> list[tuple[re.Pattern[str], Operation]]:
    """Literal paths first."""
    known = sorted((o for o in REGISTRY if o.method == method), key=lambda o: o.path.count("{"))
    return [(re.compile(re.sub(r"\\\{([a-z_]+)\\\}", r"(?P<\1>[^/]+)", re.escape(o.path))), o) for o in known]
