"""Feeds functions from a table's stream, as Lambda's pollers do: in order, one batch at a time."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.local.clock import Clock
from infra.local.engine import Engine
from infra.local.engine.dynamodb.stream import Stream, position_of
from infra.local.function import Outcome
from infra.local.lambdas import Lambdas
from infra.local.ledger import Ledger, Lost
from infra.local.mapping_metrics import MappingMetrics
from infra.local.mappings import Mapping, failed_identifiers
from infra.local.payloads import MAX_PAYLOAD, copy, fitting

RETENTION = timedelta(hours=24)
_TRIM_EVERY = timedelta(hours=1)
_LONGEST_BACKOFF = 60  # seconds
_ENVELOPE = 1024
_JSON_FOR_A_BYTE = 32  # more than JSON needs for any byte of an item that counts, its keys a second time included
_SHARD = "shardId-00000000000000000000-00000001"

Record = dict[str, Any]


@dataclass(frozen=True)
class _Batch:
    records: list[Record]
    attempts: int = 0
    invocations: int = 0

    def part(self, start: int, end: int | None = None) -> _Batch:
        return _Batch(self.records[start:end], self.attempts, self.invocations)


class StreamSource:
    """One mapping of a stream, with its own position.

    A failed batch holds up everything behind it. With bisecting, a batch that fails as a whole is halved, which uses up
    no attempt. A partial response moves the checkpoint to the lowest failed record; without bisecting, or without
    progress, that is an attempt. When the attempts or the maximum age are used up, all that is left of the batch is
    given up: whoever wants the records behind a bad one processed must process them before reporting it.

    Unless it `copies`, the values of attributes in the records are the table's own, as with everything that is read of
    a table without the wire: functions must not change them.
    """

    def __init__(
        self,
        mapping: Mapping,
        stream: Stream,
        engine: Engine,
        lambdas: Lambdas,
        clock: Clock,
        ledger: Ledger,
        *,
        copies: bool = True,
    ) -> None:
        self.mapping = mapping
        self.position = 0 if mapping.from_oldest else stream.last_position
        self._stream = stream
        self._engine = engine
        self._lambdas = lambdas
        self._clock = clock
        self._ledger = ledger
        self._metrics = MappingMetrics(mapping, lambdas.metrics)
        self._copies = copies
        self._batches: list[_Batch] = []
        self._retry_at: datetime | None = None
        self._window_ends: datetime | None = None

    def poll(self) -> bool:
        """Run the function on the next batch, if one is due. False if there was nothing to do."""
        now = self._clock.now()
        if self._retry_at is not None and now < self._retry_at:
            return False
        self._retry_at = None
        if not self._batches and not self._read(now):
            return False
        if self._batches:
            self._run(self._batches.pop(0), now)
        return True

    def next_due(self, now: datetime) -> datetime | None:
        """When something becomes due without anything else happening: a retry, or the end of the window."""
        instants = [i for i in (self._retry_at, self._window_ends) if i is not None and i > now]
        return min(instants, default=None)

    @property
    def behind(self) -> bool:
        """Whether records wait, be it for a window or a retry."""
        return bool(self._batches) or self.position < self._stream.last_position

    def _read(self, now: datetime) -> bool:
        """Take the next batch from the stream; False if there is none, or if its window is still open."""
        self._forget_old(now)
        if self.position + 1 < self._stream.first_position:
            body = {"from": self.position + 1, "before": self._stream.first_position}
            self._lose(body, "the stream forgets after 24 hours", now)
            self.position = self._stream.first_position - 1
        waiting = self._stream.last_position - self.position
        if not waiting or self._waits_for_more(waiting, now):
            return False
        records = self._stream.show(self.position, self.mapping.batch_size)
        self.position = position_of(records[-1])
        admitted = [record for record in records if self.mapping.admits(record)]
        if admitted:
            count = len(admitted) if _surely_fit(admitted) else fitting(admitted)
            if count < len(admitted):
                self.position = position_of(admitted[count - 1])
            self._batches.append(_Batch(admitted[:count]))
        return True

    def _waits_for_more(self, waiting: int, now: datetime) -> bool:
        if self.mapping.window and waiting < self.mapping.batch_size:
            if self._window_ends is None:
                self._window_ends = now + timedelta(seconds=self.mapping.window)
            if now < self._window_ends:
                return True
        self._window_ends = None
        return False

    def _forget_old(self, now: datetime) -> None:
        first = self._stream.first_position
        if first <= self._stream.last_position and self._stream.written_at(first) < now - RETENTION - _TRIM_EVERY:
            self._stream.trim(now - RETENTION)

    def _run(self, batch: _Batch, now: datetime) -> None:
        batch = self._without_expired(batch, now)
        if not batch.records:
            return
        self._metrics.behind(_written_at(batch.records[-1]), now)
        event = {"Records": copy(batch.records) if self._copies else [_shown(r) for r in batch.records]}
        outcome = self._lambdas.invoke(self.mapping.function, event, given_away=True)
        self._ledger.count(outcome)
        self._metrics.polled(len(batch.records), outcome.error is not None, now)
        batch = _Batch(batch.records, batch.attempts, batch.invocations + 1)
        failed_at = self._failed_at(batch, outcome)
        self._ledger.records += len(batch.records) if failed_at is None else failed_at
        if failed_at is None:
            return
        is_partial = outcome.error is None and failed_at > 0
        if self.mapping.bisect and is_partial:
            self._batches.insert(0, batch.part(failed_at))
        elif self.mapping.bisect and len(batch.records) > 1 and self._failed_as_a_whole(batch, outcome):
            middle = (len(batch.records) + 1) // 2
            self._batches[0:0] = [batch.part(0, middle), batch.part(middle)]
        else:
            self._use_attempt(batch.part(failed_at), outcome, now)

    def _use_attempt(self, batch: _Batch, outcome: Outcome, now: datetime) -> None:
        attempts = batch.attempts + 1
        if 0 <= self.mapping.retry_attempts < attempts:
            self._give_up(batch, "RetryAttemptsExhausted", outcome, now)
            return
        self._batches.insert(0, _Batch(batch.records, attempts, batch.invocations))
        self._retry_at = now + timedelta(seconds=min(2 ** (attempts - 1), _LONGEST_BACKOFF))

    def _failed_at(self, batch: _Batch, outcome: Outcome) -> int | None:
        """Index of the first record to be sent again, None if all went well."""
        if outcome.error is not None:
            return 0
        if not self.mapping.reports_item_failures:
            return None
        numbers = [record["dynamodb"]["SequenceNumber"] for record in batch.records]
        failed = failed_identifiers(outcome.value, numbers)
        if failed is None:
            return 0
        return min((numbers.index(number) for number in failed), default=None)

    def _failed_as_a_whole(self, batch: _Batch, outcome: Outcome) -> bool:
        if outcome.error is not None:
            return True
        numbers = [record["dynamodb"]["SequenceNumber"] for record in batch.records]
        return failed_identifiers(outcome.value, numbers) is None

    def _without_expired(self, batch: _Batch, now: datetime) -> _Batch:
        age = RETENTION if self.mapping.maximum_age < 0 else timedelta(seconds=self.mapping.maximum_age)
        limit = now - age
        expired = sum(_written_at(record) < limit for record in batch.records)
        if expired:
            self._give_up(batch.part(0, expired), "RecordAgeExceeded", None, now)
        return batch.part(expired)

    def _give_up(self, batch: _Batch, condition: str, outcome: Outcome | None, now: datetime) -> None:
        error = outcome.error if outcome is not None else None
        reason = f"{condition}: {error.message}" if error else condition
        self._metrics.given_up(len(batch.records), now, told=self.mapping.on_failure is not None)
        if self.mapping.on_failure is None:
            self._lose(batch.records, reason, now)
            return
        url = self._engine.sqs.url(self._engine.sqs.name_of(self.mapping.on_failure))
        body = json.dumps(self._failure_record(batch, condition, outcome, now))
        answer = self._engine.execute("sqs", "SendMessage", {"QueueUrl": url, "MessageBody": body})
        request_id = outcome.request_id if outcome else None
        self._ledger.note_failure(answer["MessageId"], self.mapping.function.name, reason, request_id)

    def _lose(self, body: Any, reason: str, now: datetime) -> None:
        self._ledger.lost.append(Lost(self.mapping.function.name, body, reason, now))

    def _failure_record(self, batch: _Batch, condition: str, outcome: Outcome | None, now: datetime) -> dict[str, Any]:
        """What Lambda sends to the failure destination: where the records lie, not what is in them."""
        first, last = batch.records[0], batch.records[-1]
        failed = outcome is not None and outcome.error is not None
        version, kind = self.mapping.function.version, "Unhandled" if failed else None
        return {
            "requestContext": {
                "requestId": outcome.request_id if outcome else None,
                "functionArn": self.mapping.function.arn,
                "condition": condition,
                "approximateInvokeCount": batch.invocations,
            },
            "responseContext": {"statusCode": 200, "executedVersion": version, "functionError": kind},
            "version": "1.0",
            "timestamp": _zulu(now),
            "DDBStreamBatchInfo": {
                "shardId": _SHARD,
                "startSequenceNumber": first["dynamodb"]["SequenceNumber"],
                "endSequenceNumber": last["dynamodb"]["SequenceNumber"],
                "approximateArrivalOfFirstRecord": _zulu(_written_at(first)),
                "approximateArrivalOfLastRecord": _zulu(_written_at(last)),
                "batchSize": len(batch.records),
                "streamArn": self._stream.arn,
            },
        }


def _surely_fit(records: list[Record]) -> bool:
    """Whether they are far too small to fill an invocation, by the table's own sizes: no need to weigh them."""
    size = sum(int(record["dynamodb"]["SizeBytes"]) for record in records)
    return _ENVELOPE * (len(records) + 1) + _JSON_FOR_A_BYTE * size <= MAX_PAYLOAD


def _shown(record: Record) -> Record:
    """The record, its reader's own down to the attributes of its items."""
    body = {name: dict(part) if isinstance(part, dict) else part for name, part in record["dynamodb"].items()}
    return record | {"dynamodb": body}


def _written_at(record: Record) -> datetime:
    return datetime.fromtimestamp(record["dynamodb"]["ApproximateCreationDateTime"], UTC)


def _zulu(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1000:03d}Z"
