"""What single kinds of faults do: torn batches, wrong clocks, late expiry."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from infra.local.clock import DEFAULT_START, Clock
from infra.local.function import FunctionError, Outcome
from shared.kernel import clock as kernel_clock
from tests.simulation.accidents import Accidents
from tests.simulation.expiries import Tardy
from tests.simulation.pieces import in_pieces
from tests.simulation.wrong_clocks import right_but_for

BATCH = {"Records": ["a", "b", "c"]}


class Worker:
    """Fails what it is told to fail; `seen` are the batches it got."""

    def __init__(self, *failing: str, error: str | None = None) -> None:
        self.failing, self.error = failing, error
        self.seen: list[list[str]] = []

    def __call__(self, event: dict[str, Any]) -> Outcome:
        self.seen.append(event["Records"])
        if self.error in event["Records"]:
            return Outcome("1", error=FunctionError("Broken", ""))
        failed = [{"itemIdentifier": record} for record in event["Records"] if record in self.failing]
        return Outcome("1", value={"batchItemFailures": failed})


def test_a_torn_batch_fails_where_its_pieces_failed() -> None:
    worker = Worker("a", "c")
    outcome = in_pieces(BATCH, 2, worker, in_order=False)
    assert worker.seen == [["a", "b"], ["c"]]
    assert outcome.value == {"batchItemFailures": [{"itemIdentifier": "a"}, {"itemIdentifier": "c"}]}


def test_of_a_stream_nothing_behind_a_failure_is_tried() -> None:
    worker = Worker("b")
    assert in_pieces(BATCH, 2, worker, in_order=True).value == {"batchItemFailures": [{"itemIdentifier": "b"}]}
    assert worker.seen == [["a", "b"]]


def test_a_piece_that_breaks_brings_the_whole_batch_again() -> None:
    assert in_pieces(BATCH, 1, Worker(error="c"), in_order=False).error is not None


def test_a_wrong_clock_is_wrong_only_for_its_own_function() -> None:
    clock = Clock()
    clock.install()
    try:
        with right_but_for(clock, timedelta(minutes=-5)):
            assert kernel_clock.now() == DEFAULT_START - timedelta(minutes=5)
            with right_but_for(clock, timedelta(0)):
                assert kernel_clock.now() == DEFAULT_START
        assert kernel_clock.now() == DEFAULT_START
    finally:
        clock.uninstall()


class Expiring:
    """Something expired long ago."""

    def __init__(self) -> None:
        self.deleted = 0

    def next_due(self, now: datetime) -> datetime | None:
        return None if self.deleted else now

    def fire_due(self, now: datetime) -> int:  # noqa: ARG002 - called like the real one
        self.deleted += 1
        return 1


def test_what_expires_late_is_deleted_within_days_and_what_never_does_stays() -> None:
    for kind, deleted in (("expired late", 1), ("expired never", 0)):
        expiring: Any = Expiring()
        tardy = Tardy(expiring, Accidents(1, {}, {(-1, 1): kind}))
        now = DEFAULT_START
        assert tardy.fire_due(now) == 0
        assert (tardy.next_due(now) or now) != now or kind == "expired never"
        assert tardy.fire_due(now + timedelta(days=3)) == deleted == expiring.deleted
