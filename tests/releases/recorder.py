"""A pytest plugin that keeps what the shops of the tests look like in the middle of their work.

`-p tests.releases.recorder`: whenever a shop is about to settle, with changes that nobody has read yet, it is taken
down as it stands. What is kept is written to `RELEASE_CANDIDATES`, one JSON object a line.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import pytest

from infra.local.engine.sqs.queue import Queue
from infra.local.stream_source import StreamSource
from infra.local.world import World
from shared.kernel.clock import iso
from tests.releases.shape import message_shape

VARIABLE = "RELEASE_CANDIDATES"
_LINK = re.compile(r"/[bpu]/[A-Za-z0-9_-]{20,}")
_MOST_ITEMS = 250
_LARGEST = 160_000  # letters of a shop
_UNREAD = 1_000

_sent: WeakKeyDictionary[Queue, dict[tuple[str, str], dict[str, Any]]] = WeakKeyDictionary()


def pytest_configure(config: pytest.Config) -> None:
    """Put the recorder in its place."""
    settle, put = World.settle, Queue.put
    out = Path(os.environ[VARIABLE]).open("a", encoding="utf-8")  # noqa: SIM115 - as long as the tests run

    def settled(world: World) -> Any:
        shop = taken_down(world)
        text = json.dumps(shop, ensure_ascii=False, separators=(",", ":"))
        if shop and len(text) < _LARGEST:
            out.write(text + "\n")
            out.flush()
        return settle(world)

    def kept(queue: Queue, message: Any, **how: Any) -> Any:
        if "-dead" not in queue.name:
            found = _sent.setdefault(queue, {})
            found.setdefault((queue.name, message_shape(message.body)), _message(queue.name, message))
        return put(queue, message, **how)

    World.settle, Queue.put = settled, kept  # type: ignore[method-assign]


def taken_down(world: World) -> dict[str, Any] | None:
    """The shop as it stands; None if nothing is unread, or if it is too large to be kept."""
    (name,) = (table.name for table in world.template.of_type("AWS::DynamoDB::Table"))
    table = world.engine.dynamodb.table(name)
    position = min(source.position for source in world.sources if isinstance(source, StreamSource))
    records = [record["dynamodb"] for record in table.stream.read(position, _UNREAD)]
    items = list(table.items())
    if not records or len(items) > _MOST_ITEMS:
        return None
    return {
        "at": iso(world.clock.now()),
        "items": items,
        "unread": [{"old": one.get("OldImage"), "new": one.get("NewImage")} for one in records],
        "messages": list(_messages(world)),
        "links": sorted(_links(world)),
    }


def _messages(world: World) -> Iterator[dict[str, Any]]:
    """One of each kind that was ever sent, and all that lie there."""
    for queue in world.engine.sqs.queues():
        if "-dead" in queue.name:
            continue
        lying = [_message(queue.name, message) for message in queue.messages()]
        yield from lying
        yield from (message for message in _sent.get(queue, {}).values() if message not in lying)


def _message(queue: str, message: Any) -> dict[str, Any]:
    return {
        "queue": queue,
        "body": message.body,
        "attributes": dict(message.attributes),
        "group": message.system.get("MessageGroupId"),
    }


def _links(world: World) -> Iterator[str]:
    seen: dict[str, str] = {}
    for mail in world.engine.ses.mailbox:
        for link in _LINK.findall(mail.get("text") or ""):
            seen.setdefault(link[:3], link)
    yield from seen.values()
