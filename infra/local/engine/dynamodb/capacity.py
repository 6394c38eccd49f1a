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
        blank = {"CapacityUnits": 0.0}
        kinds = (("ReadCapacityUnits", self._read), ("WriteCapacityUnits", self._write))
        if by_kind:
            blank |= {member: 0.0 for member, units in kinds if units}
        tables: dict[str, dict[str | None, dict[str, float]]] = {}
        for member, units in kinds:
            for (table, index), amount in units.items():
                places = tables.setdefault(table, {None: dict(blank)})
                place = places.get(index) or places.setdefault(index, dict(blank))
                place["CapacityUnits"] += amount
                if by_kind:
                    place[member] += amount
        return [_of_table(table, places, level) for table, places in tables.items()]


def _of_table(table: str, places: dict[str | None, dict[str, float]], level: str) -> dict[str, Any]:
    own = places.pop(None)
    report: dict[str, Any] = {"TableName": table, **own}
    for units in places.values():
        for member, amount in units.items():
            report[member] += amount
    if level == "INDEXES":
        report["Table"] = own
        if places:
            report["GlobalSecondaryIndexes"] = places
    return report
