"""Everything that may go wrong, and where it can: at a call of AWS, or at the invocation of a function."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

Applies = Callable[[str], bool]

_WRITES_ONE = frozenset({"dynamodb.PutItem", "dynamodb.UpdateItem", "dynamodb.DeleteItem"})


def _any(_: str) -> bool:
    return True


def _one_of(*names: str) -> Applies:
    return lambda operation: operation in names


CALLS: dict[str, Applies] = {
    "dies before": _any,
    "dies after": _any,
    "no connection": _any,
    "answer lost": _any,
    "throttled": _any,
    "server error": _any,
    "server error, done": _any,
    "race before": _any,
    "race after": _any,
    "transaction conflict": _one_of("dynamodb.TransactWriteItems", *_WRITES_ONE),
    "transaction in progress": _one_of("dynamodb.TransactWriteItems"),
    "page cut": _one_of("dynamodb.Query", "dynamodb.Query of an index", "dynamodb.Scan"),
    "index lag": _one_of("dynamodb.Query of an index"),
    "unprocessed keys": _one_of("dynamodb.BatchGetItem"),
    "unprocessed items": _one_of("dynamodb.BatchWriteItem"),
    "entries refused": _one_of("sqs.SendMessageBatch", "sqs.SendMessageBatch to fifo", "events.PutEvents"),
    "message late": _one_of("sqs.SendMessageBatch", "sqs.SendMessage"),
    "mail refused": _one_of("sesv2.SendEmail"),
}
"""Kinds at a call, by the operation (`Call.site`) they can happen to."""

DELIVERIES: dict[str, frozenset[str]] = {
    "function throttled": frozenset({"queue", "fifo", "stream", "async"}),
    "times out at its end": frozenset({"queue", "fifo", "stream", "async"}),
    "delivered twice": frozenset({"http", "queue", "fifo", "stream", "async"}),
    "delivered again later": frozenset({"queue", "fifo", "stream"}),
    "delivered while it runs": frozenset({"http", "queue", "fifo"}),
    "batch reordered": frozenset({"queue"}),
    "batch in pieces": frozenset({"queue", "fifo", "stream"}),
    "clock skewed": frozenset({"http", "queue", "fifo", "stream", "async"}),
    "cold start": frozenset({"http", "queue", "fifo", "stream", "async"}),
    "schedule twice": frozenset({"schedule"}),
    "schedule late": frozenset({"schedule"}),
    "schedule never": frozenset({"schedule"}),
    "client hears nothing": frozenset({"http"}),
}
"""Kinds at an invocation, by what started it. A client that hears nothing for long asks again, also while it runs."""

BURSTS = frozenset({"no connection", "answer lost", "throttled", "server error", "transaction conflict"})
"""Kinds that may last for several calls, so that botocore's own retries are used up."""

EXPIRIES = ("expired late", "expired never")
"""Kinds at the deletion of items whose time is over."""

REPORTS = ("report late", "report twice", "report never")
"""Kinds at what SES reports about a mail that it took."""

KINDS = (*CALLS, *DELIVERIES, *EXPIRIES, *REPORTS)


@cache
def kinds_at_call(operation: str) -> tuple[str, ...]:
    return tuple(kind for kind, applies in CALLS.items() if applies(operation))


@cache
def kinds_at_delivery(source: str) -> tuple[str, ...]:
    return tuple(kind for kind, sources in DELIVERIES.items() if source in sources)
