"""Messages and queues as SQS shows them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from infra.local.engine.errors import ServiceError
from infra.local.engine.service import Answer, Params, epoch_milliseconds
from infra.local.engine.sqs import contents
from infra.local.engine.sqs.messages import Message
from infra.local.engine.sqs.queue import Queue


def received(message: Message, params: Params, account: str) -> Answer:
    """A message as ReceiveMessage answers it, with the attributes asked for."""
    answer: Answer = {
        "MessageId": message.message_id,
        "ReceiptHandle": message.receipt,
        "MD5OfBody": message.body_md5,
        "Body": message.body,
    }
    asked = set(params.get("AttributeNames", [])) | set(params.get("MessageSystemAttributeNames", []))
    if asked:
        system = _system_attributes(message, account)
        chosen = system if "All" in asked else {k: v for k, v in system.items() if k in asked}
        if chosen:
            answer["Attributes"] = chosen
    attributes = _chosen_attributes(message, params.get("MessageAttributeNames", []))
    if attributes:
        answer["MessageAttributes"] = attributes
        answer["MD5OfMessageAttributes"] = contents.attributes_md5(attributes)
    return answer


def queue_attributes(queue: Queue, names: Iterable[str]) -> Answer:
    """Attributes of a queue as GetQueueAttributes answers them, all values strings."""
    known = _all_queue_attributes(queue)
    asked = set(names)
    unknown = asked - known.keys() - {"All", "Policy", "KmsMasterKeyId", "RedrivePolicy", "FifoQueue"}
    if unknown:
        raise ServiceError("InvalidAttributeName", f"Unknown Attribute {sorted(unknown)[0]}.")
    chosen = known if "All" in asked else {name: value for name, value in known.items() if name in asked}
    return {"Attributes": chosen} if chosen else {}


def _system_attributes(message: Message, account: str) -> dict[str, str]:
    assert message.first_received_at is not None
    return {
        "SenderId": account,
        "SentTimestamp": str(epoch_milliseconds(message.sent_at)),
        "ApproximateReceiveCount": str(message.receive_count),
        "ApproximateFirstReceiveTimestamp": str(epoch_milliseconds(message.first_received_at)),
        **message.system,
    }


def _chosen_attributes(message: Message, names: Iterable[str]) -> dict[str, Any]:
    patterns = list(names)
    return {
        name: dict(attribute)
        for name, attribute in message.attributes.items()
        if any(_names(pattern, name) for pattern in patterns)
    }


def _names(pattern: str, name: str) -> bool:
    if pattern in ("All", ".*"):
        return True
    return name.startswith(pattern[:-2]) if pattern.endswith(".*") else name == pattern


def _all_queue_attributes(queue: Queue) -> dict[str, str]:
    settings, counts = queue.settings, queue.counts()
    attributes = {
        "QueueArn": queue.arn,
        "ApproximateNumberOfMessages": str(counts.visible),
        "ApproximateNumberOfMessagesNotVisible": str(counts.in_flight),
        "ApproximateNumberOfMessagesDelayed": str(counts.delayed),
        "CreatedTimestamp": str(round(queue.created_at.timestamp())),
        "LastModifiedTimestamp": str(round(queue.created_at.timestamp())),
        "VisibilityTimeout": str(round(settings.visibility.total_seconds())),
        "MaximumMessageSize": str(settings.max_bytes),
        "MessageRetentionPeriod": str(round(settings.retention.total_seconds())),
        "DelaySeconds": str(round(settings.delay.total_seconds())),
        "ReceiveMessageWaitTimeSeconds": "0",
        "SqsManagedSseEnabled": "true",
    }
    if settings.redrive is not None:
        policy = {
            "deadLetterTargetArn": settings.redrive.target_arn,
            "maxReceiveCount": settings.redrive.max_receive_count,
        }
        attributes["RedrivePolicy"] = json.dumps(policy)
    if queue.fifo:
        attributes["FifoQueue"] = "true"
        attributes["ContentBasedDeduplication"] = str(settings.content_based_deduplication).lower()
    return attributes
