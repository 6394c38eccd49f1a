"""A fingerprint of everything that what comes next depends on: two runs that have it in common go on alike.

Table, unread stream, queues with their hidden messages, batches under way, retries, mails, events, the time.
"""

from __future__ import annotations

import hashlib
import marshal
from typing import Any

from infra.local.queue_source import QueueSource
from infra.local.stream_source import StreamSource
from infra.local.world import World

_PLAIN = 2  # this version of marshal writes values only, and not which of them are one object


def fingerprint(world: World, *more: object) -> str:
    """Of the world and of `more`, whose repr must tell all of it."""
    digest = hashlib.blake2b(digest_size=16)
    for table in world.template.of_type("AWS::DynamoDB::Table"):
        for row in world.engine.dynamodb.table(table.name).rows:
            digest.update(marshal.dumps(row.item, _PLAIN))
    for source in world.sources:
        digest.update(repr(_of_source(source)).encode())
    for queue in world.engine.sqs._queues.values():
        digest.update(repr((queue.name, list(queue.messages()), vars(queue._deduplication))).encode())
    mails = [(mail["to"], mail["subject"], mail["sent_at"]) for mail in world.engine.ses.mailbox]
    events = [event.envelope["id"] for event in world.engine.events.published]
    digest.update(repr((mails, events, world.clock.now(), more)).encode())
    return digest.hexdigest()


def _of_source(source: Any) -> Any:
    if isinstance(source, StreamSource):
        unread = source._stream.show(source.position, 1_000)
        return source.position, source._batches, source._retry_at, source._window_ends, unread
    if isinstance(source, QueueSource):
        return source._held, source._window_ends
    return getattr(source, "_events", None), getattr(source, "_seen", None)
