"""The HTTP door's own vocabulary: who calls, with what, and what is answered.

Route modules in `functions/api/` register their operations with `operation`; the handler dispatches to them, and the
OpenAPI document and the stack's routes are checked against the same registry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote

from pydantic import BaseModel

from shared.runtime.container import Container

Scope = Literal["storefront", "operations"]
S: tuple[Scope, ...] = ("storefront",)
O: tuple[Scope, ...] = ("operations",)  # noqa: E741 - the contract's own letter
SO: tuple[Scope, ...] = ("storefront", "operations")
PUBLIC: tuple[Scope, ...] = ()


JSON = "application/json"
HTML = "text/html"


@dataclass(frozen=True)
class Caller:
    """Who calls, from the verified token: `client` is its client id, `scopes` without the server's prefix."""

    client: str
    scopes: frozenset[str]

    @property
    def operations(self) -> bool:
        return "operations" in self.scopes

    @property
    def actor(self) -> str:
        """Name in the audit trail."""
        return f"{'operations' if self.operations else 'storefront'}:{self.client}"


@dataclass(frozen=True)
class Call:
    """One request, read and checked.

    path             parameters, decoded
    query            only names the operation declares, each once
    body             an instance of the operation's model; the decoded text where the operation takes other media
    raw_body         the parsed JSON, for digests
    idempotency_key  always there on POST under /v1
    if_match         version in `If-Match`; -1 for a tag that none of ours can be; None when absent
    trace_id         the gateway's request id
    route            the operation's path, e.g. `/v1/items/{sku}`
    told             when the gateway took the request, by its clock; None if nobody knows
    seconds_left     how long this invocation may still take, by the function's own timeout
    """

    container: Container
    caller: Caller
    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any
    raw_body: Any = None
    idempotency_key: str | None = None
    if_match: int | None = None
    trace_id: str = ""
    route: str = ""
    told: datetime | None = None
    seconds_left: Callable[[], float] = lambda: 25.0


@dataclass(frozen=True)
class Answer:
    """Status, body and extra headers (`ETag`, `Location`, `Idempotency-Replayed`, ...).

    A pydantic model or plain JSON value is sent as JSON; a text is sent as it is, under the `Content-Type` given in
    the headers; None is no body.
    """

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Operation:
    """One row of the contract."""

    method: str
    path: str
    scopes: tuple[Scope, ...]
    run: Callable[[Call], Answer]
    body: type[BaseModel] | None
    answers: Mapping[int, type[BaseModel] | None]
    query: tuple[str, ...]
    summary: str
    needs_if_match: bool = False
    media: tuple[str, ...] = (JSON,)
    html: bool = False

    @property
    def key(self) -> str:
        """The gateway's route key."""
        return f"{self.method} {self.path}"

    @property
    def needs_idempotency_key(self) -> bool:
        return self.method == "POST" and self.path.startswith("/v1/")


REGISTRY: list[Operation] = []


def operation(
    method: str,
    path: str,
    *,
    scopes: tuple[Scope, ...],
    summary: str,
    body: type[BaseModel] | None = None,
    answers: Mapping[int, type[BaseModel] | None],
    query: tuple[str, ...] = (),
    needs_if_match: bool = False,
    media: tuple[str, ...] = (JSON,),
    html: bool = False,
) -> Callable[[Callable[[Call], Answer]], Callable[[Call], Answer]]:
    """Register a function as the operation of one row of the contract.

    Without `body` a request must have none (or `{}`), unless `media` names what else it takes; that arrives as text.
    `html` marks what people see in a browser: pages, refusals included.
    """

    def register(run: Callable[[Call], Answer]) -> Callable[[Call], Answer]:
        row = Operation(method, path, scopes, run, body, answers, query, summary, needs_if_match, media, html)
        REGISTRY.append(row)
        return run

    return register


def etag(version: int) -> str:
    """The `ETag` of a resource's version."""
    return f'"{version}"'


def link(path: str, **names: str) -> str:
    """A path of the contract with its parameters filled in and percent-encoded, for `Location` and `links`."""
    return path.format_map({name: quote(value, safe="") for name, value in names.items()})
