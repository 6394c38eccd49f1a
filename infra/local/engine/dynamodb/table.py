"""A table: rows, indexes, stream and expiry, changed only by `commit`."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from infra.local.engine.dynamodb.capacity import Charge, write_units
from infra.local.engine.dynamodb.errors import InvalidActionError, ValidationError
from infra.local.engine.dynamodb.index import Index
from infra.local.engine.dynamodb.items import Item, Value, copy_item, kind_of, sort_value, text_size
from infra.local.engine.dynamodb.rows import Position, Row, Rows
from infra.local.engine.dynamodb.schema import TableSchema
from infra.local.engine.dynamodb.stream import Stream
from infra.local.engine.service import Clock

_MAX_KEY_BYTES = (2048, 1024)
_OLDEST_EXPIRY = timedelta(days=5 * 365)
_LAST_EXPIRY = 253_402_300_799  # the end of the year 9999


class Table:
    """A table of the account."""

    def __init__(self, schema: TableSchema, account: str, region: str, clock: Clock) -> None:
        self.schema = schema
        self.name = schema.name
        self.arn = f"arn:aws:dynamodb:{region}:{account}:table/{schema.name}"
        self.created_at = clock()
        self.rows = Rows()
        self._key_types = schema.key.types
        self._key_limits = dict(zip(schema.key.names, _MAX_KEY_BYTES, strict=False))
        self.indexes = {index.name: Index(index) for index in schema.indexes}
        self._index_keys = {
            name: (kind, index.name, limit)
            for index in schema.indexes
            for (name, kind), limit in zip(index.key.types.items(), _MAX_KEY_BYTES, strict=False)
        }
        self._expiries: list[tuple[int, str, Position]] = []
        self._stream: Stream | None = None
        if schema.stream_view is not None:
            label = self.created_at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
            self._stream = Stream(f"{self.arn}/stream/{label}", schema.stream_view, region, clock)

    @property
    def stream(self) -> Stream:
        """The stream; ValueError if the table has none."""
        if self._stream is None:
            raise ValueError(f"table {self.name} has no stream")
        return self._stream

    @property
    def stream_arn(self) -> str:
        """ARN of the stream; ValueError if the table has none."""
        return self.stream.arn

    @property
    def has_stream(self) -> bool:
        """Whether changes are recorded."""
        return self._stream is not None

    def items(self) -> Iterator[Item]:
        """Copies of all items in wire format, in the order of a scan."""
        for row in self.rows:
            yield copy_item(row.item)

    def place(self, key: Mapping[str, Value]) -> tuple[str, Position]:
        """Where an item with this admitted key (exactly the key attributes) stands, or ValidationError."""
        if len(key) != len(self._key_types) or any(
            kind not in key.get(name, ()) for name, kind in self._key_types.items()
        ):
            raise InvalidActionError("The provided key element does not match the schema")
        return self._place(key)

    def place_of_item(self, item: Item) -> tuple[str, Position]:
        """Where an admitted item stands, or ValidationError if a key of the table or an index is wrong."""
        for name, kind in self._key_types.items():
            value = item.get(name)
            if value is None:
                raise InvalidActionError(
                    f"One or more parameter values were invalid: Missing the key {name} in the item"
                )
            if kind_of(value) != kind:
                raise InvalidActionError(
                    "One or more parameter values were invalid: Type mismatch for key "
                    f"{name} expected: {kind} actual: {kind_of(value)}"
                )
        self.check_index_keys(item)
        return self._place(item)

    def check_index_keys(self, item: Item) -> None:
        """ValidationError if an attribute is no possible key of the index that uses it."""
        for name, (kind, index, limit) in self._index_keys.items():
            value = item.get(name)
            if value is None:
                continue
            if kind_of(value) != kind:
                raise InvalidActionError(
                    f"One or more parameter values were invalid: Type mismatch for Index Key {name} "
                    f"Expected: {kind} Actual: {kind_of(value)} IndexName: {index}"
                )
            if not value[kind]:
                raise ValidationError(
                    "One or more parameter values are not valid. A value specified for a secondary index key "
                    "is not supported. The AttributeValue for a key attribute cannot contain an empty string "
                    f"value. IndexName: {index}, IndexKey: {name}"
                )
            _check_key_size(name, value, limit)

    def keys_of(self, item: Item) -> Item:
        """The item's key attributes."""
        return {name: item[name] for name in self.schema.key.names}

    def commit(self, old: Row | None, new: Row | None, charge: Charge, factor: int = 1) -> None:
        """Replace a row, follow in indexes and stream, and charge the write units times `factor`."""
        if old is None and new is None:
            charge.write(self.name, factor)
            return
        self._replace(old, new)
        size = max(0 if old is None else old.size, 0 if new is None else new.size)
        charge.write(self.name, factor * write_units(size))
        for index in self.indexes.values():
            units = index.apply(old, new)
            if units:
                charge.write(self.name, factor * units, index.schema.name)
        self._record(old, new, expired=False)

    def expire(self, now: datetime) -> int:
        """Delete the items whose expiry has passed, as the service does at some time after it; returns how
        many. Nothing else calls this: an expired item stays readable until then."""
        deleted = 0
        while self._expiries and self._expiries[0][0] <= now.timestamp():
            instant, partition, position = heapq.heappop(self._expiries)
            row = self.rows.get(partition, position)
            if row is None or self._expiry(row.item) != instant:
                continue
            if instant < (now - _OLDEST_EXPIRY).timestamp():
                continue
            self._replace(row, None)
            for index in self.indexes.values():
                index.apply(row, None)
            self._record(row, None, expired=True)
            deleted += 1
        return deleted

    def next_expiry(self) -> datetime | None:
        """When the next item expires."""
        while self._expiries:
            instant, partition, position = self._expiries[0]
            row = self.rows.get(partition, position)
            if row is not None and self._expiry(row.item) == instant:
                return datetime.fromtimestamp(instant, tz=self.created_at.tzinfo)
            heapq.heappop(self._expiries)
        return None

    def _place(self, key: Mapping[str, Value]) -> tuple[str, Position]:
        schema = self.schema.key
        for name, limit in self._key_limits.items():
            _check_key_value(name, key[name], limit)
        partition = next(iter(key[schema.partition].values()))
        return partition, (0 if schema.sort is None else sort_value(key[schema.sort]),)

    def _replace(self, old: Row | None, new: Row | None) -> None:
        if new is not None:
            self.rows.put(new)
            expiry = self._expiry(new.item)
            if expiry is not None and (old is None or self._expiry(old.item) != expiry):
                heapq.heappush(self._expiries, (expiry, new.partition, new.position))
        elif old is not None:
            self.rows.remove(old)

    def _record(self, old: Row | None, new: Row | None, *, expired: bool) -> None:
        if self._stream is None:
            return
        row = new or old
        assert row is not None
        if old is not None and new is not None and old.item == new.item:
            return
        keys = self.keys_of(row.item)
        size = (0 if old is None else old.size) + (0 if new is None else new.size)
        self._stream.append(
            keys,
            None if old is None else old.item,
            None if new is None else new.item,
            size,
            expired=expired,
        )

    def _expiry(self, item: Item) -> int | None:
        if self.schema.ttl_attribute is None:
            return None
        value = item.get(self.schema.ttl_attribute)
        if value is None or "N" not in value:
            return None
        instant = int(sort_value(value))
        return instant if 0 < instant <= _LAST_EXPIRY else None


def _check_key_value(name: str, value: Value, limit: int) -> None:
    kind, raw = next(iter(value.items()))
    if kind == "N":
        return
    if not raw:
        raise ValidationError(
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain "
            f"an empty string value. Key: {name}"
        )
    _check_key_size(name, value, limit)


def _check_key_size(name: str, value: Value, limit: int) -> None:
    """ValidationError for a key, of the table or of an index, that is too long."""
    kind, raw = next(iter(value.items()))
    if kind == "N":
        return
    size = text_size(raw) if kind == "S" else len(sort_value(value))
    if size > limit:
        raise ValidationError(
            "One or more parameter values were invalid: Size of key attribute "
            f"{name} has exceeded the maximum size limit of {limit} bytes"
        )
