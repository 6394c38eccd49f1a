"""What each accident at a call does: what is done of the call, and what its caller hears."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError

from infra.local.engine.errors import ServiceError
from infra.local.engine.service import Answer, Params
from tests.simulation.accidents import Accident
from tests.simulation.lag import Lag
from tests.simulation.stillness import stopwatch

_CONNECT_SECONDS, _READ_SECONDS = 2, 8
_LATEST = 900
_THROTTLES = {
    "dynamodb": ("ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded"),
    "sqs": ("RequestThrottled", "ThrottlingException"),
    "events": ("ThrottlingException",),
    "secretsmanager": ("ThrottlingException",),
    "sesv2": ("TooManyRequestsException",),
}
_REFUSALS = ("MessageRejected", "LimitExceededException", "SendingPausedException")


class Died(BaseException):
    """The function was cut off here: no handler of it may go on."""


@dataclass(frozen=True)
class Call:
    """One attempt of one AWS call."""

    who: str
    service: str
    operation: str
    params: Params
    through: Callable[[str, str, Params], Answer]
    lag: Lag | None

    @property
    def name(self) -> str:
        return f"{self.service}.{self.operation}"

    @property
    def site(self) -> str:
        """The operation, told apart where other things can go wrong with it."""
        if "IndexName" in self.params:
            return f"{self.name} of an index"
        return f"{self.name} to fifo" if str(self.params.get("QueueUrl", "")).endswith(".fifo") else self.name

    def done(self, params: Params | None = None) -> Answer:
        return self.through(self.service, self.operation, self.params if params is None else params)


Race = Callable[[Accident], object]


def happen(accident: Accident, call: Call, race: Race) -> Answer:
    """The answer of a call to which something happens."""
    if accident.kind in ("race before", "race after"):
        return _raced(accident, call, race)
    return _MISHAPS[accident.kind](call, accident.chance())


def _raced(accident: Accident, call: Call, race: Race) -> Answer:
    if accident.kind == "race before":
        race(accident)
        return call.done()
    try:
        return call.done()
    finally:
        race(accident)


def _dies_before(call: Call, _: Random) -> Answer:
    raise Died


def _dies_after(call: Call, _: Random) -> Answer:
    _do_quietly(call)
    raise Died


def _no_connection(call: Call, _: Random) -> Answer:
    stopwatch.pass_by(_CONNECT_SECONDS)
    raise ConnectTimeoutError(endpoint_url=call.service)


def _answer_lost(call: Call, _: Random) -> Answer:
    _do_quietly(call)
    stopwatch.pass_by(_READ_SECONDS)
    raise ReadTimeoutError(endpoint_url=call.service)


def _throttled(call: Call, chance: Random) -> Answer:
    if call.operation == "TransactWriteItems" and chance.random() < 0.5:
        raise _cancelled(call, chance, "ThrottlingError")
    status = 429 if call.service == "sesv2" else 400
    raise ServiceError(chance.choice(_THROTTLES[call.service]), "Rate exceeded", status)


def _server_error(call: Call, chance: Random) -> Answer:
    if call.service == "dynamodb":
        raise ServiceError("InternalServerError", "Internal server error", 500)
    raise ServiceError(chance.choice(("ServiceUnavailable", "InternalFailure")), "busy", chance.choice((500, 503)))


def _server_error_done(call: Call, chance: Random) -> Answer:
    _do_quietly(call)
    return _server_error(call, chance)


def _transaction_conflict(call: Call, chance: Random) -> Answer:
    if call.operation == "TransactWriteItems":
        raise _cancelled(call, chance, "TransactionConflict")
    raise ServiceError("TransactionConflictException", "Transaction is ongoing for the item")


def _transaction_in_progress(call: Call, _: Random) -> Answer:
    raise ServiceError("TransactionInProgressException", "The transaction with the given token is in progress")


def _page_cut(call: Call, chance: Random) -> Answer:
    least = min(call.params.get("Limit", 3), chance.choice((1, 1, 2, 3)))
    return call.done(call.params | {"Limit": least})


def _index_lag(call: Call, chance: Random) -> Answer:
    assert call.lag is not None
    with call.lag.behind(chance.randint(1, 12)):
        return call.done()


def _unprocessed(member: str, inner: str | None) -> Callable[[Call, Random], Answer]:
    """Some of what was asked comes back undone; sometimes all of it."""

    def mishap(call: Call, chance: Random) -> Answer:
        ((table, request),) = call.params["RequestItems"].items()
        entries = request[inner] if inner else request
        kept = [entry for entry in entries if chance.random() < 0.5]
        left = [entry for entry in entries if entry not in kept]
        answer: Answer = {"Responses": {table: []}} if inner else {}
        if kept:
            share: Any = request | {inner: kept} if inner else kept
            answer = call.done(call.params | {"RequestItems": {table: share}})
        undone: Any = request | {inner: left} if inner else left
        return answer | ({member: {table: undone}} if left else {})

    return mishap


def _entries_refused(call: Call, chance: Random) -> Answer:
    entries = call.params["Entries"]
    kept = [n for n in range(len(entries)) if chance.random() < 0.5]
    answer = call.done(call.params | {"Entries": [entries[n] for n in kept]}) if kept else {}
    if call.service == "sqs":
        refused = [entries[n]["Id"] for n in range(len(entries)) if n not in kept]
        failed = [{"Id": name, "SenderFault": False, "Code": "InternalError", "Message": "busy"} for name in refused]
        return {"Successful": []} | answer | ({"Failed": failed} if failed else {})
    done = iter(answer.get("Entries", []))
    error = {"ErrorCode": "InternalFailure", "ErrorMessage": "busy"}
    shown = [next(done) if n in kept else error for n in range(len(entries))]
    return {"Entries": shown, "FailedEntryCount": len(entries) - len(kept)}


def _message_late(call: Call, chance: Random) -> Answer:
    late = {"DelaySeconds": chance.randint(1, _LATEST)}
    if call.operation == "SendMessage":
        return call.done(call.params | late)
    entries = [entry | late if chance.random() < 0.7 else entry for entry in call.params["Entries"]]
    return call.done(call.params | {"Entries": entries})


def _mail_refused(call: Call, chance: Random) -> Answer:
    raise ServiceError(chance.choice(_REFUSALS), "not now")


def _cancelled(call: Call, chance: Random, code: str) -> ServiceError:
    reasons = [{"Code": "None"} for _ in call.params["TransactItems"]]
    reasons[chance.randrange(len(reasons))] = {"Code": code, "Message": code}
    return ServiceError("TransactionCanceledException", f"cancelled [{code}]", 400, {"CancellationReasons": reasons})


def _do_quietly(call: Call) -> None:
    """Do it; whether it was refused nobody will hear either."""
    try:
        call.done()
    except ServiceError as error:
        if "AccessDenied" in error.code:
            raise


_MISHAPS: dict[str, Callable[[Call, Random], Answer]] = {
    "dies before": _dies_before,
    "dies after": _dies_after,
    "no connection": _no_connection,
    "answer lost": _answer_lost,
    "throttled": _throttled,
    "server error": _server_error,
    "server error, done": _server_error_done,
    "transaction conflict": _transaction_conflict,
    "transaction in progress": _transaction_in_progress,
    "page cut": _page_cut,
    "index lag": _index_lag,
    "unprocessed keys": _unprocessed("UnprocessedKeys", "Keys"),
    "unprocessed items": _unprocessed("UnprocessedItems", None),
    "entries refused": _entries_refused,
    "message late": _message_late,
    "mail refused": _mail_refused,
}
