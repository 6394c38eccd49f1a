"""What lies on the dead-letter queues of a world, and the way back from there, as an account would show it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Any

from infra.local.engine.sqs.messages import Message
from infra.local.engine.sqs.queue import Queue
from infra.local.ledger import Failure
from infra.local.mappings import Mapping
from infra.local.world import World
from infra.operator.dead_letters.trail import redrive_action
from shared.aws.table import Table
from shared.aws.trail_store import TableTrail
from shared.kernel.clock import iso

_OPERATOR = "this machine"


def dead_letters(world: World) -> Iterator[dict[str, Any]]:
    """What lies on the dead-letter queues, and what was lost because there was none (queue null)."""
    for name in world.dead_letter_queues:
        for message in world.engine.sqs.queue(name).messages():
            failure = world.ledger.failure(message.message_id) or Failure("")
            yield {
                "queue": name,
                "body": message.body,
                "reason": failure.reason or None,
                "trace_id": failure.trace_id,
                "source": world.engine.sqs.name_of(message.system.get("DeadLetterQueueSourceArn", "")) or None,
                "message_id": message.message_id,
                "group": message.system.get("MessageGroupId"),
                "sent_at": iso(message.sent_at),
            }
    for lost in world.ledger.lost:
        yield {
            "queue": None,
            "body": json.dumps(lost.body),
            "reason": lost.reason,
            "trace_id": None,
            "source": lost.source,
            "message_id": None,
            "group": None,
            "sent_at": iso(lost.at),
        }


def dead_letter_queues(world: World) -> Iterator[dict[str, Any]]:
    """The dead-letter queues: which work queue each belongs to (null: a service writes there itself), who works on
    that, and how long and how much is kept."""
    workers = {mapping.source_arn: mapping.function.name for mapping in _mappings(world)}
    for name, senders in world.dead_letter_queues.items():
        dead = world.engine.sqs.queue(name)
        source = next((queue for queue in world.engine.sqs.queues() if _leads_to(queue, dead.arn)), None)
        redrive = source.settings.redrive if source else None
        yield {
            "queue": name,
            "source": source.name if source else None,
            "function": workers.get(source.arn) if source else None,
            "tries": redrive.max_receive_count if redrive else None,
            "senders": senders,
            "kept_seconds": round(dead.settings.retention.total_seconds()),
            "count": dead.counts().visible,
        }


def redrive(world: World, name: str, only: Collection[str] | None = None) -> int:
    """Put messages of a dead-letter queue (those with these ids, or all) back on their work queue.

    Returns how many. Raises LookupError for a queue that is none, or that leads back nowhere.
    """
    found = {queue["queue"]: queue["source"] for queue in dead_letter_queues(world)}
    if name not in found:
        raise LookupError(f"{name} is no dead-letter queue; there are {', '.join(found)}")
    source = found[name]
    if source is None:
        raise LookupError(f"{name} is written by a service and leads back to no queue")

    def wanted(message: Message) -> bool:
        return only is None or message.message_id in only

    return world.engine.sqs.move(name, wanted, world.engine.sqs.arn(source))


def note_redrive(world: World, name: str, only: Collection[str], reason: str) -> None:
    """Write into the trail of actions what is about to be sent back, as the tool does in an account."""
    letters = len(only) or world.engine.sqs.queue(name).counts().visible
    action = redrive_action(name, letters, only, actor=_OPERATOR, reason=reason, at=world.clock.now())
    (table,) = world.template.of_type("AWS::DynamoDB::Table")
    TableTrail(Table(table.name)).note(action)


def _mappings(world: World) -> Iterator[Mapping]:
    for resource in world.template.of_type("AWS::Lambda::EventSourceMapping"):
        yield Mapping.of(resource, world.lambdas.find)


def _leads_to(queue: Queue, arn: str) -> bool:
    return queue.settings.redrive is not None and queue.settings.redrive.target_arn == arn
