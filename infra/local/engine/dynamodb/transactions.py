"""TransactWriteItems and TransactGetItems: all or nothing, with idempotent tokens under virtual time."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from infra.local.engine.dynamodb.capacity import Charge, read_units, write_units
from infra.local.engine.dynamodb.errors import (
    InvalidActionError,
    ValidationError,
    idempotent_parameter_mismatch,
    transaction_cancelled,
)
from infra.local.engine.dynamodb.items import Item
from infra.local.engine.dynamodb.requests import Expressions
from infra.local.engine.dynamodb.rows import Row
from infra.local.engine.dynamodb.writes import FindTable, Place, Write, place_of, prepare
from infra.local.engine.service import Answer, Clock, Params, refuse_unknown

TOKEN_LIFETIME = timedelta(minutes=10)
_MAX_ACTIONS = 100
_MAX_TOKEN = 36
_MAX_BYTES = 4 * 1024 * 1024
_KINDS = frozenset({"Put", "Update", "Delete", "ConditionCheck"})
_WRITE_MEMBERS = frozenset(
    {"TransactItems", "ReturnConsumedCapacity", "ReturnItemCollectionMetrics", "ClientRequestToken"}
)
_GET_MEMBERS = frozenset({"TableName", "Key", "ProjectionExpression", "ExpressionAttributeNames"})
_Given = TypeVar("_Given")
_Made = TypeVar("_Made")
_Change = tuple[Write, Row | None, Row | None]


@dataclass(frozen=True, slots=True)
class _Reason:
    """Why an action cannot be done; false where it can."""

    code: str
    message: str = ""
    item: Item | None = None

    def __bool__(self) -> bool:
        return self.code != "None"

    def shown(self) -> dict[str, Any]:
        shown: dict[str, Any] = {"Code": self.code}
        if self:
            shown["Message"] = self.message
        if self.item is not None:
            shown["Item"] = self.item
        return shown


_NO_REASON = _Reason("None")


class _Done(NamedTuple):
    """A committed transaction: when, what it was, and what a repetition reads, as (table, bytes)."""

    at: datetime
    digest: bytes
    items: tuple[tuple[str, int], ...]


class Transactions:
    """Does transactions and remembers their tokens for ten minutes after they are done."""

    def __init__(self, clock: Clock, find_table: FindTable) -> None:
        self._clock = clock
        self._find_table = find_table
        self._done: OrderedDict[str, _Done] = OrderedDict()

    def write(self, params: Params, charge: Charge) -> Answer:
        """TransactWriteItems. Every action costs twice its write units, also a cancelled one and a check."""
        refuse_unknown("TransactWriteItems", params, _WRITE_MEMBERS)
        actions = params["TransactItems"]
        _check_count(len(actions))
        token = params.get("ClientRequestToken")
        digest = b"" if token is None else _digest(actions)
        if token is not None and not 1 <= len(token) <= _MAX_TOKEN:
            raise ValidationError(f"Value at 'clientRequestToken' must have 1 to {_MAX_TOKEN} characters")
        if token is not None and self._repeated(token, digest, charge):
            return {}
        writes = [self._prepare(action) for action in actions]
        places = [write.place.identity for write in writes if isinstance(write, Write)]
        if len(set(places)) != len(places):
            raise ValidationError("Transaction request cannot include multiple operations on one item")
        changes = _decide(writes, charge)
        for write, old, new in changes:
            if write.kind == "ConditionCheck":
                charge.write(write.place.table.name, 2 * _units(old))
            else:
                write.place.table.commit(old, new, charge, 2)
        if token is not None:
            items = tuple((write.place.table.name, _size(new)) for write, _, new in changes)
            self._done[token] = _Done(self._clock(), digest, items)
        return {}

    def get(self, params: Params, charge: Charge) -> Answer:
        """TransactGetItems. Every item costs twice its consistent read units."""
        refuse_unknown("TransactGetItems", params, frozenset({"TransactItems", "ReturnConsumedCapacity"}))
        actions = params["TransactItems"]
        _check_count(len(actions))
        found = [_attempt(self._get, action["Get"]) for action in actions]
        _cancel_for([read if isinstance(read, _Reason) else _NO_REASON for read in found])
        reads = [read for read in found if not isinstance(read, _Reason)]
        if len({place.identity for place, _, _ in reads}) != len(reads):
            raise ValidationError("Transaction request cannot include multiple operations on one item")
        if sum(size for _, size, _ in reads) > _MAX_BYTES:
            raise _too_large()
        for place, size, _ in reads:
            charge.read(place.table.name, 2 * read_units(size, consistent=True))
        return {"Responses": [{} if item is None else {"Item": item} for *_, item in reads]}

    def _get(self, get: Params) -> tuple[Place, int, Item | None]:
        refuse_unknown("TransactGetItems Get", get, _GET_MEMBERS)
        expressions = Expressions(get)
        projection = expressions.projection()
        expressions.finish()
        _, place = place_of(self._find_table(get["TableName"]), get["Key"])
        row = place.row()
        if row is None:
            return place, 0, None
        return place, row.size, row.item if projection is None else projection.of(row.item)

    def _prepare(self, action: Params) -> Write | _Reason:
        if len(action) != 1 or action.keys() - _KINDS:
            raise ValidationError("TransactItems can only contain one of Check, Put, Update or Delete in each element")
        kind, params = next(iter(action.items()))
        return _attempt(lambda given: prepare(kind, given, self._find_table), params)

    def _repeated(self, token: str, digest: bytes, charge: Charge) -> bool:
        now = self._clock()
        while self._done:
            oldest = next(iter(self._done))
            if self._done[oldest].at + TOKEN_LIFETIME > now:
                break
            del self._done[oldest]
        done = self._done.get(token)
        if done is None:
            return False
        if done.digest != digest:
            raise idempotent_parameter_mismatch()
        for table, size in done.items:
            charge.read(table, 2 * read_units(size, consistent=True))
        return True


def _decide(writes: list[Write | _Reason], charge: Charge) -> list[_Change]:
    """What every write makes of its item, or the cancellation with its reasons."""
    changes: list[_Change] = []
    reasons: list[_Reason] = []
    size = 0
    for write in writes:
        if isinstance(write, _Reason):
            reasons.append(write)
            continue
        old = write.place.row()
        new, reason = _judge(write, old)
        changes.append((write, old, new))
        reasons.append(reason)
        size += max(_size(old), _size(new))
    if any(reasons):
        for write, old, new in changes:
            charge.write(write.place.table.name, 2 * max(_units(old), _units(new)))
        _cancel_for(reasons)
    if size > _MAX_BYTES:
        raise _too_large()
    return changes


def _judge(write: Write, old: Row | None) -> tuple[Row | None, _Reason]:
    if not write.allowed(old):
        item = old.item if write.shows_item and old is not None else None
        return None, _Reason("ConditionalCheckFailed", "The conditional request failed", item)
    new = _attempt(write.outcome, old)
    return (None, new) if isinstance(new, _Reason) else (new, _NO_REASON)


def _attempt(do: Callable[[_Given], _Made], given: _Given) -> _Made | _Reason:
    """What it makes, or the reason why this action cannot be done."""
    try:
        return do(given)
    except InvalidActionError as error:
        return _Reason("ValidationError", error.message)


def _cancel_for(reasons: list[_Reason]) -> None:
    if any(reasons):
        raise transaction_cancelled([reason.shown() for reason in reasons])


def _digest(actions: list[Params]) -> bytes:
    return hashlib.blake2b(json.dumps(actions, sort_keys=True).encode(), digest_size=16).digest()


def _check_count(count: int) -> None:
    if not 1 <= count <= _MAX_ACTIONS:
        raise ValidationError(
            "1 validation error detected: Value at 'transactItems' failed to satisfy constraint: "
            f"Member must have length less than or equal to {_MAX_ACTIONS} and greater than or equal to 1"
        )


def _too_large() -> ValidationError:
    return ValidationError("The aggregated size of all items in the transaction cannot exceed 4 MB")


def _size(row: Row | None) -> int:
    return 0 if row is None else row.size


def _units(row: Row | None) -> int:
    return write_units(_size(row))
