"""What formulas are over: lines of points in time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from infra.local.metric_store import aligned


class FormulaError(ValueError):
    """A formula, or a search in it, uses something that is not known here; the text says what."""


class Periods(Protocol):
    """Where there may be points."""

    @property
    def end(self) -> datetime: ...

    def periods(self, period: timedelta) -> Iterator[datetime]:
        """The instants of a line of this period, in order."""
        ...


@dataclass(frozen=True)
class Window:
    """The time that a dashboard shows: the start is in it, the end is not."""

    start: datetime
    end: datetime

    def periods(self, period: timedelta) -> Iterator[datetime]:
        """Starts of all periods that touch the window, as CloudWatch aligns them."""
        at = aligned(self.start, period)
        while at < self.end:
            yield at
            at += period


@dataclass(frozen=True)
class Line:
    """One series of points by the start of their period. `names` holds what a dynamic label may ask for."""

    points: Mapping[datetime, float]
    label: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    period: timedelta = timedelta(minutes=5)
    color: str = ""

    @property
    def last(self) -> float | None:
        """The latest value, None without any."""
        return self.points[max(self.points)] if self.points else None
