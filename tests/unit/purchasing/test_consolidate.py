from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.catalog.model import Item, Supplier
from shared.inventory.model import Stock
from shared.kernel.clock import micros
from shared.purchasing.consolidate import (
    Need,
    basket_value,
    consolidate,
    decide,
    needs_approval,
    quota_missed,
    round_up,
    top_up,
)
from shared.settings.model import MerchantSettings

SETTINGS = MerchantSettings()
NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
SUPPLIER = Supplier("s1", "Northwind", "orders@example.com", min_order_value="100", max_wait_days=4)


def need(sku: str = "A", waiting: int = 5, free: int = 0, on_order: int = 0, **card: object) -> Need:
    item = Item(sku, "s1", **{"unit_cost": "1", **card})  # type: ignore[arg-type]
    return Need(item, Stock(sku, free=free, waiting=waiting, on_order=on_order))


def days_ago(days: float) -> int:
    return micros(NOW - timedelta(days=days))


@given(need=st.integers(1, 10_000), moq=st.integers(1, 500), pack=st.integers(1, 48))
def test_a_quantity_is_the_smallest_multiple_of_the_pack_that_covers_need_and_minimum(
    need: int, moq: int, pack: int
) -> None:
    tried = pack
    while tried < need or tried < moq:
        tried += pack
    assert round_up(need, moq, pack) == tried


def test_rounding_to_packs_never_lands_below_the_minimum_quantity() -> None:
    """The trap of raising to the minimum first and converting to order units afterwards."""
    assert round_up(1, moq=50, pack_size=12) == 60
    assert round_up(49, moq=50, pack_size=50) == 50
    assert round_up(51, moq=50, pack_size=50) == 100


def test_nothing_is_ordered_without_a_need() -> None:
    assert round_up(0, 10, 5) == round_up(-3, 10, 5) == 0
    assert consolidate([need(waiting=5, free=2, on_order=3), need("B", waiting=0)]) == ()


@given(
    waiting=st.integers(-5, 200), free=st.integers(0, 200), on_order=st.integers(0, 200), point=st.none() | st.integers(0, 50)
)  # fmt: skip
def test_the_need_is_waiting_less_free_less_on_order_plus_the_reorder_point(
    waiting: int, free: int, on_order: int, point: int | None
) -> None:
    units = need(waiting=waiting, free=free, on_order=on_order, reorder_point=point).units
    assert units == waiting - free - on_order + (point or 0)


def test_a_line_says_what_rounding_and_what_excess_it_carries() -> None:
    (line,) = consolidate([need(waiting=19, pack_size=12)])
    assert (line.need.units, line.quantity, line.rounding, line.excess) == (19, 24, 5, 5)


def test_lines_stand_in_order_of_sku_whatever_order_they_were_read_in() -> None:
    assert [line.sku for line in consolidate([need("C"), need("A"), need("B")])] == ["A", "B", "C"]


def test_a_discontinued_item_is_not_ordered() -> None:
    assert consolidate([need(waiting=5, sellability_when_empty="discontinued")]) == ()


def test_money_is_exact() -> None:
    lines = consolidate([need("A", waiting=3, unit_cost="0.1"), need("B", waiting=1, unit_cost="0.2")])
    assert basket_value(lines, "EUR") == Decimal("0.5")


def test_lines_in_another_currency_do_not_count_towards_the_minimum_value() -> None:
    lines = consolidate([need("A", waiting=90), need("B", waiting=500, currency="USD")])
    assert basket_value(lines, "EUR") == 90
    assert quota_missed(lines, SUPPLIER)


def test_a_basket_that_reaches_the_minimum_is_ordered_without_asking_how_long_anybody_waits() -> None:
    decision = decide(consolidate([need(waiting=100)]), SUPPLIER, None, NOW, SETTINGS)
    assert (decision.hold, decision.reason) == (False, "")


def test_a_small_basket_is_held_with_the_reason_and_the_last_day() -> None:
    decision = decide(consolidate([need(waiting=40)]), SUPPLIER, days_ago(1), NOW, SETTINGS)
    assert decision.hold
    assert "40 EUR of the minimum of 100 EUR" in decision.reason
    assert "2026-01-08" in decision.reason


@pytest.mark.parametrize(("waited", "hold"), [(3.999, True), (4, False), (9, False)])
def test_a_small_basket_is_ordered_when_the_oldest_line_has_waited_long_enough(waited: float, hold: bool) -> None:
    assert decide(consolidate([need(waiting=40)]), SUPPLIER, days_ago(waited), NOW, SETTINGS).hold is hold


def test_a_small_basket_nobody_waits_for_is_held() -> None:
    assert decide(consolidate([need(waiting=0, reorder_point=4)]), SUPPLIER, None, NOW, SETTINGS).hold


def test_a_supplier_that_wants_it_is_topped_up_instead() -> None:
    supplier = replace(SUPPLIER, when_quota_missed="top_up")
    decision = decide(consolidate([need(waiting=40, pack_size=6)]), supplier, days_ago(9), NOW, SETTINGS)
    assert not decision.hold
    assert decision.lines[0].quantity == 102
    assert decision.lines[0].rounding == 2
    assert decision.lines[0].excess == 62
    assert decision.reason.startswith("topped up")


def test_what_cannot_be_topped_up_is_ordered_anyway() -> None:
    supplier = replace(SUPPLIER, when_quota_missed="top_up")
    decision = decide(consolidate([need(waiting=40, unit_cost="0")]), supplier, days_ago(9), NOW, SETTINGS)
    assert not decision.hold
    assert decision.reason.startswith("ordered anyway")


baskets = st.lists(
    st.tuples(
        st.integers(1, 60),
        st.integers(1, 30),
        st.integers(1, 12),
        st.sampled_from(["0", "0.05", "1", "3.33", "17.5"]),
    ),
    min_size=1,
    max_size=5,
)


@settings(deadline=None)
@given(basket=baskets, minimum=st.integers(1, 2000))
def test_a_top_up_meets_the_minimum_and_no_line_could_do_with_a_pack_less(
    basket: list[tuple[int, int, int, str]], minimum: int
) -> None:
    supplier = replace(SUPPLIER, min_order_value=str(minimum))
    lines = consolidate(
        need(f"S{n}", waiting=w, moq=moq, pack_size=pack, unit_cost=cost)
        for n, (w, moq, pack, cost) in enumerate(basket)
    )
    topped = top_up(lines, supplier)
    if all(line.unit_cost == 0 for line in lines):
        assert topped == lines
        return
    assert not quota_missed(topped, supplier)
    value = basket_value(topped, "EUR")
    for before, after in zip(lines, topped, strict=True):
        pack = after.need.item.pack_size
        assert after.quantity >= before.quantity
        assert after.quantity % pack == 0
        if after.quantity > after.base:
            assert value - pack * after.unit_cost < minimum, "a pack too many"


@settings(deadline=None, max_examples=60)
@given(
    basket=st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(1, 4)), min_size=1, max_size=3),
    minimum=st.integers(1, 60),
)
def test_a_top_up_is_worth_no_more_than_one_pack_above_the_cheapest_way(
    basket: list[tuple[int, int, int]], minimum: int
) -> None:
    """Against every combination of packs: the value stays within one pack of the least value that suffices."""
    supplier = replace(SUPPLIER, min_order_value=str(minimum))
    lines = consolidate(
        need(f"S{n}", waiting=w, pack_size=pack, unit_cost=str(cost)) for n, (w, pack, cost) in enumerate(basket)
    )
    base = basket_value(lines, "EUR")
    steps = [int(line.need.item.pack_size * line.unit_cost) for line in lines]
    reachable = {int(base)}
    for value in range(int(base), minimum + max(steps)):
        if value in reachable:
            reachable |= {value + step for step in steps}
    least = min(value for value in reachable if value >= minimum)
    assert least <= basket_value(top_up(lines, supplier), "EUR") < least + max(steps)


@pytest.mark.parametrize(("approval", "expected"), [(None, False), ("100", False), ("99.99", True)])
def test_orders_above_the_approval_value_need_a_look(approval: str | None, expected: bool) -> None:
    assert needs_approval(consolidate([need(waiting=100)]), SUPPLIER, approval) is expected


def test_an_order_whose_worth_cannot_be_told_needs_a_look() -> None:
    lines = consolidate([need("A", waiting=1), need("B", waiting=1, currency="USD")])
    assert needs_approval(lines, SUPPLIER, "1000000")
    assert not needs_approval(lines, SUPPLIER, None)
