"""The HTTP API as a tool of the operator calls it: on this machine, or of a deployed stack.

A token comes from the environment: TOKEN itself, or CLIENT_ID, CLIENT_SECRET and TOKEN_URL (OAuth client credentials,
the endpoint that the stack prints). A service on this machine gives one itself. It goes over TLS only.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlencode, urlsplit

Json = dict[str, Any]

JSON = "application/json"
OPERATIONS = "backorders/operations"
HERE = f"http://127.0.0.1:{os.environ.get('PORT') or '8080'}"
"""Where `make run` answers."""

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_SECONDS = 60
_TRIES = 4
_LONGEST_WAIT = 10
_BUSY = (429, 502, 503, 504)


class Trouble(Exception):
    """What keeps a command from being done, in words for the operator; `code` and `field` for programs."""

    code = "trouble"
    field: str | None = None


class Refused(Trouble):
    """The service said no. `status` and `answer` are its problem document, or the gateway's `{"message"}`."""

    def __init__(self, status: int, answer: Json) -> None:
        self.status, self.answer = status, answer
        super().__init__("; ".join(reasons(status, answer)))
        self.code = str(answer.get("type", "")).rpartition(":")[2] or f"http-{status}"
        self.field = next((error["pointer"] for error in answer.get("errors", []) if error["pointer"]), None)


def reasons(status: int, answer: Json) -> Iterator[str]:
    """What a refusal says, first as a whole and then field by field; once, where the whole is about one field."""
    whole = str(answer.get("detail") or answer.get("message") or f"refused with {status}")
    yield whole
    for error in answer.get("errors", []):
        if f"{error['pointer']}: {error['detail']}" == whole:
            continue
        row = f"row {error['row']}: " if "row" in error else ""
        yield f"{row}{error['pointer']} {error['detail']}".strip()


@dataclass(frozen=True)
class Reply:
    """Status, JSON body and headers (by lower-case name)."""

    status: int
    body: Json
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        return self.status < http.client.MULTIPLE_CHOICES


@dataclass(frozen=True)
class Service:
    """One service and the token to talk to it."""

    url: SplitResult
    token: str = ""

    @property
    def name(self) -> str:
        return self.url.geturl()

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Json:
        """A JSON request and what was answered. Raises Refused, Trouble."""
        reply = self.reply(method, path, body, **headers)
        if not reply.good:
            raise Refused(reply.status, reply.body)
        return reply.body

    def reply(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """A JSON request, whatever was answered; repeated under the same key while the service is busy."""
        given = {name.replace("_", "-"): value for name, value in headers.items()} | {"Content-Type": JSON}
        if method == "POST":
            given.setdefault("Idempotency-Key", str(uuid.uuid4()))
        data = b"" if body is None else json.dumps(body).encode()
        for attempt in range(1, _TRIES + 1):
            reply = self.send(method, path, data, given)
            again = reply.status in _BUSY or (reply.status == http.client.CONFLICT and "retry-after" in reply.headers)
            if not again or attempt == _TRIES:
                break
            time.sleep(min(_LONGEST_WAIT, _number(reply.headers.get("retry-after"), attempt)))
        return reply

    def send(self, method: str, path: str, data: bytes, headers: Mapping[str, str]) -> Reply:
        """One request as it is. Raises Trouble when nothing sensible comes back."""
        given = dict(headers) | ({"Authorization": f"Bearer {self.token}"} if self.token else {})
        kind = http.client.HTTPSConnection if self.url.scheme == "https" else http.client.HTTPConnection
        connection = kind(self.url.hostname or "", self.url.port, timeout=_SECONDS)
        try:
            connection.request(method, self.url.path.rstrip("/") + path, data, given)
            answer = connection.getresponse()
            known = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(answer.status, json.loads(answer.read() or b"{}"), known)
        except ConnectionRefusedError as error:
            here = ": is `make run` running?" if self.url.hostname in _LOOPBACK else ""
            raise Trouble(f"{self.name} does not answer ({error}){here}") from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Trouble(f"{self.name} does not answer as it should: {type(error).__name__}") from None
        finally:
            connection.close()


def connect(address: str) -> Service:
    """A service with a token for operations. Raises Trouble when there is none, or it would leave in the clear."""
    url = urlsplit(address)
    local = url.scheme == "http" and url.hostname in _LOOPBACK
    if url.scheme != "https" and not local:
        raise Trouble("the address must begin with https://, or be this machine's")
    token = os.environ.get("TOKEN", "") or _by_credentials() or (_local_token(url) if local else "")
    if not token:
        raise Trouble(
            f"TOKEN must hold a token with the scope {OPERATIONS}, or CLIENT_ID, CLIENT_SECRET and TOKEN_URL"
            " say how to get one"
        )
    return Service(url, token)


def _local_token(url: SplitResult) -> str:
    reply = Service(url).send("POST", "/_local/token", b'{"scopes": ["operations"]}', {"Content-Type": JSON})
    return str(reply.body.get("token", ""))


def _by_credentials() -> str:
    """A token for the client of the environment; empty if it names none. Raises Trouble."""
    names = ("CLIENT_ID", "CLIENT_SECRET", "TOKEN_URL")
    client, secret, address = (os.environ.get(name, "") for name in names)
    if not client and not secret:
        return ""
    if not (client and secret and address):
        raise Trouble(f"{', '.join(names)} belong together")
    url = urlsplit(address)
    if url.scheme != "https" and url.hostname not in _LOOPBACK:
        raise Trouble("TOKEN_URL must begin with https://")
    basic = base64.b64encode(f"{client}:{secret}".encode()).decode()
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": f"Basic {basic}"}
    form = urlencode({"grant_type": "client_credentials", "scope": OPERATIONS}).encode()
    reply = Service(url).send("POST", "", form, headers)
    if not reply.good or "access_token" not in reply.body:
        raise Trouble(f"{address} gave no token: {reply.body.get('error') or reply.status}")
    return str(reply.body["access_token"])


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text is not None and text.isdecimal() else otherwise
