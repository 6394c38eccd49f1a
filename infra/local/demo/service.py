"""The service as its clients see it: requests with tokens and idempotency keys, and the clock of the local runner."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import quote, urlencode

from infra.local.control import PREFIX, Control, mails
from infra.local.http_messages import Request, Response
from infra.local.world import World

Json = dict[str, Any]
Scope = Literal["storefront", "operations"]

CLIENT = "demo-shop"
_TRIES = 5
_TRY_AGAIN = frozenset({429, 503})


class UnexpectedAnswerError(Exception):
    """The service answered as it should not have."""


class RefusedError(UnexpectedAnswerError):
    """The service said no; `problem` is what it said."""

    def __init__(self, method: str, path: str, status: int, problem: Json) -> None:
        super().__init__(f"{method} {path}: {status} {problem.get('detail') or problem}")
        self.status = status
        self.problem = problem

    @property
    def pointers(self) -> list[str]:
        """The fields that the refusal names."""
        return [error["pointer"] for error in self.problem.get("errors", [])]


class Stopwatch:
    """Wall seconds per phase."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.calls: Counter[str] = Counter()

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] += time.perf_counter() - began
            self.calls[name] += 1


class Service:
    """HTTP without a socket: every call goes through the gateway of the template, token and all."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._control = Control(world)
        self.watch = Stopwatch()
        self._tokens = {scope: self._token(scope) for scope in ("storefront", "operations")}

    def _token(self, scope: str) -> str:
        return str(self.control("POST", "token", {"scopes": [scope], "client": CLIENT})["token"])

    @property
    def now(self) -> datetime:
        return self._world.clock.now()

    def control(self, method: str, name: str, body: Json | None = None) -> Any:
        """A request to the local control endpoints."""
        response = self._control.handle(Request.of(method, PREFIX + name, json=body))
        if response.status != 200:
            raise RefusedError(method, PREFIX + name, response.status, response.json())
        return response.json()

    def advance(self, duration: timedelta) -> None:
        """Let virtual time pass; what falls due happens, then the service settles."""
        with self.watch.phase("advance"):
            self.control("POST", "clock", {"advance": f"PT{duration.total_seconds():.6f}S"})

    def settle(self) -> None:
        with self.watch.phase("settle"):
            self.control("POST", "settle")

    def get(self, path: str, *parts: str, scope: Scope = "operations", **query: str | int) -> Json:
        """The resource at `path`, whose `{}` are filled with the percent-encoded parts."""
        target = path.format(*(quote(part, safe="") for part in parts)) + (f"?{urlencode(query)}" if query else "")
        found: Json = self._call("GET", target, scope=scope, phase=f"GET {path}").json()
        return found

    def pages(self, path: str, scope: Scope = "operations", **query: str | int) -> Iterator[Json]:
        """Every item of a list, page by page."""
        while True:
            page = self.get(path, scope=scope, **query)
            yield from page["items"]
            if page["next_cursor"] is None:
                return
            query["cursor"] = page["next_cursor"]

    def post(self, path: str, *parts: str, body: Json, key: str, scope: Scope = "operations") -> Response:
        target = path.format(*(quote(part, safe="") for part in parts))
        headers = {"idempotency-key": key}
        return self._call("POST", target, scope=scope, phase=f"POST {path}", body=body, headers=headers)

    def put(self, path: str, *parts: str, body: Json) -> Response:
        target = path.format(*(quote(part, safe="") for part in parts))
        return self._call("PUT", target, scope="operations", phase=f"PUT {path}", body=body)

    def patch(self, path: str, *parts: str, body: Json, version: int, scope: Scope = "storefront") -> Response:
        target = path.format(*(quote(part, safe="") for part in parts))
        headers = {"if-match": f'"{version}"'}
        return self._call("PATCH", target, scope=scope, phase=f"PATCH {path}", body=body, headers=headers)

    def mails(self, after: int) -> list[Json]:
        """The mails behind the first so many, oldest first, as their readers see them."""
        return mails(self._world, after)

    def page(self, path: str, form: dict[str, str] | None = None) -> Response:
        """A page that people see, or with `form` what they send from it. 409 is an answer that pages give."""
        if form is None:
            method, body, headers = "GET", None, None
        else:
            method, body = "POST", urlencode(form).encode()
            headers = {"content-type": "application/x-www-form-urlencoded"}
        with self.watch.phase(f"{method} {path[:3]}{{}}"):
            answer = self._world.http(method, path, body=body, headers=headers)
        if answer.status not in {200, 409}:
            raise UnexpectedAnswerError(f"{method} {path[:3]}...: {answer.status}")
        return answer

    def _call(
        self,
        method: str,
        target: str,
        *,
        scope: Scope,
        phase: str,
        body: Json | None = None,
        headers: dict[str, str] | None = None,
    ) -> Response:
        with self.watch.phase(phase):
            for _ in range(_TRIES):
                response = self._world.http(method, target, json=body, headers=headers, token=self._tokens[scope])
                if response.status not in _TRY_AGAIN:
                    break
        if response.status >= 300:
            raise RefusedError(method, target, response.status, response.json())
        return response
