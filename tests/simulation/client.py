"""A client of the service: it asks, and takes what it hears for what it is: done, refused, or unknown."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from infra.local.http_messages import Request, Response
from infra.local.world import World
from tests.simulation.trace import Trace, mark, short

Outcome = Literal["ok", "fail", "unknown"]
Who = Literal["s", "o", "c"]
"""A storefront, an operator, or a customer, who has no token but a link and sends forms."""

_SCOPES = {"s": ("storefront",), "o": ("operations",)}
_FORM = "application/x-www-form-urlencoded"
_IN_PROGRESS = "urn:backorders:problem:in-progress"


@dataclass(frozen=True)
class Ask:
    """One request. A POST has a key, a PATCH the version it was made for; a customer's body is the text of a form."""

    who: Who
    method: str
    path: str
    body: Any = None
    key: str | None = None
    version: int | None = None


@dataclass(frozen=True)
class Reply:
    outcome: Outcome
    status: int
    body: Any
    replayed: bool = False


Then = Callable[[Reply], object]


@dataclass
class Pending:
    """A request whose outcome the client does not know yet."""

    ask: Ask
    then: Then


@dataclass
class Client:
    """`nested`: it speaks in the middle of somebody else's call, so the clock stands still."""

    world: World
    trace: Trace
    nested: int = 0
    unknown: list[Pending] = field(default_factory=list)
    history: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    on_answer: Callable[[Any], object] = lambda _: None
    _tokens: dict[str, str] = field(default_factory=dict)

    def ask(self, ask: Ask, then: Then, tries: int = 1) -> Reply:
        """Ask, again under the same key while the outcome is unknown; what stays unknown is asked again later."""
        for _ in range(tries):
            reply = self.send(ask)
            if reply.outcome != "unknown":
                break
        if reply.outcome == "unknown" and ask.method == "POST" and ask.who != "c":
            self.unknown.append(Pending(ask, then))
        then(reply)
        return reply

    def get(self, who: Who, path: str) -> Any:
        """What is there; None if there is nothing or nobody answers."""
        reply = self.send(Ask(who, "GET", path))
        return reply.body if reply.outcome == "ok" else None

    def send(self, ask: Ask) -> Reply:
        """One try."""
        status, body, replayed = self.exchange(ask)
        reply = Reply(_outcome(status, body), status, body, replayed)
        if reply.status >= 500:
            self.failed.append(f"{ask.method} {ask.path}: {reply.status} {short(body)}")
        self.trace.add("http", ask.method, ask.path, str(reply.status), mark(body))
        self.on_answer(body)
        if ask.method != "GET":
            self._note(ask, reply)
        return reply

    def exchange(self, ask: Ask) -> tuple[int, Any, bool]:
        """Status, body, and whether it is the answer to an earlier request."""
        headers = {"idempotency-key": ask.key} if ask.key else {}
        if ask.version is not None:
            headers["if-match"] = f'"{ask.version}"'
        if ask.who == "c":
            form = (ask.body or "").encode()
            request = Request.of(ask.method, ask.path, body=form, headers={"content-type": _FORM} if form else {})
        else:
            request = Request.of(ask.method, ask.path, json=ask.body, headers=headers, token=self._token(ask.who))
        response = self.world.gateway.handle(request) if self.nested else self.world.handle(request)
        named = {name.lower(): value for name, value in response.headers}
        return response.status, _read(response, named), "idempotency-replayed" in named

    def ask_again(self) -> None:
        """Every request whose outcome is unknown, once more."""
        waiting, self.unknown = self.unknown, []
        for pending in waiting:
            reply = self.send(pending.ask)
            if reply.outcome == "unknown":
                self.unknown.append(pending)
            pending.then(reply)

    def _token(self, who: str) -> str:
        if who not in self._tokens:
            self._tokens[who] = self.world.token(*_SCOPES[who], client=f"client-{who}")
        return self._tokens[who]

    def _note(self, ask: Ask, reply: Reply) -> None:
        shown = short(ask.body) if ask.body is not None else ""
        shown = shown if len(shown) < 300 else shown[:300] + "..."
        inside = "  (in between) " if self.nested else ""
        key = f" [{ask.key}]" if ask.key else ""
        self.history.append(f"{inside}{ask.method} {ask.path}{key} {shown} -> {reply.status} {reply.outcome}")


def _read(response: Response, named: Mapping[str, str]) -> Any:
    if "html" in named.get("content-type", ""):
        return response.text
    return json.loads(response.body) if response.body else None


def _outcome(status: int, body: Any) -> Outcome:
    if status < 300:
        return "ok"
    in_progress = isinstance(body, dict) and body.get("type") == _IN_PROGRESS
    return "unknown" if status >= 500 or in_progress else "fail"
