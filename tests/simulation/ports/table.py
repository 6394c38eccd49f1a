"""`shared.aws.table.Table` in memory, with DynamoDB's rules: what the stores get instead of the wire.

Transactions are all or none and name what they lost, a token makes a repeat harmless, a page may end anywhere, the
index lags. Sizes and key lengths are not checked here: the wire mode does that. `test_table.py` compares it with the
real class over the local engine.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from shared.aws.marshal import Item
from shared.aws.table import TRANSACTION_LIMIT, Check, Delete, Key, Put, Table, Update, Write, guarded
from tests.simulation.ports.conditions import condition
from tests.simulation.ports.door import Door, Read, refusal
from tests.simulation.ports.rows import Rows, between, stored
from tests.simulation.ports.updates import updated

T = TypeVar("T")
_READ_CHUNK, _WRITE_CHUNK = 100, 25
_SITES = {Put: "PutItem", Update: "UpdateItem", Delete: "DeleteItem"}


class MemoryTable(Table):
    """One table."""

    def __init__(self, rows: Rows, door: Door) -> None:
        super().__init__("memory")
        self.rows = rows
        self._door = door
        self._tokens: dict[str, Sequence[Write]] = {}

    def items(self) -> Iterator[Item]:
        """All that is there, as an export would show it."""
        return self.rows.all()

    def get(self, key: Key, *, later: Container[str] = ()) -> Item | None:  # noqa: ARG002
        place = key["pk"], key["sk"]
        return self._call("GetItem", lambda _: self.rows.get(place))

    def get_many(
        self,
        keys: Iterable[Key],
        *,
        later: Container[str] = (),  # noqa: ARG002 - here everything is read at once
    ) -> dict[tuple[str, str], Item]:
        unique = list({(key["pk"], key["sk"]): None for key in keys})
        found: dict[tuple[str, str], Item] = {}
        for start in range(0, len(unique), _READ_CHUNK):
            pending = unique[start : start + _READ_CHUNK]
            while pending:
                pending = self._call("BatchGetItem", _reading(self.rows, pending, found))
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
        later: Container[str] = (),  # noqa: ARG002
    ) -> Iterator[Item]:
        test = condition(keep) if keep else None
        position = after

        def read(how: Read) -> tuple[list[Item], str | None]:
            sorts = self.rows.sorts(pk)
            low, high = between(sorts, first, last, prefix)
            sorts = sorts[low:high]
            if position is not None:
                sorts = [s for s in sorts if (s < position if backwards else s > position)]
            shown, rest = _page(sorts[::-1] if backwards else sorts, page, how.cut)
            items = [item for sort in shown if (item := self.rows.get((pk, sort))) is not None]
            return [i for i in items if test is None or test(i, values or {})], rest

        more = True
        while more:
            found, position = self._call("Query", read)
            yield from found
            more = position is not None

    def query_index(
        self, gsi1pk: str, *, after: Item | None = None, page: int | None = None, prefix: str | None = None
    ) -> Iterator[Item]:
        position = None if after is None else (after["gsi1sk"], after["pk"], after["sk"])

        def read(how: Read) -> tuple[list[tuple[str, str, str]], tuple[str, str, str] | None]:
            entries = [
                entry
                for entry in self.rows.index(gsi1pk, how.behind)
                if (position is None or entry > position) and entry[0].startswith(prefix or "")
            ]
            return _page(entries, page, how.cut)

        more = True
        while more:
            found, position = self._call("Query of an index", read)
            yield from ({"pk": pk, "sk": sk, "gsi1pk": gsi1pk, "gsi1sk": sort} for sort, pk, sk in found)
            more = position is not None

    def write(self, write: Write) -> None:
        operation = _SITES[type(write)]  # type: ignore[index]

        def do(_: Read) -> None:
            key, new, holds = self._outcome(write)
            if not holds:
                raise refusal("ConditionalCheckFailedException", operation)
            self.rows.commit(key, new)

        self._call(operation, do)

    def put_idempotent(self, items: Iterable[Item]) -> None:
        self._batch([((item["pk"], item["sk"]), _whole(item)) for item in items])

    def delete_idempotent(self, keys: Iterable[Key]) -> None:
        self._batch([((key["pk"], key["sk"]), None) for key in keys])

    def _batch(self, changes: list[tuple[tuple[str, str], Item | None]]) -> None:  # type: ignore[override]
        for start in range(0, len(changes), _WRITE_CHUNK):
            pending = changes[start : start + _WRITE_CHUNK]
            while pending:
                pending = self._call("BatchWriteItem", _writing(self.rows, pending))

    def transact(self, writes: Sequence[Write], token: str | None = None) -> None:
        if len(writes) == 1 and not isinstance(writes[0], Check):
            self.write(writes[0])
            return
        self._call("TransactWriteItems", lambda _: self._transacted(writes, token), several=len(writes))

    def _transacted(self, writes: Sequence[Write], token: str | None) -> None:
        if token is not None and token in self._tokens:
            if self._tokens[token] != writes:
                raise refusal("IdempotentParameterMismatchException", "TransactWriteItems")
            return
        outcomes = [self._outcome(write) for write in writes]
        if len({key for key, _, _ in outcomes}) < len(writes) or not 0 < len(writes) <= TRANSACTION_LIMIT:
            raise refusal("ValidationException", "TransactWriteItems")
        if not all(holds for _, _, holds in outcomes):
            reasons = ["None" if holds else "ConditionalCheckFailed" for _, _, holds in outcomes]
            raise refusal("TransactionCanceledException", "TransactWriteItems", reasons)
        for write, (key, new, _) in zip(writes, outcomes, strict=True):
            if not isinstance(write, Check):
                self.rows.commit(key, new)
        if token is not None:
            self._tokens[token] = writes

    def _outcome(self, write: Write) -> tuple[tuple[str, str], Item | None, bool]:
        """Key, item afterwards, and whether the condition holds."""
        if isinstance(write, Put):
            key = write.item["pk"], write.item["sk"]
            old = self.rows.get(key)
            if write.fresh:
                return key, _whole(write.item), old is None
            return key, _whole(write.item), _holds(write, old)
        key = write.key["pk"], write.key["sk"]
        old = self.rows.get(key)
        if not _holds(write, old):
            return key, None, False
        return key, updated(old or dict(write.key), write) if isinstance(write, Update) else None, True

    def _call(self, operation: str, do: Callable[[Read], T], several: int = 1) -> T:
        return guarded(lambda: self._door.call(operation, do, several))


def _page(entries: list[T], page: int | None, cut: int | None) -> tuple[list[T], T | None]:
    """The first of them, and the last of those if there may be more."""
    most = min(page or len(entries) + 1, cut or len(entries) + 1)
    shown = entries[:most]
    return shown, shown[-1] if len(shown) == most else None


def _reading(rows: Rows, pending: list[tuple[str, str]], found: dict[tuple[str, str], Item]) -> Any:
    def read(how: Read) -> list[tuple[str, str]]:
        now = pending[: how.cut]
        found.update({key: item for key in now if (item := rows.get(key)) is not None})
        return pending[len(now) :]

    return read


def _writing(rows: Rows, pending: list[tuple[tuple[str, str], Item | None]]) -> Any:
    def write(how: Read) -> list[tuple[tuple[str, str], Item | None]]:
        now = pending[: how.cut]
        for key, item in now:
            rows.commit(key, item)
        return pending[len(now) :]

    return write


def _whole(item: Item) -> Item:
    return {name: stored(value) for name, value in item.items() if value is not None}


def _holds(write: Write, old: Item | None) -> bool:
    return write.when is None or condition(write.when)(old or {}, write.values)
