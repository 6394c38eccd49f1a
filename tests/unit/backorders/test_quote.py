"""A quote holds dates for just its lines and just its time; what it takes for that is a pure function."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.backorders.estimate import estimate
from shared.backorders.ports import Facts
from shared.backorders.quote import VALID, honoured, quote
from shared.catalog.model import Item, Supplier
from shared.inventory.model import Inbound, Stock
from shared.kernel.clock import DAY, micros
from shared.kernel.errors import Conflict, Invalid
from shared.settings.model import MerchantSettings

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Wish:
    sku: str
    quantity: int


def facts(waiting: int = 0, free: int = 3, limit: int | None = None) -> Facts:
    supplier = Supplier("acme", "Acme", "orders@acme.example", lead_time_likely=20, lead_time_by=30)
    coming = Inbound(4, micros(NOW + 3 * DAY), micros(NOW + 5 * DAY), firm=True)
    stocks = {sku: Stock(sku, free=free, waiting=waiting, inbound={"po": coming}) for sku in "AB"}
    items = {sku: Item(sku, "acme", backorder_limit=limit) for sku in "AB"}
    return Facts(None, items, stocks, {"acme": supplier}, MerchantSettings())


def recorded(given_: Sequence[Wish], lines: Sequence[Wish], then: Facts, after: timedelta) -> list[tuple[object, ...]]:
    """First promises of an order of `lines` that brings the quote of `given_` some time later."""
    held, _ = quote(given_, facts(), NOW)
    now = NOW + after
    promises = honoured(held, lines, estimate(lines, then, now, "recorded"), micros(now))
    return [(p.likely, p.by, p.basis, p.cause) for p in promises]


def test_lines_of_one_item_share_what_is_there_and_stand_behind_each_other() -> None:
    _, lines = quote([Wish("A", 2), Wish("A", 2), Wish("B", 1), Wish("A", 5)], facts(), NOW)
    assert [(x.available_now, x.backordered, x.promise.basis) for x in lines] == [
        (3, 0, "stock"),
        (1, 1, "purchase_order"),
        (3, 0, "stock"),
        (0, 5, "next_order"),
    ]


def test_the_limit_counts_the_lines_of_a_quote_together() -> None:
    _, lines = quote([Wish("A", 4), Wish("A", 1)], facts(limit=1), NOW)
    assert [x.sellability for x in lines] == ["backorder", "out_of_stock"]


def test_an_unknown_item_is_named() -> None:
    with pytest.raises(Invalid) as refused:
        quote([Wish("A", 1), Wish("NONE", 1)], facts(), NOW)
    assert [e.pointer for e in refused.value.errors] == ["/lines/1/sku"]


def test_dates_hold_although_the_queue_grew() -> None:
    lines = [Wish("A", 5)]
    before = recorded(lines, lines, facts(), timedelta())
    assert before[0][2:] == ("purchase_order", "quoted")
    assert recorded(lines, lines, facts(waiting=500), VALID) == before
    assert estimate(lines, facts(waiting=500), NOW, "recorded")[0].promise.basis == "next_order"


def test_a_quote_from_stock_is_promised_from_stock_on_the_day_of_the_order() -> None:
    late = datetime(2026, 1, 5, 23, 55, tzinfo=UTC)
    held, _ = quote([Wish("A", 1)], facts(), late)
    then = late + VALID
    (promise,) = honoured(held, [Wish("A", 1)], estimate([Wish("A", 1)], facts(free=0), then, "x"), micros(then))
    assert (promise.basis, promise.at) == ("stock", micros(then))
    assert promise.by is not None
    assert promise.by > micros(then)


def test_it_expires_a_microsecond_after_ten_minutes() -> None:
    lines = [Wish("A", 5)]
    recorded(lines, lines, facts(), VALID)
    with pytest.raises(Conflict, match="expired at 2026-01-05T09:10:00Z") as refused:
        recorded(lines, lines, facts(), VALID + timedelta(microseconds=1))
    assert [e.pointer for e in refused.value.errors] == ["/quote_token"]


@pytest.mark.parametrize(
    "lines",
    [[("A", 4), ("B", 2)], [("A", 5), ("A", 2)], [("A", 5)], [("A", 5), ("B", 2), ("B", 1)], [("A", 5), ("B", 1)] * 2],
)
def test_other_lines_are_refused_and_named(lines: list[tuple[str, int]]) -> None:
    with pytest.raises(Conflict) as refused:
        recorded([Wish("A", 5), Wish("B", 2)], [Wish(*line) for line in lines], facts(), timedelta())
    assert [e.pointer for e in refused.value.errors] == ["/quote_token", "/lines"]


@given(st.lists(st.tuples(st.sampled_from("AB"), st.integers(1, 9)), min_size=1, max_size=6).flatmap(
    lambda lines: st.tuples(st.just(lines), st.permutations(lines))
))  # fmt: skip
def test_the_same_lines_in_another_order_have_the_same_dates(
    pair: tuple[list[tuple[str, int]], list[tuple[str, int]]],
) -> None:
    asked, ordered = ([Wish(*line) for line in lines] for lines in pair)
    first = sorted(zip(pair[0], recorded(asked, asked, facts(), timedelta()), strict=True))
    assert sorted(zip(pair[1], recorded(asked, ordered, facts(), timedelta()), strict=True)) == first
