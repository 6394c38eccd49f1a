"""Queue and stream doors: one record at a time, failures reported per record.

Failed records are always reported, also when all of them failed: raising instead would send the same records back to
the queue, but would write the errors' texts into the log. Alarms watch `RecordsFailed` (`...RecordsFail`, which
take back a new version too) and the dead-letter queues; the functions' error count stays 0.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from types import UnionType
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, SqsFifoPartialProcessor
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from shared.aws.queues import CAUSATION
from shared.kernel.errors import Malformed
from shared.runtime import telemetry

Body = dict[str, Any]
_ID = re.compile(r"[\w=-]{1,64}", re.ASCII)  # whoever may send to a queue could write anything into an attribute
_MAX_NAME = 1024  # bytes; half of what a key of the table may have
Failures = dict[str, list[dict[str, str]]]


def run_batch(event: dict[str, Any], on_message: Callable[[Body], object], context: Any) -> Failures:
    """Call `on_message` with the JSON object of every message; answer which messages have to come again.

    A message that cannot be read fails like any other: it reaches its dead-letter queue after the queue's tries, with
    the reason in the log, and the rest of the batch goes on. In a FIFO batch the first failure of a group
    also fails every later message of that group untried, so that order holds; other groups go on.
    """
    records = event.get("Records", [])

    def on_record(record: SQSRecord) -> None:
        telemetry.caused_by(_cause(record.raw_event))
        try:
            on_message(_body(record.body))
        except Exception as error:
            _report(error, record)
            raise

    processor = _processor(records)
    with processor(records=records, handler=on_record, lambda_context=context):
        processor.process()
    failures: Failures = processor.response()  # type: ignore[assignment]
    _count(len(failures["batchItemFailures"]))
    return failures


def run_merged(event: dict[str, Any], on_messages: Callable[[list[Body]], object], context: Any) -> Failures:
    """Call `on_messages` once with all messages of a batch; if that fails, with each alone, failures per message.

    For work that shares writes between messages and may be repeated for one of them.
    """
    if _together(event, on_messages):
        return {"batchItemFailures": []}
    return run_batch(event, lambda body: on_messages([body]), context)


def _together(event: dict[str, Any], on_messages: Callable[[list[Body]], object]) -> bool:
    records = event.get("Records", [])
    if records:
        telemetry.caused_by(_cause(records[-1]))
    try:
        on_messages([_body(record["body"]) for record in records])
    except Exception as error:  # noqa: BLE001 - whatever went wrong, one message must not fail the others
        telemetry.failure("batch_split", error, count=len(records))
        return False
    return True


def run_grouped(
    event: dict[str, Any],
    key: str,
    on_group: Callable[[str, list[Body]], object],
    context: Any,  # noqa: ARG001
    before: Callable[[list[str]], object] | None = None,
    **members: type | UnionType,
) -> Failures:
    """Call `on_group` once for all messages of a batch that name the same thing (`body[key]`).

    For work that looks for itself what is to be done: the second message about an order has nothing left to do.
    `before` is called once with everything that is named, for what can be read together. `members` are the types of
    what else a message has: one that is wrong fails alone and takes nobody along. A group that fails comes again
    whole; in a FIFO queue the key is the message group, so order holds.
    """
    groups: dict[str, list[tuple[dict[str, Any], Body]]] = {}
    failed: list[dict[str, Any]] = []
    for record in event.get("Records", []):
        try:
            body = _body(record["body"])
            groups.setdefault(_named(body, key, members), []).append((record, body))
        except Malformed as error:
            _report(error, SQSRecord(record))
            failed.append(record)
    if before and groups:
        before(list(groups))
    for name, group in groups.items():
        telemetry.caused_by(_cause(group[-1][0]))
        try:
            on_group(name, [body for _, body in group])
        except Exception as error:  # noqa: BLE001 - one group must not fail the others
            for record, _ in group:
                _report(error, SQSRecord(record))
            failed += [record for record, _ in group]
    _count(len(failed))
    return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in failed]}


def _cause(record: dict[str, Any]) -> str:
    """The change of the table that a message was sent for, or else the message itself."""
    given = record.get("messageAttributes", {}).get(CAUSATION, {}).get("stringValue")
    return given if given and _ID.fullmatch(given) else str(record["messageId"])


def _named(body: Body, key: str, members: dict[str, type | UnionType]) -> str:
    name = body.get(key)
    if not isinstance(name, str) or not 0 < len(name.encode("utf-8", "surrogatepass")) <= _MAX_NAME:
        raise Malformed(f"the message names no {key}")
    for member, kind in members.items():
        if not isinstance(body.get(member), kind):
            raise Malformed(f"{member} of the message is not what it must be")
    return name


def _processor(records: list[Body]) -> BatchProcessor:
    if any(str(record.get("eventSourceARN", "")).endswith(".fifo") for record in records):
        processor: BatchProcessor = SqsFifoPartialProcessor(skip_group_on_error=True)
    else:
        processor = BatchProcessor(event_type=EventType.SQS)
    processor.raise_on_entire_batch_failure = False
    return processor


def _body(text: str) -> Body:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Malformed("the message is not JSON") from error
    if not isinstance(body, dict):
        raise Malformed("the message is not a JSON object")
    return body


def _report(error: Exception, record: SQSRecord) -> None:
    telemetry.failure(
        "message_failed",
        error,
        message_id=record.message_id,
        queue=record.event_source_arn.rsplit(":", 1)[-1],
        attempt=record.attributes.approximate_receive_count,
    )


def run_stream(event: dict[str, Any], on_record: Callable[[Body], object], context: Any) -> Failures:  # noqa: ARG001
    """Call `on_record` with every record of a DynamoDB stream batch, in order, up to the first that fails.

    The answer names that one: the stream resumes there, so nothing after it may have been done out of order, and
    nothing before it is done again. When it stands first among others its error is raised instead: the batch is then
    halved until it stands alone, and only it is given up after the stream's tries.
    """
    records = event.get("Records", [])
    for n, record in enumerate(records):
        sequence = record["dynamodb"]["SequenceNumber"]
        try:
            on_record(record)
        except Exception as error:
            telemetry.failure("record_failed", error, sequence=sequence, kind=record.get("eventName"))
            _count(1)
            if n == 0 and len(records) > 1:
                raise
            return {"batchItemFailures": [{"itemIdentifier": sequence}]}
    return {"batchItemFailures": []}


def _count(failed: int) -> None:
    telemetry.count("RecordsFailed", failed)
