"""Capacity units: what DynamoDB bills, and how it reports it."""

from __future__ import annotations

from typing import Any

_WRITE_BYTES = 1024
_READ_BYTES = 4096


def write_units(size: int) -> int:
    """Units of writing (or deleting) an item of this many bytes: one per started KB, at least one."""
    return max(1, -(-size // _WRITE_BYTES))


def read_units(size: int, *, consistent: bool) -> float:
    """Units of reading this many bytes: one per started 4 KB, at least one, half if eventually consistent."""
    units = max(1, -(-size // _READ_BYTES))
    return float(units) if consistent else units / 2


class Charge:
    """Units one request consumes, by table and index (None: the table itself)."""

    __slots__ = ("_read", "_write")

    def __init__(self) -> None:
        self._read: dict[tuple[str, str | None], float] = {}
        self._write: dict[tuple[str, str | None], float] = {}

    def read(self, table: str, units: float, index: str | None = None) -> None:
        """Add read units."""
        self._read[(table, index)] = self._read.get((table, index), 0.0) + units

    def write(self, table: str, units: float, index: str | None = None) -> None:
        """Add write units."""
        self._write[(table, index)] = self._write.get((table, index), 0.0) + units

    @property
    def read_total(self) -> float:
        """All read units."""
        return sum(self._read.values())

    @property
    def write_total(self) -> float:
        """All write units."""
        return sum(self._write.values())

    def report(self, level: str, *, by_kind: bool = False) -> list[dict[str, Any]]:
        """ConsumedCapacity per table at level TOTAL or INDEXES; `by_kind` also splits reads from writes, as
        transactions report them."""
        tables = dict.fromkeys(table for table, _ in (*self._read, *self._write))
        return [self._of_table(table, level, by_kind=by_kind) for table in tables]

    def _of_table(self, table: str, level: str, *, by_kind: bool) -> dict[str, Any]:
        indexes = dict.fromkeys(i for t, i in (*self._read, *self._write) if t == table and i is not None)
        places = {index: self._units(table, index, by_kind=by_kind) for index in (None, *indexes)}
        report: dict[str, Any] = {"TableName": table}
        for member in places[None]:
            report[member] = sum(units[member] for units in places.values())
        if level == "INDEXES":
            report["Table"] = places.pop(None)
            if indexes:
                report["GlobalSecondaryIndexes"] = places
        return report

    def _units(self, table: str, index: str | None, *, by_kind: bool) -> dict[str, float]:
        read, write = self._read.get((table, index)), self._write.get((table, index))
        units = {"CapacityUnits": (read or 0.0) + (write or 0.0)}
        if by_kind and self._read:
            units["ReadCapacityUnits"] = read or 0.0
        if by_kind and self._write:
            units["WriteCapacityUnits"] = write or 0.0
        return units
