"""The daily look at orders shipped in one parcel: it misses none that time alone lets take, and reads for no other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from shared.allocation.careful import CarefulOrder
from shared.allocation.decision import Grant, WholeSet
from shared.allocation.look_again import skus_to_look_at
from shared.allocation.policy import decide
from shared.backorders.model import Line, SortKey
from shared.inventory.model import Inbound, Stock
from shared.kernel.clock import EPOCH, micros
from shared.settings.model import MerchantSettings
from tests.unit.allocation.test_policy import SKUS, Shop, a_line, shops

SETTINGS = MerchantSettings()
PATIENCE_OVER, YESTERDAY = 10, 5
NOW = EPOCH + timedelta(days=SETTINGS.patience_days, microseconds=PATIENCE_OVER)


@dataclass
class Held:
    """The orders of a shop in memory, and its counters as the table has them."""

    shop: Shop
    comes_on: int = micros(NOW + timedelta(days=1))

    def orders(self) -> Iterable[CarefulOrder]:
        return [order for order in self.shop.orders if order.hold]

    def stocks(self, skus: Iterable[str]) -> Mapping[str, Stock]:
        return {sku: self._stock(sku) for sku in skus}

    def _stock(self, sku: str) -> Stock:
        firm = Inbound(self.shop.firm(sku), self.comes_on, self.comes_on, firm=True)
        partial = {f"{x.rank}#{x.backorder_id}#{x.position}": x.allocated for x in self._held(sku)}
        return Stock(sku, free=self.shop.free(sku), inbound={"po": firm}, partial=partial)

    def _held(self, sku: str) -> list[Line]:
        return [line for line in self.shop.queue(sku) if line.careful and line.allocated]

    def had(self, stock: Stock) -> Collection[SortKey]:
        return [line.sort_key for line in self._held(stock.sku)]


def served(shop: Shop) -> Shop:
    """The shop once every queue has been served until nothing moves, as of yesterday."""
    for sku in SKUS * 5:
        decision = decide(sku, shop, patience_over=YESTERDAY)
        for step in [*decision.returns, *decision.steps]:
            shop = _applied(shop, step.grants if isinstance(step, WholeSet) else (step,))
    return shop


def _applied(shop: Shop, grants: Sequence[Grant]) -> Shop:
    """The shop with these units moved, or as it was if not all are free yet: a later run of another SKU frees them."""
    gives = {(g.line.backorder_id, g.line.position): g.give for g in grants}
    free = Counter(shop.free_units)
    for grant in grants:
        free[grant.line.sku] -= grant.give
    if min(free.values()) < 0:
        return shop
    orders = [replace(order, lines=tuple(_given(x, gives) for x in order.lines)) for order in shop.orders]
    return Shop(dict(free), orders, shop.firm_units)


def _given(line: Line, gives: Mapping[tuple[str, int], int]) -> Line:
    units = gives.get((line.backorder_id, line.position), 0)
    return replace(line, waiting=line.waiting - units, allocated=line.allocated + units)


@pytest.mark.slow
@examples(max_examples=1500, deadline=None)
@given(shops(), st.fixed_dictionaries({sku: st.integers(0, 8) for sku in SKUS}))
def test_whatever_a_day_changes_for_an_order_in_one_parcel_is_looked_at(shop: Shop, firm: dict[str, int]) -> None:
    today = replace(served(shop), firm_units=firm)
    looked_at = skus_to_look_at(Held(today), settings=SETTINGS, now=NOW)
    for sku in SKUS:
        decision = decide(sku, today, patience_over=PATIENCE_OVER)
        assert not decision or sku in looked_at


def _one(overtaken_at: int | None = None, firm: int = 0) -> Shop:
    lines = (a_line(0, 0, "A", 2, careful=True), a_line(0, 1, "B", 3, careful=True))
    return Shop({"A": 2}, [CarefulOrder("bo000", True, overtaken_at, lines)], {"B": firm})


def test_an_order_that_nothing_can_complete_and_that_is_patient_is_not_looked_at() -> None:
    for shop in (_one(), _one(overtaken_at=PATIENCE_OVER + 1), _one(firm=2)):
        assert skus_to_look_at(Held(shop), settings=SETTINGS, now=NOW) == []


def test_an_order_is_looked_at_where_there_are_units_once_its_patience_is_over() -> None:
    assert skus_to_look_at(Held(_one(overtaken_at=PATIENCE_OVER)), settings=SETTINGS, now=NOW) == ["A"]


@pytest.mark.parametrize(("days", "expected"), [(0, ["A"]), (1, [])])
def test_an_order_is_looked_at_on_the_day_confirmed_supply_is_within_the_horizon(
    days: int, expected: list[str]
) -> None:
    comes = NOW + timedelta(days=SETTINGS.hold_horizon_days + days)
    assert skus_to_look_at(Held(_one(firm=3), micros(comes)), settings=SETTINGS, now=NOW) == expected


def test_an_order_that_is_served_as_far_as_units_reach_is_not_looked_at_once_its_patience_is_over() -> None:
    lines = (a_line(0, 0, "A", 0, 2, careful=True), a_line(0, 1, "B", 3, careful=True))
    shop = Shop({"A": 5}, [CarefulOrder("bo000", True, PATIENCE_OVER, lines)])
    assert skus_to_look_at(Held(shop), settings=SETTINGS, now=NOW) == []


@pytest.mark.parametrize(("rank", "expected"), [(0, []), (2, ["A"])])
def test_units_that_only_a_later_order_has_can_be_taken(rank: int, expected: list[str]) -> None:
    other = a_line(7, 0, "A", 1, 1, careful=True, rank=rank)
    orders = [
        CarefulOrder("bo001", True, PATIENCE_OVER, (a_line(1, 0, "A", 2, careful=True),)),
        CarefulOrder("bo007", True, PATIENCE_OVER, (other,)),
    ]
    assert skus_to_look_at(Held(Shop({}, orders)), settings=SETTINGS, now=NOW) == expected
