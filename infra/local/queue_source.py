"""Feeds functions from SQS queues, standard and FIFO, as Lambda's pollers do."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from infra.local.clock import Clock
from infra.local.engine import Engine
from infra.local.function import Outcome
from infra.local.lambdas import Lambdas
from infra.local.ledger import Ledger
from infra.local.mapping_metrics import MappingMetrics
from infra.local.mappings import Mapping, failed_identifiers
from infra.local.payloads import fitting

_RECEIVE_LIMIT = 10  # messages per ReceiveMessage and DeleteMessageBatch


class QueueSource:
    """One mapping of a queue.

    Messages are received (and so hidden) as they come, and held until the batch is full or the window ends. What the
    function failed stays hidden until its visibility timeout ends; the queue moves it to its dead-letter queue.
    """

    def __init__(self, mapping: Mapping, engine: Engine, lambdas: Lambdas, clock: Clock, ledger: Ledger) -> None:
        self.mapping = mapping
        self._engine = engine
        self._lambdas = lambdas
        self._clock = clock
        self._ledger = ledger
        self._metrics = MappingMetrics(mapping, lambdas.metrics)
        self._queue = engine.sqs.queue(engine.sqs.name_of(mapping.source_arn))
        self._held: list[dict[str, Any]] = []
        self._window_ends: datetime | None = None

    def poll(self) -> bool:
        """Receive and, once a batch is due, run the function on it. False if there was nothing to do."""
        received = self._receive()
        if not self._held:
            return received
        now = self._clock.now()
        if self._window_ends is None:
            self._window_ends = now + timedelta(seconds=self.mapping.window)
        if len(self._held) < self.mapping.batch_size and now < self._window_ends:
            return received
        records = [self._record(message) for message in self._held]
        count = fitting(records)
        batch, self._held = self._held[:count], self._held[count:]
        self._window_ends = now if self._held else None
        self._run(batch, records[:count])
        return True

    def next_due(self, now: datetime) -> datetime | None:
        """When something becomes due without anything else happening: a message appears or the window ends."""
        instants = [self._queue.next_due(now), self._window_ends]
        return min((instant for instant in instants if instant is not None and instant > now), default=None)

    @property
    def behind(self) -> bool:
        """Whether messages wait that can be seen or were received already."""
        return bool(self._held) or self._queue.counts().visible > 0

    def _receive(self) -> bool:
        received = False
        while len(self._held) < self.mapping.batch_size and self._queue.counts().visible:
            wanted = min(_RECEIVE_LIMIT, self.mapping.batch_size - len(self._held))
            answer = self._engine.execute(
                "sqs",
                "ReceiveMessage",
                {
                    "QueueUrl": self._queue.url,
                    "MaxNumberOfMessages": wanted,
                    "MessageSystemAttributeNames": ["All"],
                    "MessageAttributeNames": ["All"],
                },
            )
            messages = answer.get("Messages", [])
            if not messages:
                break
            received = True
            admitted = [m for m in messages if self.mapping.admits(_filterable(self._record(m)))]
            self._held += admitted
            self._delete([m for m in messages if m not in admitted])
        return received

    def _run(self, messages: list[dict[str, Any]], records: list[dict[str, Any]]) -> None:
        outcome = self._lambdas.invoke(self.mapping.function, {"Records": records}, given_away=True)
        self._metrics.polled(len(messages), outcome.error is not None, self._clock.now())
        failed = self._failed(outcome, [m["MessageId"] for m in messages])
        done = [m for m in messages if m["MessageId"] not in failed]
        self._delete(done)
        self._ledger.messages += len(done)
        for message_id in failed:
            reason = outcome.error.message if outcome.error else _named(outcome, message_id)
            self._ledger.note_failure(message_id, self.mapping.function.name, reason, outcome.request_id)

    def _failed(self, outcome: Outcome, sent: list[str]) -> set[str]:
        self._ledger.count(outcome)
        if outcome.error is not None:
            return set(sent)
        if not self.mapping.reports_item_failures:
            return set()
        failed = failed_identifiers(outcome.value, sent)
        return set(sent) if failed is None else failed

    def _delete(self, messages: list[dict[str, Any]]) -> None:
        for start in range(0, len(messages), _RECEIVE_LIMIT):
            entries = [
                {"Id": str(n), "ReceiptHandle": message["ReceiptHandle"]}
                for n, message in enumerate(messages[start : start + _RECEIVE_LIMIT])
            ]
            self._engine.execute("sqs", "DeleteMessageBatch", {"QueueUrl": self._queue.url, "Entries": entries})

    def _record(self, message: dict[str, Any]) -> dict[str, Any]:
        record = {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message["Attributes"],
            "messageAttributes": {
                name: _attribute(value) for name, value in message.get("MessageAttributes", {}).items()
            },
            "md5OfBody": message["MD5OfBody"],
            "eventSource": "aws:sqs",
            "eventSourceARN": self._queue.arn,
            "awsRegion": self._engine.region,
        }
        if "MD5OfMessageAttributes" in message:
            record["md5OfMessageAttributes"] = message["MD5OfMessageAttributes"]
        return record


def _named(outcome: Outcome, message_id: str) -> str:
    error = outcome.logged_about(message_id)
    return "named in batchItemFailures" + (f"; last error logged: {error}" if error else "")


def _attribute(value: dict[str, Any]) -> dict[str, Any]:
    names = {"StringValue": "stringValue", "BinaryValue": "binaryValue", "DataType": "dataType"}
    shown = {names[name]: value[name] for name in names if name in value}
    return {**shown, "stringListValues": [], "binaryListValues": []}


def _filterable(record: dict[str, Any]) -> dict[str, Any]:
    """The record as filters see it: a JSON body is looked into. One nested too deep to be read is a text like any other
    that is no JSON: a filter on a member of it does not match, and the message is dropped."""
    try:
        return {**record, "body": json.loads(record["body"])}
    except (ValueError, RecursionError):
        return record
