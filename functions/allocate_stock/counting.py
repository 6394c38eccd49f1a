"""What an allocation counts."""

from __future__ import annotations

from shared.allocation.allocate import Allocated
from shared.runtime import telemetry


def count_allocated(done: Allocated) -> None:
    """Units went to lines, or back; what became of the promises of those that are served now."""
    telemetry.count("UnitsAllocated", done.units)
    telemetry.count("UnitsTakenBack", done.returned)
    for metric, value in done.keeping.figures.items():
        telemetry.count(metric, value)
    telemetry.level("PromiseErrorDays", *done.keeping.days)
    telemetry.handled(done.lines)
    if done.units:
        telemetry.count("LinesAllocated", done.lines)
        telemetry.took("TimeToAllocate")
