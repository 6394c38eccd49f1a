"""A queue's settings, read from the properties of AWS::SQS::Queue."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from infra.local.engine.service import refuse_unknown

_PROPERTIES = frozenset(
    {
        "QueueName",
        "FifoQueue",
        "ContentBasedDeduplication",
        "DeduplicationScope",
        "FifoThroughputLimit",
        "VisibilityTimeout",
        "DelaySeconds",
        "MessageRetentionPeriod",
        "MaximumMessageSize",
        "ReceiveMessageWaitTimeSeconds",
        "RedrivePolicy",
        "RedriveAllowPolicy",
        "SqsManagedSseEnabled",
        "KmsMasterKeyId",
        "KmsDataKeyReusePeriodSeconds",
        "Tags",
    }
)
MAX_MESSAGE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Redrive:
    """Where a message goes after `max_receive_count` receives."""

    target_arn: str
    max_receive_count: int


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """What shapes a queue's behaviour; what does not (encryption, tags, long polling) is left out."""

    fifo: bool
    content_based_deduplication: bool
    deduplicate_by_group: bool
    visibility: timedelta
    delay: timedelta
    retention: timedelta
    max_bytes: int
    redrive: Redrive | None

    @classmethod
    def of(cls, name: str, properties: Mapping[str, Any]) -> QueueSettings:
        """Read resolved template properties; a property unknown here is refused."""
        refuse_unknown(f"queue {name}", properties, _PROPERTIES)
        fifo = _flag(properties, "FifoQueue")
        if fifo != name.endswith(".fifo"):
            raise ValueError(f"queue {name}: FIFO queues, and only they, have names ending in .fifo")
        redrive = _redrive(properties.get("RedrivePolicy"))
        if redrive is not None and fifo != redrive.target_arn.endswith(".fifo"):
            raise ValueError(f"queue {name}: the dead-letter queue of a FIFO queue is a FIFO queue")
        return cls(
            fifo=fifo,
            content_based_deduplication=_flag(properties, "ContentBasedDeduplication"),
            deduplicate_by_group=properties.get("DeduplicationScope") == "messageGroup",
            visibility=_seconds(properties, "VisibilityTimeout", 30),
            delay=_seconds(properties, "DelaySeconds", 0),
            retention=_seconds(properties, "MessageRetentionPeriod", 345_600),
            max_bytes=int(properties.get("MaximumMessageSize", MAX_MESSAGE_BYTES)),
            redrive=redrive,
        )


def _flag(properties: Mapping[str, Any], name: str) -> bool:
    return str(properties.get(name, False)).lower() == "true"


def _seconds(properties: Mapping[str, Any], name: str, default: int) -> timedelta:
    return timedelta(seconds=int(properties.get(name, default)))


def _redrive(policy: Mapping[str, Any] | str | None) -> Redrive | None:
    if policy is None:
        return None
    document = json.loads(policy) if isinstance(policy, str) else policy
    return Redrive(document["deadLetterTargetArn"], int(document["maxReceiveCount"]))
