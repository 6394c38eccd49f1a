"""Running totals of what was asked of the services: what the benchmarks read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Usage:
    """Calls made and DynamoDB capacity units consumed; a refused call counts, as AWS bills it."""

    calls: int = 0
    errors: int = 0
    read_units: float = 0.0
    write_units: float = 0.0

    def add(self, other: Usage) -> None:
        """Add the other totals to these."""
        self.calls += other.calls
        self.errors += other.errors
        self.read_units += other.read_units
        self.write_units += other.write_units


class Meter:
    """Usage per caller and operation since the last reset."""

    def __init__(self) -> None:
        self._usage: dict[tuple[str | None, str], Usage] = {}

    def record(
        self,
        caller: str | None,
        operation: str,
        *,
        read_units: float = 0.0,
        write_units: float = 0.0,
        failed: bool = False,
    ) -> None:
        """Count one call of `caller` (None: the runner itself)."""
        usage = self._usage.get((caller, operation))
        if usage is None:
            usage = self._usage[(caller, operation)] = Usage()
        usage.calls += 1
        usage.errors += failed
        usage.read_units += read_units
        usage.write_units += write_units

    def by_operation(self) -> dict[str, Usage]:
        """Totals per operation over all callers."""
        sums: dict[str, Usage] = {}
        for (_, operation), usage in self._usage.items():
            sums.setdefault(operation, Usage()).add(usage)
        return sums

    def by_caller(self) -> dict[str | None, Usage]:
        """Totals per caller over all operations."""
        sums: dict[str | None, Usage] = {}
        for (caller, _), usage in self._usage.items():
            sums.setdefault(caller, Usage()).add(usage)
        return sums

    def snapshot(self) -> dict[tuple[str | None, str], Usage]:
        """A copy of the totals per (caller, operation)."""
        copy: dict[tuple[str | None, str], Usage] = {}
        for key, usage in self._usage.items():
            copy[key] = Usage()
            copy[key].add(usage)
        return copy

    def total(self) -> Usage:
        """Totals over everything."""
        total = Usage()
        for usage in self._usage.values():
            total.add(usage)
        return total

    def reset(self) -> None:
        """Start again at zero."""
        self._usage.clear()
