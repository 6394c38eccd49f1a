"""Sending messages. Nothing is half sent without the caller knowing: what a queue refuses is an error."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.aws.clients import client
from shared.kernel.errors import Unavailable

CAUSATION = "causation"
"""The attribute of a message that names what it was sent for."""

_PER_CALL = 10
_TRIES = 3


@dataclass(frozen=True)
class Message:
    """One message. `group` and `dedup` are for FIFO queues; `delay` in seconds for the others (900 at most). `cause` is
    the id of what it is sent for."""

    body: dict[str, Any]
    group: str | None = None
    dedup: str | None = None
    delay: int = 0
    cause: str | None = None


def send_all(queue_url: str, messages: Sequence[Message]) -> None:
    """All of them, ten a call, in order. Raises Unavailable if the queue keeps refusing one."""
    for start in range(0, len(messages), _PER_CALL):
        entries = [_entry(n, m) for n, m in enumerate(messages[start : start + _PER_CALL])]
        sqs = (
            client("sqs") if all("MessageDeduplicationId" in entry for entry in entries) else client("sqs", attempts=1)
        )
        for _ in range(_TRIES):
            answer = sqs.send_message_batch(QueueUrl=queue_url, Entries=entries)
            refused = {failure["Id"] for failure in answer.get("Failed", [])}
            entries = [entry for entry in entries if entry["Id"] in refused]
            if not entries:
                break
        else:
            raise Unavailable("the queue refused a message")


def _entry(n: int, message: Message) -> dict[str, Any]:
    entry: dict[str, Any] = {"Id": str(n), "MessageBody": json.dumps(message.body, separators=(",", ":"))}
    if message.group:
        entry |= {"MessageGroupId": message.group, "MessageDeduplicationId": message.dedup}
    elif message.delay:
        entry["DelaySeconds"] = message.delay
    if message.cause:
        entry["MessageAttributes"] = {CAUSATION: {"DataType": "String", "StringValue": message.cause}}
    return entry
