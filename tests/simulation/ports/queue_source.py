"""Feeds functions from the engine's queues as `infra.local.queue_source` does, without going through JSON."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from infra.local.clock import Clock
from infra.local.engine.service import epoch_milliseconds
from infra.local.engine.sqs.messages import Message
from infra.local.engine.sqs.queue import Queue
from infra.local.lambdas import Lambdas
from infra.local.ledger import Ledger
from infra.local.mappings import Mapping, failed_identifiers

_RECEIVE_LIMIT = 10


class DirectQueue:
    """One mapping of a queue: batches, windows, partial failures, and visibility until the dead-letter queue."""

    def __init__(self, mapping: Mapping, queue: Queue, lambdas: Lambdas, clock: Clock, ledger: Ledger) -> None:
        self.mapping = mapping
        self._queue, self._lambdas, self._clock, self._ledger = queue, lambdas, clock, ledger
        self._held: list[Message] = []
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
        batch, self._held = self._held, []
        self._window_ends = None
        self._run([(message, str(message.receipt)) for message in batch])
        return True

    def next_due(self, now: datetime) -> datetime | None:
        """When a message appears or the window ends."""
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
            messages = self._queue.receive(wanted, self._queue.settings.visibility)
            if not messages:
                break
            received = True
            self._held += messages
        return received

    def _run(self, batch: list[tuple[Message, str]]) -> None:
        records = [self._record(message) for message, _ in batch]
        outcome = self._lambdas.invoke(self.mapping.function, {"Records": records}, given_away=True)
        self._ledger.count(outcome)
        sent = [message.message_id for message, _ in batch]
        failed: set[str] | None = set(sent)
        if outcome.error is None and self.mapping.reports_item_failures:
            failed = failed_identifiers(outcome.value, sent)
        for message, receipt in batch:
            if failed is None or message.message_id in failed:
                reason = outcome.error.message if outcome.error else "named in batchItemFailures"
                self._ledger.note_failure(message.message_id, self.mapping.function.name, reason, None)
            else:
                self._queue.delete(receipt)

    def _record(self, message: Message) -> dict[str, Any]:
        return {
            "messageId": message.message_id,
            "receiptHandle": message.receipt,
            "body": message.body,
            "attributes": _attributes(message),
            "messageAttributes": {},
            "md5OfBody": message.body_md5,
            "eventSource": "aws:sqs",
            "eventSourceARN": self._queue.arn,
            "awsRegion": "eu-west-1",
        }


def _attributes(message: Message) -> dict[str, str]:
    first = message.first_received_at or message.sent_at
    return dict(message.system) | {
        "ApproximateReceiveCount": str(message.receive_count),
        "ApproximateFirstReceiveTimestamp": str(epoch_milliseconds(first)),
        "SentTimestamp": str(epoch_milliseconds(message.sent_at)),
    }
