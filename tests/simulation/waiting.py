"""Deliveries of webhooks that wait for their next try: for days, so that nobody waits for them to end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from infra.local.world import World
from shared.kernel.clock import micros

QUEUE = "deliver-webhooks"
_A_MOMENT = 2_000_000
"""Microseconds between when a try is due and when its message shows, which knows seconds only."""


def deliveries(world: World) -> Iterator[tuple[str, str]]:
    """(webhook id, event key) of every delivery on its way."""
    for body in _bodies(world):
        if "webhook" in body:
            event_id, replay = body["event"]["metadata"]["id"], body["replay"]
            yield body["webhook"], f"{event_id}@{replay}" if replay else event_id


def overdue(world: World) -> int:
    """Messages that should have been worked on by now."""
    now = micros(world.clock.now())
    return sum("webhook" not in body or body["due"] + _A_MOMENT <= now for body in _bodies(world))


def _bodies(world: World) -> Iterator[dict[str, Any]]:
    (queue,) = (queue for queue in world.engine.sqs.queues() if queue.name.endswith(QUEUE))
    return (json.loads(message.body) for message in queue.messages())
