"""HTTP requests and responses as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from json import dumps, loads
from typing import Any


@dataclass(frozen=True)
class Request:
    """A request; `target` is path and query as sent (percent-encoded), header names are as sent, `scheme` is what
    the client used."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    source_ip: str = "127.0.0.1"
    scheme: str = "https"

    @classmethod
    def of(
        cls,
        method: str,
        target: str,
        *,
        json: Any = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        token: str | None = None,
    ) -> Request:
        """A request from convenient parts; `json` becomes the body and its content type."""
        given = {name.lower(): value for name, value in (headers or {}).items()}
        if json is not None:
            body = dumps(json).encode()
            given.setdefault("content-type", "application/json")
        if token is not None:
            given["authorization"] = f"Bearer {token}"
        if body:
            given["content-length"] = str(len(body))
        return cls(method, target, tuple(given.items()), body or b"")

    @property
    def raw_path(self) -> str:
        """The path as sent."""
        return self.target.partition("?")[0]

    @property
    def raw_query(self) -> str:
        """The query as sent, without the question mark."""
        return self.target.partition("?")[2].partition("#")[0]

    def lower_headers(self) -> dict[str, str]:
        """Headers by lower-case name; repeated ones joined by commas, as the gateway does."""
        joined: dict[str, str] = {}
        for name, value in self.headers:
            key = name.lower()
            joined[key] = f"{joined[key]},{value}" if key in joined else value
        return joined


@dataclass(frozen=True)
class Response:
    """A response. Cookies are `set-cookie` headers, one each."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The first header of this name, whatever its case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def text(self) -> str:
        """The body as UTF-8 text."""
        return self.body.decode()

    def json(self) -> Any:
        """The body read as JSON."""
        return loads(self.body)


def json_response(status: int, value: Any, headers: tuple[tuple[str, str], ...] = ()) -> Response:
    """A response with a JSON body."""
    body = dumps(value, ensure_ascii=False).encode()
    return Response(status, (("content-type", "application/json"), *headers), body)


def problem(status: int, title: str, detail: str) -> Response:
    """An RFC 9457 problem document."""
    body = dumps({"type": "about:blank", "title": title, "status": status, "detail": detail}).encode()
    return Response(status, (("content-type", "application/problem+json"),), body)
