"""Lets time pass, and what falls due happen in order of time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from infra.local.clock import Clock
from infra.local.expiry import Expiry
from infra.local.ledger import Ledger
from infra.local.schedules import Scheduler

SETTLE_LIMIT = timedelta(minutes=15)
_RUNAWAY = 1_000_000  # batches in a row without time passing


class Source(Protocol):
    """Something that makes functions run."""

    def poll(self) -> bool:
        """Do the next thing that is due now; False if there was none."""

    def next_due(self, now: datetime) -> datetime | None:
        """The next instant after `now` at which something falls due by itself."""

    @property
    def behind(self) -> bool:
        """Whether there is something that it has not done, but for what appears later by itself."""


@dataclass(frozen=True)
class Progress:
    """What a call of `settle` or `advance` did."""

    now: datetime
    moved: timedelta
    counts: dict[str, int]


class Timeline:
    """Work (what sources bring) and plans (schedules, expiry of items) on one clock.

    Sources are polled in turn, one batch each, always in the same order. `observe` is called with the present instant
    before time passes: what it sees then holds until something happens.
    """

    def __init__(
        self,
        clock: Clock,
        ledger: Ledger,
        sources: Sequence[Source],
        scheduler: Scheduler,
        expiries: Sequence[Expiry],
        observe: Callable[[datetime], None] = lambda _now: None,
    ) -> None:
        self._observe = observe
        self._clock = clock
        self._ledger = ledger
        self._sources = sources
        self.scheduler = scheduler
        self.expiries = expiries

    def settle(self) -> Progress:
        """Run until every queue and stream is quiet.

        Delays, batching windows, visibility timeouts and retries are waited for, 15 minutes in all at the most; what
        is due later stays. Schedules on the way run in their turn.
        """
        return self._measured(lambda: self._run_until(self._clock.now() + SETTLE_LIMIT, work_only=True))

    def advance(self, duration: timedelta) -> Progress:
        """Let `duration` pass: what falls due happens in order of time, then the world settles."""
        if duration < timedelta(0):
            raise ValueError("time does not run backwards")

        def pass_time() -> None:
            target = self._clock.now() + duration
            self._run_until(target, work_only=False)
            self._observe(self._clock.now())
            self._clock.advance_to(target)
            self._run_until(self._clock.now() + SETTLE_LIMIT, work_only=True)

        return self._measured(pass_time)

    def step(self) -> bool:
        """Do what is due now, one batch per source; False if there was nothing."""
        fired = self._fire_due()
        done = bool(sum([source.poll() for source in self._sources])) or fired
        self._observe(self._clock.now())
        return done

    @property
    def busy(self) -> bool:
        """Whether `settle` would find work: some that waits, or some behind a delay that it waits for."""
        now = self._clock.now()
        later = self._next_work(now)
        return any(source.behind for source in self._sources) or (later is not None and later <= now + SETTLE_LIMIT)

    def next_due(self) -> datetime | None:
        """When something happens next if nobody does anything."""
        now = self._clock.now()
        return _earliest(self._next_work(now), self._next_planned(now))

    def _measured(self, action: Callable[[], None]) -> Progress:
        before, began = self._ledger.totals(), self._clock.now()
        action()
        counts = {name: total - before[name] for name, total in self._ledger.totals().items()}
        return Progress(self._clock.now(), self._clock.now() - began, counts)

    def _run_until(self, limit: datetime, *, work_only: bool) -> None:
        """Let things happen in order of time up to `limit`; with `work_only` stop as soon as no work is left, however
        much is planned for later."""
        while True:
            self._fire_due()
            self._drain()
            now = self._clock.now()
            work = self._next_work(now)
            if work_only and (work is None or work > limit):
                return
            due = _earliest(work, self._next_planned(now))
            if due is None or due > limit:
                return
            self._observe(now)
            self._clock.advance_to(due)

    def _drain(self) -> None:
        """Poll the sources in turn until none of them has anything to do now."""
        rounds = 0
        while sum([source.poll() for source in self._sources]):
            rounds += 1
            if rounds > _RUNAWAY:
                raise RuntimeError("the work does not end: it makes new work for the same instant again and again")

    def _fire_due(self) -> bool:
        now = self._clock.now()
        return bool(sum(expiry.fire_due(now) for expiry in self.expiries) + self.scheduler.fire_due())

    def _next_work(self, now: datetime) -> datetime | None:
        return _earliest(*(source.next_due(now) for source in self._sources))

    def _next_planned(self, now: datetime) -> datetime | None:
        return _earliest(self.scheduler.next_due(now), *(expiry.next_due(now) for expiry in self.expiries))


def _earliest(*instants: datetime | None) -> datetime | None:
    return min((instant for instant in instants if instant is not None), default=None)
