"""The table in plain values: reads that cannot be partial, writes that state their condition.

Every write is conditional, or sits in a transaction with one that is. Errors of DynamoDB become errors of the kernel
here and nowhere else: a lost condition is `ConditionLost`, contention and throttling are `Contended`/`Unavailable`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from shared.aws.clients import client
from shared.aws.marking import CAUSED, mark
from shared.aws.marshal import Item, item_from_wire, item_to_wire, to_wire
from shared.kernel.errors import Contended, ServiceError, Unavailable

Key = dict[str, str]
Path = str | tuple[str, ...]
T = TypeVar("T")

TRANSACTION_LIMIT = 100
_READ_CHUNK = 100
_WRITE_CHUNK = 25

contention = Counter[str]()
"""Writes of this process whose condition no longer held: a race that was lost, or a repeat that changed nothing."""


class ConditionLost(ServiceError):
    """A condition did not hold. `lost` holds the positions of the writes that lost theirs."""

    code, title, status = "condition-lost", "The state changed in between", 409

    def __init__(self, lost: tuple[int, ...] = (0,)) -> None:
        contention["lost"] += 1
        super().__init__("a condition did not hold")
        self.lost = lost


@dataclass(frozen=True)
class Put:
    """Write a whole item. `when` is a condition expression; `fresh=True` means the key must not exist."""

    item: Item
    when: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    fresh: bool = False


@dataclass(frozen=True)
class Update:
    """Change attributes of one item.

    `set` assigns, `plus` adds to a number (absent counts as 0), `append` extends a list, `remove` drops attributes.
    A path is an attribute name or a tuple of names into maps. In `when`, plain attribute names are written as
    `#name` and values as `:name` (given in `values`).
    """

    key: Key
    set: Mapping[Path, Any] = field(default_factory=dict)
    plus: Mapping[Path, int] = field(default_factory=dict)
    append: Mapping[Path, list[Any]] = field(default_factory=dict)
    remove: Sequence[Path] = ()
    when: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Delete:
    key: Key
    when: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Check:
    """Only a condition, inside a transaction."""

    key: Key
    when: str
    values: Mapping[str, Any] = field(default_factory=dict)


Write = Put | Update | Delete | Check


class Table:
    """One DynamoDB table. All reads are strongly consistent unless said otherwise."""

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def _client(self) -> Any:
        return client("dynamodb")

    # reads

    def get(self, key: Key, *, later: Container[str] = ()) -> Item | None:
        """The item, or None; `later` as in `get_many`."""
        answer = guarded(self._client.get_item, TableName=self.name, Key=_wire_key(key), ConsistentRead=True)
        return item_from_wire(answer["Item"], later) if "Item" in answer else None

    def get_many(self, keys: Iterable[Key], *, later: Container[str] = ()) -> dict[tuple[str, str], Item]:
        """All that exist, by (pk, sk). Never partial: unprocessed keys are asked for again. Lists named in `later`
        are read when they are looked at."""
        unique = list({(k["pk"], k["sk"]): k for k in keys}.values())
        found: dict[tuple[str, str], Item] = {}
        for start in range(0, len(unique), _READ_CHUNK):
            pending = [_wire_key(k) for k in unique[start : start + _READ_CHUNK]]
            while pending:
                request = {self.name: {"Keys": pending, "ConsistentRead": True}}
                answer = guarded(self._client.batch_get_item, RequestItems=request)
                for wire in answer["Responses"].get(self.name, []):
                    found[wire["pk"]["S"], wire["sk"]["S"]] = item_from_wire(wire, later)
                pending = answer.get("UnprocessedKeys", {}).get(self.name, {}).get("Keys", [])
        return found

    def query(
        self,
        pk: str,
        *,
        first: str | None = None,
        last: str | None = None,
        prefix: str | None = None,
        after: str | None = None,
        keep: str | None = None,
        values: Mapping[str, Any] | None = None,
        page: int | None = None,
        backwards: bool = False,
        later: Container[str] = (),
    ) -> Iterator[Item]:
        """Items of one partition in sort-key order, page after page, lazily.

        `first`/`last` bound the sort key (inclusive), `after` starts behind a key, `prefix` selects by beginning;
        `keep` is a filter expression; `page` is how many items one call reads; `later` as in `get_many`.
        """
        request = _query_request(self.name, "pk", "sk", pk, first, last, prefix)
        request |= {"ConsistentRead": True, "ScanIndexForward": not backwards}
        if keep:
            names, extra = _placeholders(keep, values or {})
            request["FilterExpression"] = keep
            request["ExpressionAttributeNames"] |= names
            request["ExpressionAttributeValues"] |= extra
        if page:
            request["Limit"] = page
        if after is not None:
            request["ExclusiveStartKey"] = _wire_key({"pk": pk, "sk": after})
        yield from self._pages(request, later)

    def query_index(
        self, gsi1pk: str, *, after: Item | None = None, page: int | None = None, prefix: str | None = None
    ) -> Iterator[Item]:
        """Keys (pk, sk, gsi1pk, gsi1sk) from the sparse index, in gsi1sk order. Eventually consistent."""
        request = _query_request(self.name, "gsi1pk", "gsi1sk", gsi1pk, None, None, prefix)
        request["IndexName"] = "gsi1"
        if page:
            request["Limit"] = page
        if after is not None:
            request["ExclusiveStartKey"] = item_to_wire(after)
        yield from self._pages(request)

    def _pages(self, request: dict[str, Any], later: Container[str] = ()) -> Iterator[Item]:
        while True:
            answer = guarded(self._client.query, **request)
            for wire in answer["Items"]:
                yield item_from_wire(wire, later)
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    # writes

    def write(self, write: Write) -> None:
        """One write. Raises ConditionLost."""
        kind, request = _request(self.name, write)
        call = {"Put": "put_item", "Update": "update_item", "Delete": "delete_item"}[kind]
        guarded(getattr(self._client, call), **request)

    def put_idempotent(self, items: Iterable[Item]) -> None:
        """Unconditional puts of items whose content follows from their key (directory entries), 25 a call."""
        self._batch([{"PutRequest": {"Item": item_to_wire(item)}} for item in items])

    def delete_idempotent(self, keys: Iterable[Key]) -> None:
        """Unconditional deletes of items that nobody will write again."""
        self._batch([{"DeleteRequest": {"Key": _wire_key(key)}} for key in keys])

    def _batch(self, requests: list[dict[str, Any]]) -> None:
        for start in range(0, len(requests), _WRITE_CHUNK):
            pending = requests[start : start + _WRITE_CHUNK]
            while pending:
                answer = guarded(self._client.batch_write_item, RequestItems={self.name: pending})
                pending = answer.get("UnprocessedItems", {}).get(self.name, [])

    def transact(self, writes: Sequence[Write], token: str | None = None) -> None:
        """All or none, 100 at most. `token` (derived from the cause, never random) makes a repeat harmless for
        ten minutes; beyond that the conditions must. Raises ConditionLost naming the writes, Contended."""
        if len(writes) == 1 and not isinstance(writes[0], Check):
            self.write(writes[0])
            return
        items = [dict([_request(self.name, write)]) for write in writes]
        extra = {"ClientRequestToken": token} if token else {}
        guarded(self._client.transact_write_items, TransactItems=items, **extra)


def guarded(function: Callable[..., T], **request: Any) -> T:
    try:
        return function(**request)
    except ClientError as error:
        translated = _translate(error)
        if translated is error:  # an error that is its own cause sends whoever follows causes round in circles
            raise
        raise translated from error
    except BotoCoreError as error:
        raise Unavailable("the table did not answer", retry_after=2) from error


_CONTENTION = {"TransactionConflictException", "TransactionInProgressException"}
_THROTTLE = {
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "RequestLimitExceeded",
    "InternalServerError",
    "ServiceUnavailable",
}


def _translate(error: ClientError) -> Exception:
    code = error.response["Error"]["Code"]
    if code == "ConditionalCheckFailedException":
        return ConditionLost()
    if code == "TransactionCanceledException":
        reasons = [r.get("Code", "None") for r in error.response.get("CancellationReasons", [])]
        lost = tuple(i for i, r in enumerate(reasons) if r == "ConditionalCheckFailed")
        if lost:
            return ConditionLost(lost)
        if any(r in {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"} for r in reasons):
            return Contended("other writers were faster", retry_after=1)
        return error
    if code in _CONTENTION:
        return Contended("other writers were faster", retry_after=1)
    if code in _THROTTLE:
        return Unavailable("the table is busy", retry_after=2)
    return error


def _wire_key(key: Key) -> dict[str, Any]:
    return {"pk": {"S": key["pk"]}, "sk": {"S": key["sk"]}}


def _query_request(
    table: str, pk_name: str, sk_name: str, pk: str, first: str | None, last: str | None, prefix: str | None
) -> dict[str, Any]:
    names, values = {"#pk": pk_name}, {":pk": {"S": pk}}
    condition = "#pk = :pk"
    if prefix is not None:
        condition += " AND begins_with(#sk, :prefix)"
        values[":prefix"] = {"S": prefix}
    elif first is not None and last is not None:
        condition += " AND #sk BETWEEN :first AND :last"
        values |= {":first": {"S": first}, ":last": {"S": last}}
    elif first is not None:
        condition += " AND #sk >= :first"
        values[":first"] = {"S": first}
    elif last is not None:
        condition += " AND #sk <= :last"
        values[":last"] = {"S": last}
    if "#sk" in condition:
        names["#sk"] = sk_name
    return {
        "TableName": table,
        "KeyConditionExpression": condition,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
    }


def _placeholders(expression: str, values: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, Any]]:
    names = {"#" + n: n for n in names_in(expression)}
    return names, {":" + k: to_wire(v) for k, v in values.items()}


def names_in(expression: str) -> Iterator[str]:
    for part in expression.split("#")[1:]:
        name = ""
        for char in part:
            if not (char.isalnum() or char == "_"):
                break
            name += char
        yield name


def _request(table: str, write: Write) -> tuple[str, dict[str, Any]]:
    if isinstance(write, Put):
        request: dict[str, Any] = {"TableName": table, "Item": item_to_wire(write.item | mark(write.item))}
        when = "attribute_not_exists(pk)" if write.fresh else write.when
        return "Put", request | _condition(when, write.values)
    request = {"TableName": table, "Key": _wire_key(write.key)}
    if isinstance(write, Delete):
        return "Delete", request | _condition(write.when, write.values)
    if isinstance(write, Check):
        return "ConditionCheck", request | _condition(write.when, write.values)
    return "Update", request | _update(write)


def _condition(when: str | None, values: Mapping[str, Any]) -> dict[str, Any]:
    if when is None:
        return {}
    names, wire = _placeholders(when, values)
    out: dict[str, Any] = {"ConditionExpression": when}
    if names:
        out["ExpressionAttributeNames"] = names
    if wire:
        out["ExpressionAttributeValues"] = wire
    return out


class _Clauses:
    """Builds one update expression with its placeholders."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.values: dict[str, Any] = {}
        self.parts: list[str] = []

    def path(self, path: Path) -> str:
        steps = (path,) if isinstance(path, str) else path
        out = []
        for step in steps:
            mark = f"#n{len(self.names)}"
            for known, name in self.names.items():
                if name == step:
                    mark = known
            self.names[mark] = step
            out.append(mark)
        return ".".join(out)

    def value(self, value: Any) -> str:
        mark = f":v{len(self.values)}"
        self.values[mark] = to_wire(value)
        return mark


def _update(write: Update) -> dict[str, Any]:
    c = _Clauses()
    marked = {} if CAUSED in write.remove else mark(write.key)
    sets = [f"{c.path(p)} = {c.value(v)}" for p, v in (*write.set.items(), *marked.items())]
    for path, delta in write.plus.items():
        where = c.path(path)
        sets.append(f"{where} = if_not_exists({where}, {c.value(0)}) + {c.value(delta)}")
    for path, more in write.append.items():
        where = c.path(path)
        sets.append(f"{where} = list_append(if_not_exists({where}, {c.value([])}), {c.value(more)})")
    expression = "SET " + ", ".join(sets) if sets else ""
    if write.remove:
        expression += " REMOVE " + ", ".join(c.path(p) for p in write.remove)
    out = _condition(write.when, write.values)
    out["UpdateExpression"] = expression.strip()
    out["ExpressionAttributeNames"] = out.get("ExpressionAttributeNames", {}) | c.names
    merged = out.get("ExpressionAttributeValues", {}) | c.values
    if merged:
        out["ExpressionAttributeValues"] = merged
    return out
