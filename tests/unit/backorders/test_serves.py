"""Whom a purchase order serves is the other side of what each waiting line is pegged to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hypothesis import given
from hypothesis import strategies as st

from shared.backorders.model import Line
from shared.backorders.queries import Place, covers
from shared.backorders.serves import NAMED, Served, serves
from shared.inventory.model import Inbound, Stock


def stock(free: int, *inbound: tuple[str, int, int], sku: str = "A") -> Stock:
    """Entries are (name, units, day)."""
    return Stock(sku, free=free, inbound={name: Inbound(units, day, day + 1) for name, units, day in inbound})


class Queue:
    """One SKU's waiting lines, and how many of them were looked at."""

    def __init__(self, stock: Stock, waiting: Sequence[int]) -> None:
        self._stock, self.looked_at = stock, 0
        self.lines = [Line(f"b{n}", 0, "1", "A", n, ordered=u, waiting=u) for n, u in enumerate(waiting)]

    def stock(self, sku: str) -> Stock | None:
        return self._stock if sku.startswith("A") else None

    def waiting(self, stock: Stock) -> Iterator[Line]:
        assert stock is self._stock
        for line in self.lines:
            self.looked_at += 1
            yield line


NAMES = ("P", "Q", "P#later", "R", "Q#later")
INBOUND = st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 6), st.integers(0, 5)), unique_by=lambda x: x[0])


@given(st.integers(0, 4), INBOUND, st.lists(st.integers(1, 5), max_size=12))
def test_an_order_serves_just_the_lines_that_are_pegged_to_it(
    free: int, inbound: list[tuple[str, int, int]], waiting: list[int]
) -> None:
    here = stock(free, *inbound)
    queue = Queue(here, waiting)
    pegged: dict[tuple[str, str], int] = {}
    ahead = 0
    for place, line in enumerate(queue.lines, start=1):
        for cover in covers(line, Place(place, ahead, here)):
            key = (cover.source, line.backorder_id)
            pegged[key] = pegged.get(key, 0) + cover.units
        ahead += line.waiting
    for order in ("P", "Q", "R"):
        found = serves(order, ["A"], queue)["A"]
        assert found.more == 0
        assert {one.backorder_id: one.units for one in found.named} == {
            line: units for (source, line), units in pegged.items() if source == order
        }


def test_of_ten_thousand_lines_the_first_hundred_are_named_and_the_rest_counted() -> None:
    queue = Queue(stock(0, ("before", 500, 1), ("P", 9_000, 2), ("after", 500, 3)), [1] * 10_000)
    found = serves("P", ["A"], queue)["A"]
    assert found.named == tuple(Served(f"b{n}", "1", 1) for n in range(500, 500 + NAMED))
    assert found.more == 9_000 - NAMED
    assert queue.looked_at == 9_500  # nobody behind the last that it serves


def test_a_long_order_is_told_as_far_as_there_is_time() -> None:
    many = Queue(stock(0, ("P", 9_000, 1)), [1] * 10_000)
    assert list(serves("P", [f"A{n}" for n in range(9)], many)) == ["A0", "A1", "A2"]
    assert len(serves("P", [f"A{n}" for n in range(60)], Queue(stock(0, ("P", 1, 1)), [1]))) == 50


def test_an_order_that_does_not_count_as_supply_serves_nobody_and_no_queue_is_read() -> None:
    queue = Queue(stock(3, ("P", 5, 1)), [2, 2])
    assert serves("held", ["A", "gone"], queue)["A"].named == ()
    assert queue.looked_at == 0
