"""The clock of the local world: virtual by default, so that a week passes in seconds and every run is the same."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from shared.kernel import clock as kernel_clock

DEFAULT_START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)  # a Monday
_TICK = timedelta(microseconds=1)


class Clock:
    """Stands still between `tick` and `advance_to`; with `runs=True` it also moves with real time.

    All instants are aware UTC. Inside `held()` the time is constant, whatever real time does: an invocation sees
    one instant, and so does everything it writes.
    """

    def __init__(self, start: datetime | None = None, *, runs: bool = False) -> None:
        if start is not None and start.tzinfo is None:
            raise ValueError("the start of the clock needs an offset, e.g. Z")
        self.runs = runs
        self._base = (start or (datetime.now(UTC) if runs else DEFAULT_START)).astimezone(UTC)
        self._since = time.monotonic()
        self._held: datetime | None = None
        self._replaced = kernel_clock._source

    def now(self) -> datetime:
        """The present instant, aware UTC."""
        if self._held is not None:
            return self._held
        if not self.runs:
            return self._base
        return self._base + timedelta(seconds=time.monotonic() - self._since)

    def tick(self) -> None:
        """One microsecond later: arrival order is time order."""
        self.advance_to(self.now() + _TICK)

    def advance_to(self, at: datetime) -> None:
        """Jump forward to `at`; the past stays the past."""
        if self._held is not None:
            raise RuntimeError("the clock cannot be moved during an invocation")
        if at > self.now():
            self._base, self._since = at, time.monotonic()

    @contextmanager
    def held(self) -> Iterator[datetime]:
        """Time stands still inside; nesting keeps the outer instant."""
        outer, self._held = self._held, self.now()
        try:
            yield self._held
        finally:
            self._held = outer

    def install(self) -> None:
        """Make this the clock of the service's code."""
        kernel_clock._source = self.now

    def uninstall(self) -> None:
        """Give the service its former clock back."""
        if kernel_clock._source == self.now:
            kernel_clock._source = self._replaced
