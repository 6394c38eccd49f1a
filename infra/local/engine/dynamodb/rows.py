"""Rows of a table or an index: partitions by key, each sorted by sort key."""

from __future__ import annotations

import zlib
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from typing import NamedTuple

from infra.local.engine.dynamodb.items import Item, Sortable

Position = tuple[Sortable, ...]
"""Place in a partition: the sort key's value (0 without a sort key), in an index followed by the table key."""


class Row:
    """A stored item. Never changed: a write replaces the row."""

    __slots__ = ("item", "partition", "position", "size")

    def __init__(self, item: Item, size: int, partition: str, position: Position) -> None:
        self.item = item
        self.size = size
        self.partition = partition
        self.position = position


class Partition:
    """Rows with one partition key, in the order of their positions."""

    __slots__ = ("order", "rows")

    def __init__(self) -> None:
        self.order: list[Position] = []
        self.rows: dict[Position, Row] = {}

    def after(self, position: Position) -> int:
        """Number of rows up to and including a position."""
        return bisect_right(self.order, position)

    def before(self, position: Position) -> int:
        """Number of rows ahead of a position."""
        return bisect_left(self.order, position)

    def from_value(self, value: Sortable) -> int:
        """Number of rows whose sort key is less than the value."""
        return bisect_left(self.order, (value,))

    def past_value(self, value: Sortable) -> int:
        """Number of rows whose sort key is at most the value."""
        return bisect_right(self.order, value, key=_first)


class ScanPlace(NamedTuple):
    """Where a scan stands: partitions are visited in the order of their hash, as DynamoDB does."""

    hash: int
    partition: str


class Rows:
    """All partitions of a table or an index."""

    def __init__(self) -> None:
        self._partitions: dict[str, Partition] = {}
        self._scan_order: list[ScanPlace] | None = None
        self.count = 0

    def get(self, partition: str, position: Position) -> Row | None:
        """The row at a place."""
        found = self._partitions.get(partition)
        return None if found is None else found.rows.get(position)

    def partition(self, key: str) -> Partition | None:
        """The rows with a partition key."""
        return self._partitions.get(key)

    def put(self, row: Row) -> None:
        """Store a row at its place."""
        partition = self._partitions.get(row.partition)
        if partition is None:
            partition = self._partitions[row.partition] = Partition()
            self._scan_order = None
        if row.position not in partition.rows:
            insort(partition.order, row.position)
            self.count += 1
        partition.rows[row.position] = row

    def remove(self, row: Row) -> None:
        """Remove the row at this row's place."""
        partition = self._partitions[row.partition]
        del partition.rows[row.position]
        del partition.order[bisect_left(partition.order, row.position)]
        self.count -= 1
        if not partition.order:
            del self._partitions[row.partition]
            self._scan_order = None

    def scan(self, start: ScanPlace | None = None) -> Iterator[tuple[ScanPlace, Partition]]:
        """Partitions in scan order, beginning with the one at `start`, and where they stand."""
        if self._scan_order is None:
            self._scan_order = sorted(map(scan_place, self._partitions))
        first = 0 if start is None else bisect_left(self._scan_order, start)
        for place in self._scan_order[first:]:
            yield place, self._partitions[place.partition]

    def __iter__(self) -> Iterator[Row]:
        for _, partition in self.scan():
            for position in partition.order:
                yield partition.rows[position]


def scan_place(partition: str) -> ScanPlace:
    """Where a scan meets a partition key."""
    return ScanPlace(zlib.crc32(partition.encode()), partition)


def _first(position: Position) -> Sortable:
    return position[0]
