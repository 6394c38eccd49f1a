"""The local control endpoints under `/_local/`. They exist on this machine only; the stack knows nothing of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from infra.local import pages
from infra.local.authorizer import TOKEN_LIFETIME
from infra.local.dashboards.page import boards, dashboard_page
from infra.local.dead_letters import dead_letter_queues, dead_letters, note_redrive, redrive
from infra.local.durations import parse_duration
from infra.local.http_messages import Request, Response, json_response, problem
from infra.local.template import TemplateError
from infra.local.timeline import Progress
from infra.local.world import World
from shared.audit import check_table
from shared.kernel.clock import iso

PREFIX = "/_local"


def is_control(request: Request) -> bool:
    """Whether a request is for the runner and not for the service."""
    return request.raw_path == PREFIX or request.raw_path.startswith(f"{PREFIX}/")


class BadInputError(Exception):
    """The control request cannot be understood; the text says why."""


class Control:
    """Answers the control requests of one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._endpoints: dict[tuple[str, str], Callable[[Request], Response]] = {
            ("GET", ""): lambda _: _page(pages.front_page(world)),
            ("GET", "mailbox"): lambda _: _page(pages.mailbox_page(mails(world))),
            ("GET", "dashboard"): partial(self._dashboard, next(iter(boards(world)), "")),
            **{("GET", f"dashboard/{name}"): partial(self._dashboard, name) for name in boards(world)},
            ("POST", "widget-action"): self._widget_action,
            ("GET", "ready"): lambda _: json_response(200, {"now": iso(world.clock.now())}),
            ("GET", "mail"): lambda _: json_response(200, mails(world)),
            ("GET", "metrics"): lambda _: json_response(200, {"items": world.output.metrics.as_json()}),
            ("GET", "dead-letters"): lambda _: json_response(200, {"items": list(dead_letters(world))}),
            ("GET", "dead-letter-queues"): lambda _: json_response(200, {"items": list(dead_letter_queues(world))}),
            ("POST", "redrive"): self._redrive,
            ("POST", "note-redrive"): self._note_redrive,
            ("GET", "events"): lambda _: json_response(200, {"items": events(world)}),
            ("GET", "webhooks"): lambda _: json_response(200, {"items": webhooks(world)}),
            ("GET", "logs"): self._logs,
            ("POST", "token"): self._token,
            ("POST", "clock"): self._clock,
            ("POST", "settle"): self._settle,
            ("POST", "invariants"): lambda _: json_response(200, {"violations": violations(world)}),
        }

    def handle(self, request: Request) -> Response:
        """Answer a request that `is_control`."""
        name = request.raw_path.removeprefix(PREFIX).removeprefix("/")
        endpoint = self._endpoints.get((request.method, name))
        if endpoint is None:
            allowed = [method for method, known in self._endpoints if known == name]
            if allowed:
                return problem(405, "Method Not Allowed", f"{name} answers {' and '.join(allowed)}")
            return problem(404, "Not Found", f"there is no control endpoint {request.raw_path}")
        try:
            with self._world.lock:
                return endpoint(request)
        except BadInputError as error:
            return problem(400, "Bad Request", str(error))

    def _dashboard(self, name: str, request: Request) -> Response:
        if not name:
            return _page(pages.document("Dashboards", "<p>The stack has none.</p>"))
        try:
            return _page(dashboard_page(self._world, name, dict(parse_qsl(request.raw_query)).get("range")))
        except ValueError as error:
            raise BadInputError(f"range: {error}") from error

    def _widget_action(self, request: Request) -> Response:
        """What the button of a custom widget calls, answered with what that says."""
        given = dict(parse_qsl((request.body or b"").decode("utf-8", "replace")))
        try:
            function, event = self._world.lambdas.find(given["endpoint"]), json.loads(given["event"])
        except (KeyError, ValueError, TemplateError) as error:
            raise BadInputError("endpoint is the ARN of a function and event is JSON") from error
        outcome = self._world.lambdas.invoke(function, event)
        if outcome.error is not None:
            return problem(502, "The function failed", str(outcome.error))
        self._world.settle()
        return _page(pages.document("Done", str(outcome.value)))

    def _token(self, request: Request) -> Response:
        body = _body(request, {"scopes", "client", "ttl"})
        scopes, client, ttl = body.get("scopes"), body.get("client", "local-shop"), body.get("ttl")
        if not isinstance(scopes, list) or not all(isinstance(scope, str) for scope in scopes):
            raise BadInputError('scopes is a list of "storefront" and "operations"')
        if not isinstance(client, str) or not client:
            raise BadInputError("client is a name")
        lifetime = TOKEN_LIFETIME if ttl is None else _duration(ttl, "ttl")
        try:
            return json_response(200, {"token": self._world.token(*scopes, client=client, lifetime=lifetime)})
        except ValueError as error:
            raise BadInputError(str(error)) from error

    def _clock(self, request: Request) -> Response:
        body = _body(request, {"advance"})
        return _progress(self._world.advance(_duration(body.get("advance"), "advance")))

    def _settle(self, request: Request) -> Response:
        _body(request, set())
        return _progress(self._world.settle())

    def _redrive(self, request: Request) -> Response:
        body = _body(request, {"queue", "only"})
        queue, only = body.get("queue"), body.get("only")
        if not isinstance(queue, str):
            raise BadInputError("queue is the name of a dead-letter queue")
        if only is not None and not (isinstance(only, list) and all(isinstance(id_, str) for id_ in only)):
            raise BadInputError("only is a list of message ids")
        try:
            return json_response(200, {"moved": redrive(self._world, queue, only)})
        except LookupError as error:
            raise BadInputError(str(error)) from error

    def _note_redrive(self, request: Request) -> Response:
        body = _body(request, {"queue", "only", "reason"})
        queue, only, reason = (body.get(name) for name in ("queue", "only", "reason"))
        if not (isinstance(queue, str) and isinstance(reason, str) and isinstance(only, list)):
            raise BadInputError("queue is the name of a dead-letter queue, only a list of message ids, reason a text")
        try:
            note_redrive(self._world, queue, only, reason)
        except LookupError as error:
            raise BadInputError(str(error)) from error
        return json_response(200, {})

    def _logs(self, request: Request) -> Response:
        query = dict(parse_qsl(request.raw_query))
        lines = [
            {"at": iso(line.at), "function": line.function, "request_id": line.request_id, "line": line.line}
            for line in self._world.output.lines
            if query.get("function", line.function) == line.function and query.get("about", "") in line.line
        ]
        limit = query.get("limit", "1000")
        if not limit.isdecimal():
            raise BadInputError("limit is a number of lines")
        return json_response(200, {"items": lines[max(len(lines) - int(limit), 0) :]})


def mails(world: World, after: int = 0) -> list[dict[str, Any]]:
    """Every mail that was sent but the first so many, oldest first, as the mailbox shows it."""
    return [
        {
            "to": ", ".join(mail["to"]),
            "kind": mail["tags"].get("kind"),
            "locale": mail["tags"].get("locale"),
            "subject": mail["subject"],
            "text": mail["text"],
            "html": mail["html"],
            "sent_at": iso(mail["sent_at"]),
            "backorder_id": mail["tags"].get("backorder_id"),
            "purchase_order_id": mail["tags"].get("purchase_order_id"),
            "headers": mail["headers"],
            "attachments": [_attachment(one) for one in mail["attachments"]],
        }
        for mail in world.engine.ses.mailbox[after:]
    ]


def _attachment(attachment: dict[str, Any]) -> dict[str, Any]:
    """All of ours are text; a byte order mark is not shown."""
    data = attachment["data"]
    text = data if isinstance(data, str) else data.decode("utf-8-sig", "replace")
    return {"file_name": attachment["file_name"], "content_type": attachment["content_type"], "text": text}


def events(world: World) -> list[dict[str, Any]]:
    """Every event that was published, oldest first, with its bus."""
    return [{"bus": event.bus, **event.envelope} for event in world.engine.events.published]


def webhooks(world: World) -> list[dict[str, Any]]:
    """Every request that a webhook's receiver got, oldest first."""
    return [
        {"at": iso(one.at), "url": one.url, "headers": one.headers, "body": one.body.decode(), "status": one.status}
        for one in world.receivers.received
    ]


def violations(world: World) -> list[Any]:
    """What is wrong in the table by the service's own audit. While work is on its way only what is wrong at any time:
    the counters are still on their way, too."""
    found: list[Any] = []
    settled = not world.timeline.busy
    for table in world.template.of_type("AWS::DynamoDB::Table"):
        found += check_table(world.engine.dynamodb.table(table.name).items(), settled=settled)
    return found


def _body(request: Request, known: set[str]) -> dict[str, Any]:
    try:
        body = json.loads(request.body or b"{}")
    except ValueError as error:
        raise BadInputError(f"the body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise BadInputError("the body is a JSON object")
    if unknown := sorted(body.keys() - known):
        raise BadInputError(f"unknown members {unknown}")
    return body


def _duration(value: Any, name: str) -> Any:
    if not isinstance(value, str):
        raise BadInputError(f'{name} is an ISO 8601 duration such as "PT36H"')
    try:
        return parse_duration(value)
    except ValueError as error:
        raise BadInputError(f"{name}: {error}") from error


def _progress(progress: Progress) -> Response:
    now: datetime = progress.now
    seconds = progress.moved.total_seconds()
    return json_response(200, {"now": iso(now), "elapsed_seconds": seconds, **progress.counts})


def _page(html: str) -> Response:
    return Response(200, (("content-type", "text/html; charset=utf-8"),), html.encode())
