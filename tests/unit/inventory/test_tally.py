"""Every line is counted once, whenever it came and however often somebody counts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.backorders.model import SortKey
from shared.inventory.model import Stock
from shared.inventory.tally import COUNTED_BACK, SINGLES, tally_of
from shared.kernel.clock import micros

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
SECOND = 1_000_000


@dataclass
class Queue:
    """The queue of one SKU and its counters, on a clock of its own."""

    now: datetime = START
    stock: Stock = field(default_factory=lambda: Stock("A"))
    lines: dict[SortKey, int] = field(default_factory=dict)

    def record(self, units: int, seconds_ago: float = 0) -> SortKey:
        place = (micros(self.now) - int(seconds_ago * SECOND), f"bo_{len(self.lines):05d}", 0)
        self.lines[place] = units
        return place

    def count(self) -> bool:
        """One count, as the tally does it; whether there are more to come."""
        tail = {place: units for place, units in self.lines.items() if place[0] >= self.stock.counted_to}
        tally = tally_of(self.stock, tail, self.now)
        if tally is None:
            return False
        self.stock = replace(
            self.stock,
            waiting=self.stock.waiting + tally.units,
            counted_to=tally.counted_to,
            singles=tally.singles,
        )
        return tally.rest

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @property
    def counted(self) -> int:
        return sum(units for place, units in self.lines.items() if self.stock.counts(place))


def test_a_line_is_counted_at_once_and_only_once() -> None:
    queue = Queue()
    queue.record(3)
    queue.count()
    queue.count()
    assert queue.stock.waiting == 3


def test_a_line_exactly_at_the_counted_rank_is_on_one_side_of_it() -> None:
    queue = Queue()
    queue.record(3, seconds_ago=COUNTED_BACK.total_seconds())
    queue.count()
    queue.count()
    assert queue.stock.counted_to == min(queue.lines)[0]
    assert queue.stock.waiting == 3


def test_a_line_that_came_late_but_in_time_is_counted_beside_those_behind_it() -> None:
    queue = Queue()
    queue.record(3)
    queue.count()
    queue.record(4, seconds_ago=30)
    queue.count()
    assert queue.stock.waiting == 7


def test_lines_named_one_by_one_are_forgotten_once_the_rank_has_passed_them() -> None:
    queue = Queue()
    queue.record(1)
    queue.count()
    queue.wait(COUNTED_BACK.total_seconds() + 1)
    last = queue.record(1)
    queue.count()
    assert (queue.stock.waiting, queue.stock.singles) == (2, {last})


def test_more_lines_than_can_be_named_are_counted_a_little_later() -> None:
    queue = Queue()
    for _ in range(SINGLES + 5):
        queue.wait(0.001)
        queue.record(1)
    assert queue.count()
    assert (queue.stock.waiting, len(queue.stock.singles)) == (SINGLES, SINGLES)
    queue.wait(COUNTED_BACK.total_seconds() + 1)
    assert not queue.count()
    assert (queue.stock.waiting, queue.stock.singles) == (SINGLES + 5, frozenset())


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("record"), st.integers(1, 9), st.floats(0, 59)),
        st.tuples(st.just("wait"), st.floats(0, 300), st.none()),
        st.tuples(st.just("count"), st.none(), st.none()),
    ),
    max_size=40,
)


@given(STEPS)
def test_the_counter_is_at_any_time_the_sum_of_the_lines_that_it_says_are_counted(steps: list) -> None:
    queue = Queue()
    for what, number, ago in steps:
        if what == "record":
            queue.record(number, ago)
        elif what == "wait":
            queue.wait(number)
        else:
            queue.count()
        assert queue.stock.waiting == queue.counted
    queue.count()
    assert queue.stock.waiting == sum(queue.lines.values())
