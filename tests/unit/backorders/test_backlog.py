"""The hourly look at the open lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.backorders.backlog import OLDEST, Backlog, look_at_backlog
from shared.backorders.model import Backorder, Customer, Line, Promise
from shared.kernel.clock import micros

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CUSTOMER = Customer("c", "jane@example.com", "Jane", "en", "DE")
HEAD = Backorder("b", "k", "shop", "1", CUSTOMER, 0, 0, 0, "standard", "split", {}, "EUR", (), "", "")
LATER = Promise(0, micros(NOW) + 1, micros(NOW) + 2, "next_order", "recorded")
LINE = Line("b", 0, "1", "A", 0, ordered=2, waiting=2, promises=(LATER,), unit_price="9.90")


class Book:
    """So many orders, one a minute, the last one now; each with these lines."""

    def __init__(
        self, orders: int, *lines: Line, every: timedelta = timedelta(minutes=1), head: Backorder = HEAD
    ) -> None:
        self._head = head
        self._lines = lines or (LINE,)
        self._placed = {str(n): micros(NOW - (orders - 1 - n) * every) for n in range(orders)}
        self.read_keys: list[str] = []

    def keys_of_open(self) -> Sequence[str]:
        return list(self._placed)

    def lines(self, key: str) -> tuple[Backorder, list[Line]]:
        self.read_keys.append(key)
        return replace(self._head, id=key, placed_at=self._placed[key]), list(self._lines)


def seen(book: Book, sample: int = 400, now: datetime = NOW) -> Backlog:
    return look_at_backlog(book=book, now=now, sample=sample)


def test_a_small_book_is_told_exactly() -> None:
    found = seen(Book(5, LINE, replace(LINE, position=1, ordered=3, waiting=1, allocated=2)))
    figures = found.figures
    assert (figures["OpenOrders"], figures["OpenLines"], figures["OpenUnits"]) == (5, 10, 25)
    assert found.values == {"EUR": pytest.approx(25 * 9.90)}
    assert sorted(found.ages) == sorted([round(n / 60, 2) for n in range(5)] * 2)


class TwoShops(Book):
    """The orders of the second are in kronor."""

    def lines(self, key: str) -> tuple[Backorder, list[Line]]:
        head, lines = super().lines(key)
        return replace(head, currency="SEK" if int(key) % 2 else "EUR"), lines


def test_euros_and_kronor_are_not_added_up() -> None:
    assert seen(TwoShops(5)).values == {"EUR": pytest.approx(6 * 9.90), "SEK": pytest.approx(4 * 9.90)}
    large = seen(TwoShops(OLDEST + 1_000, every=timedelta()), sample=10_000).values
    assert sum(large.values()) == pytest.approx((OLDEST + 1_000) * 2 * 9.90)


def test_what_is_handed_over_or_given_up_is_not_open() -> None:
    gone = replace(LINE, waiting=0, shipped=1, cancelled=1)
    assert seen(Book(1, gone)).figures["OpenLines"] == 0


def test_a_line_is_past_its_promise_by_its_first_date_and_without_one_by_its_last() -> None:
    broken = replace(LATER, likely=1, by=2)
    lines = (replace(LINE, promises=(broken, LATER)), replace(LINE, promises=(LATER, replace(LATER, by=None))))
    figures = seen(Book(1, *lines)).figures
    assert (figures["LinesPastPromise"], figures["LinesWithoutPromise"]) == (1, 1)


SHELF = replace(LINE, promises=(replace(LATER, likely=1, by=2, basis="stock"),))


def test_what_lies_on_the_shelf_for_one_parcel_is_not_past_its_promise() -> None:
    assert seen(Book(1, SHELF, head=replace(HEAD, shipping="hold"))).figures["LinesPastPromise"] == 0


def test_what_was_promised_from_the_shelf_is_past_its_promise_while_it_waits_and_no_longer() -> None:
    here = replace(SHELF, waiting=0, allocated=2)
    assert seen(Book(1, SHELF, here)).figures["LinesPastPromise"] == 1


def test_lines_fall_into_buckets_of_whole_days() -> None:
    figures = seen(Book(40, every=timedelta(days=1))).figures
    buckets = {name: count for name, count in figures.items() if name.startswith("LinesAged")}
    assert list(buckets.values()) == [4, 4, 7, 16, 9]


def test_of_a_large_book_a_sample_is_read_and_stands_for_all() -> None:
    book = Book(10_010)
    figures = seen(book, sample=100).figures
    assert len(book.read_keys) == 100 + OLDEST
    assert (figures["OpenOrders"], figures["OpenLines"]) == (10_010, 10_010)
    assert figures["OldestLineHours"] == pytest.approx(10_009 / 60, abs=0.1)


def test_each_time_other_orders_are_read_until_all_were() -> None:
    read: set[str] = set()
    for look in range(5):
        book = Book(510)
        seen(book, sample=100, now=NOW + timedelta(hours=6 * look))
        assert len(book.read_keys) == 110
        read |= set(book.read_keys)
    assert len(read) == 510


def test_percentiles_of_a_hundred_ages_are_those_of_all_lines() -> None:
    ages = seen(Book(300)).ages
    assert len(ages) == 100
    assert sorted(ages)[50] * 60 == pytest.approx(150, abs=3)
    assert sorted(ages)[89] * 60 == pytest.approx(270, abs=3)


def test_an_empty_book_is_told_too() -> None:
    found = seen(Book(0))
    assert set(found.figures.values()) == {0}
    assert found.ages == []
