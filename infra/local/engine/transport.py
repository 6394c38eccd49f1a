"""Puts an engine where botocore would open a socket.

The patch sits below botocore's retry loop and above the network: signing, retries, time-outs and parsing are
botocore's own, and no byte leaves the process. `install(engine, direct=True)` puts it in the place of all of that.
Answers and errors are the same either way.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Protocol
from urllib.parse import urlsplit

from botocore.awsrequest import AWSResponse
from botocore.client import BaseClient
from botocore.httpsession import URLLib3Session

from infra.local.engine.aws import Engine
from infra.local.engine.caller import current_caller
from infra.local.engine.direct import direct_call
from infra.local.engine.errors import ServiceError, UnsupportedRequestError
from infra.local.engine.service import Answer, Params

__all__ = ["current_caller", "install", "installed", "uninstall"]

_SERVICES = {
    "DynamoDB_20120810": "dynamodb",
    "AmazonSQS": "sqs",
    "AWSEvents": "events",
    "secretsmanager": "secretsmanager",
}
_REST_OPERATIONS = {("email", "POST", "/v2/email/outbound-emails"): ("sesv2", "SendEmail")}
_REST_SERVICES = frozenset(service for service, _ in _REST_OPERATIONS.values())
_SERVER_ERROR = 500
_SHAPE_PREFIX = {
    "dynamodb": "com.amazonaws.dynamodb.v20120810#",
    "sqs": "com.amazonaws.sqs#",
}
_network_send = URLLib3Session.send
_Client: Any = BaseClient  # the method that makes a call is missing in the stubs
_whole_call = _Client._make_api_call
_installed: Engine | None = None


class PreparedRequest(Protocol):
    """What this module reads of botocore's AWSPreparedRequest."""

    method: str
    url: str
    headers: Any
    body: Any


def install(engine: Engine, *, direct: bool = False) -> None:
    """Let every botocore client of the process, existing or new, talk to this engine; `direct` skips what botocore
    does on the way (see `direct.py` for what that leaves out)."""
    global _installed
    _installed = engine
    _replace_call(direct_call(engine) if direct else _whole_call)

    def send(_session: object, request: PreparedRequest) -> AWSResponse:
        return respond(engine, request)

    _replace_send(send)


def uninstall() -> None:
    """Give the network back to botocore."""
    global _installed
    _installed = None
    _replace_call(_whole_call)
    _replace_send(_network_send)


def installed() -> Engine | None:
    """The engine botocore talks to, or None for the network."""
    return _installed


def respond(engine: Engine, request: PreparedRequest) -> AWSResponse:
    """The engine's HTTP response to a prepared request. What the engine cannot do raises
    UnsupportedRequestError through the client; hooks may raise anything."""
    service, operation, params = _parse(request)
    try:
        answer = engine.request(service, operation, params)
    except ServiceError as error:
        return _refusal(request.url, service, error)
    return _response(request.url, 200, {}, answer)


def _parse(request: PreparedRequest) -> tuple[str, str, Params]:
    target = request.headers.get("X-Amz-Target")
    if target is not None:
        text = target.decode() if isinstance(target, bytes) else target
        prefix, _, operation = text.rpartition(".")
        if prefix not in _SERVICES:
            raise UnsupportedRequestError(f"{text} is not part of the local engine")
        return _SERVICES[prefix], operation, json.loads(request.body)
    parts = urlsplit(request.url)
    host = (parts.hostname or "").split(".")[0]
    found = _REST_OPERATIONS.get((host, request.method, parts.path))
    if found is None:
        raise UnsupportedRequestError(f"{request.method} {request.url} is not part of the local engine")
    return *found, json.loads(request.body)


def _refusal(url: str, service: str, error: ServiceError) -> AWSResponse:
    body: Answer = {"message": error.message} | error.extra
    headers: dict[str, str] = {}
    if service in _REST_SERVICES:
        headers["x-amzn-errortype"] = error.shape
    else:
        body |= {"__type": _SHAPE_PREFIX.get(service, "") + error.shape, "Message": error.message}
    if service == "sqs":
        headers["x-amzn-query-error"] = f"{error.code};{'Receiver' if error.status >= _SERVER_ERROR else 'Sender'}"
    return _response(url, error.status, headers, body)


def _response(url: str, status: int, headers: Any, answer: Answer) -> AWSResponse:
    content = json.dumps(answer, separators=(",", ":"), ensure_ascii=False).encode()
    headers |= {
        "Content-Type": "application/json",
        "Content-Length": str(len(content)),
        "x-amzn-RequestId": "00000000-0000-4000-8000-000000000000",
    }
    response = AWSResponse(url, status, headers, _Body(content))
    response.content  # noqa: B018 - as botocore does: the body is read before the response is handed over
    return response


class _Body:
    """The part of urllib3's response that AWSResponse reads."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self) -> Iterator[bytes]:
        yield self._content


def _replace_send(send: Any) -> None:
    URLLib3Session.send = send  # type: ignore[method-assign]


def _replace_call(call: Any) -> None:
    _Client._make_api_call = call
