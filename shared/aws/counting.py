"""How much of AWS the calls of this process consumed: counted where clients are made, for all of them.

DynamoDB says itself what a call took (`ReturnConsumedCapacity`): only it knows how large an item is that is updated or
looked through. Of what it refuses it does not say it, although it bills it; there the least is counted.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

Amounts = Iterator[tuple[str, float]]

READS = frozenset({"GetItem", "BatchGetItem", "Query", "Scan"})
WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"})
_BILLED_REFUSALS = frozenset({"ConditionalCheckFailedException", "TransactionCanceledException"})
_TRANSACTION = 2  # every write of one is billed twice

_consumed: dict[str, float] = {}
_lock = threading.Lock()


def count_calls(**made: Any) -> None:
    """For botocore's `creating-client-class`: whatever class of client it makes counts."""
    made["base_classes"].insert(0, _Counted)


def take() -> dict[str, float]:
    """What was consumed since this was asked last, by the names of the price table."""
    with _lock:
        taken = dict(_consumed)
        _consumed.clear()
    return taken


class _Counted:
    """A client's calls, with what they consume."""

    meta: Any

    def _make_api_call(self, operation: str, params: dict[str, Any]) -> Any:
        service = self.meta.service_model.service_name
        if service == "dynamodb" and operation in READS | WRITES:
            params = {**params, "ReturnConsumedCapacity": "TOTAL"}
        try:
            answer = super()._make_api_call(operation, params)  # type: ignore[misc]
        except ClientError as error:
            if service == "dynamodb" and error.response["Error"]["Code"] in _BILLED_REFUSALS:
                _add([("write_units", _least(params))])
            raise
        _add(_OF[service](operation, params, answer))
        return answer


def _add(amounts: Any) -> None:
    with _lock:
        for resource, amount in amounts:
            _consumed[resource] = _consumed.get(resource, 0) + amount


def _least(params: Mapping[str, Any]) -> int:
    return _TRANSACTION * len(params["TransactItems"]) if "TransactItems" in params else 1


def _of_table(operation: str, _params: Any, answer: Mapping[str, Any]) -> Amounts:
    reports = answer.get("ConsumedCapacity", ())
    for report in [reports] if isinstance(reports, Mapping) else reports:
        if operation in READS:
            yield "read_units", report["CapacityUnits"]
        else:
            # Of a transaction that is repeated with its token nothing is written again: reading it is what is billed.
            read = report.get("ReadCapacityUnits", 0)
            yield "read_units", read
            yield "write_units", report["CapacityUnits"] - read


def _of_queue(_operation: str, params: Mapping[str, Any], _answer: Any) -> Amounts:
    yield queue_resource(str(params.get("QueueUrl", ""))), 1


def queue_resource(url_or_arn: str) -> str:
    """The resource of the price table that a request to this queue is one of. A call of ours stays below the 64 KB that
    are one request."""
    return "fifo_requests" if url_or_arn.endswith(".fifo") else "queue_requests"


def _of_bus(_operation: str, params: Mapping[str, Any], _answer: Any) -> Amounts:
    yield "events", len(params.get("Entries", ()))


def _of_mail(_operation: str, params: Mapping[str, Any], _answer: Any) -> Amounts:
    yield "mails", sum(map(len, params.get("Destination", {}).values()))


def _of_secrets(_operation: str, _params: Any, _answer: Any) -> Amounts:
    yield "secret_reads", 1


_OF: Mapping[str, Callable[[str, Any, Any], Amounts]] = {
    "dynamodb": _of_table,
    "sqs": _of_queue,
    "events": _of_bus,
    "sesv2": _of_mail,
    "secretsmanager": _of_secrets,
}
