"""What a letter is, what its function would do with it, and what an operator should do about it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from infra.operator.dead_letters.failures import Failure, document
from infra.operator.dead_letters.model import DeadQueue, Letter

_STEPS = Path(__file__).resolve().parents[3] / "functions"
_NAME_IN_ARN = 6
_STREAM_KEEPS = timedelta(hours=24)
_MISSED = {
    "fan_out_changes": "Work that follows from these changes was never sent. Once the function is repaired, send it by "
    "hand (twice is harmless): docs/dead-letters.md names the message for each kind of key.",
    "publish_events": "Events of these changes were never published; the facts are in the table. Once the function is "
    "repaired, let consumers read them (GET /v1/backorders/{id}/history, GET /v1/releases).",
}


def base_of(queue: str) -> str:
    """`allocate-stock` of `allocate-stock-dead.fifo`."""
    return queue.removesuffix(".fifo").removesuffix("-dead")


def step_of(queue: str) -> str | None:
    """The folder of the function whose work lies on a queue, whatever stage is in front of its name."""
    base = base_of(queue).replace("-", "_")
    steps = [path.parent.name for path in _STEPS.glob("*/handler.py")]
    return next((step for step in steps if base == step or base.endswith(f"_{step}")), None)


def purpose(queue: str) -> str:
    """What the function does with a message, in the words of its door."""
    step = step_of(queue)
    if step is None:
        return "an hourly run; what is due is told by the clock, never by the message"
    text = ast.get_docstring(ast.parse((_STEPS / step / "handler.py").read_text(encoding="utf-8"))) or step
    return text.splitlines()[0]


def stream_batch(letter: Letter) -> dict[str, Any] | None:
    """Where the records lie that a stream's letter stands for; None for any other letter."""
    found = (document(letter.body) or {}).get("DDBStreamBatchInfo")
    return found if isinstance(found, dict) else None


def forgotten_at(letter: Letter, queue: DeadQueue) -> datetime:
    """When SQS drops the letter: moving to a standard dead-letter queue does not restart the time it is kept."""
    return letter.sent_at + queue.kept


def advice(letter: Letter, queue: DeadQueue, failure: Failure) -> list[str]:
    """What to do, step by step."""
    batch = stream_batch(letter)
    if batch is not None:
        return list(_for_a_stream(letter, batch))
    if queue.source is None:
        return list(_for_a_run(letter))
    if failure.unreadable:
        return [
            f"It can never be read, so sending it back does not help. Tell the sender, send a right one to "
            f"{queue.source}, and let this one be forgotten.",
        ]
    return [
        "Remove the cause. Work is idempotent: what was done before it died is not done again.",
        f"Then: redrive {queue.name} --only {letter.message_id} --reason WHY (or the whole queue).",
    ]


def _for_a_stream(letter: Letter, batch: dict[str, Any]) -> Iterator[str]:
    yield "It cannot be sent back: it only says where the records lie in the table's stream, not what is in them."
    last = datetime.fromisoformat(str(batch["approximateArrivalOfFirstRecord"])) + _STREAM_KEEPS
    yield f"Read them until {last:%Y-%m-%d %H:%M} UTC, when the stream forgets them:"
    yield (
        f"  aws dynamodbstreams get-records --limit {batch['batchSize']} --shard-iterator $(aws dynamodbstreams "
        f"get-shard-iterator --stream-arn {batch['streamArn']} --shard-id {batch['shardId']} "
        f"--shard-iterator-type AT_SEQUENCE_NUMBER --sequence-number {batch['startSequenceNumber']} "
        "--query ShardIterator --output text)"
    )
    yield _MISSED[step_of(letter.queue) or "fan_out_changes"]


def _for_a_run(letter: Letter) -> Iterator[str]:
    record = document(letter.body) or {}
    arn = str((record.get("requestContext") or {}).get("functionArn", ""))
    function = (arn.split(":")[_NAME_IN_ARN:] or ["its function"])[0]
    yield "It need not be sent back: the next hourly run does what this one did not."
    yield f"Look whether that went well (log of {function}), else repair it."
