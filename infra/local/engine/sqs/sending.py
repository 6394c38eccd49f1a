"""From a send request to a message."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from infra.local.engine.service import Answer, Params
from infra.local.engine.sqs import contents
from infra.local.engine.sqs.errors import invalid_parameter, missing_parameter
from infra.local.engine.sqs.messages import Message
from infra.local.engine.sqs.queue import Queue

SEND_MEMBERS = frozenset(
    {
        "MessageBody",
        "DelaySeconds",
        "MessageAttributes",
        "MessageSystemAttributes",
        "MessageDeduplicationId",
        "MessageGroupId",
    }
)
_MAX_DELAY = 900


def new_message(queue: Queue, entry: Params, message_id: str, now: datetime) -> Message:
    """The message this entry asks for, or the ServiceError SQS would answer."""
    body = entry.get("MessageBody")
    contents.check_body(body)
    assert body is not None
    attributes = entry.get("MessageAttributes", {})
    contents.check_attributes(attributes)
    if contents.size(body, attributes) > queue.settings.max_bytes:
        reason = f"Message must be shorter than {queue.settings.max_bytes} bytes."
        raise invalid_parameter("MessageBody", "(body)", reason)
    return Message(
        sequence=0,
        message_id=message_id,
        body=body,
        body_md5=contents.md5(body),
        attributes=attributes,
        attributes_md5=contents.attributes_md5(attributes),
        system=_system_attributes(queue, entry, body),
        group=entry.get("MessageGroupId", ""),
        sent_at=now,
        visible_at=now + _delay(queue, entry),
    )


def sent(message: Message, kept: Message) -> Answer:
    """What the sender of a message is told; on a FIFO queue `kept` may be an earlier one it repeats."""
    answer = {"MessageId": kept.message_id, "MD5OfMessageBody": message.body_md5}
    if message.attributes_md5 is not None:
        answer["MD5OfMessageAttributes"] = message.attributes_md5
    if "SequenceNumber" in kept.system:
        answer["SequenceNumber"] = kept.system["SequenceNumber"]
    return answer


def _delay(queue: Queue, entry: Params) -> timedelta:
    seconds = entry.get("DelaySeconds")
    if seconds is None:
        return queue.settings.delay
    if not 0 <= seconds <= _MAX_DELAY:
        raise invalid_parameter("DelaySeconds", seconds, f"DelaySeconds must be >= 0 and <= {_MAX_DELAY}.")
    if queue.fifo and seconds:
        raise invalid_parameter("DelaySeconds", seconds, _NOT_FOR_THIS_QUEUE)
    return timedelta(seconds=seconds)


def _system_attributes(queue: Queue, entry: Params, body: str) -> dict[str, str]:
    system = {}
    for name, attribute in entry.get("MessageSystemAttributes", {}).items():
        if name != "AWSTraceHeader":
            raise invalid_parameter("MessageSystemAttributes", name, "Only AWSTraceHeader is supported.")
        system[name] = attribute["StringValue"]
    group = entry.get("MessageGroupId")
    if group is not None:
        contents.check_identifier("MessageGroupId", group)
        system["MessageGroupId"] = group
    deduplication = entry.get("MessageDeduplicationId")
    if deduplication is not None:
        contents.check_identifier("MessageDeduplicationId", deduplication)
        if not queue.fifo:
            raise invalid_parameter("MessageDeduplicationId", deduplication, _NOT_FOR_THIS_QUEUE)
        system["MessageDeduplicationId"] = deduplication
    if queue.fifo:
        _complete_fifo(queue, system, body)
    return system


def _complete_fifo(queue: Queue, system: dict[str, str], body: str) -> None:
    if "MessageGroupId" not in system:
        raise missing_parameter("MessageGroupId")
    if "MessageDeduplicationId" in system:
        return
    if not queue.settings.content_based_deduplication:
        raise invalid_parameter(
            "MessageDeduplicationId",
            None,
            "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId "
            "provided explicitly",
        )
    system["MessageDeduplicationId"] = hashlib.sha256(body.encode()).hexdigest()


_NOT_FOR_THIS_QUEUE = "The request include parameter that is not valid for this queue type."
