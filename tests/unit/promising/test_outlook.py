"""The date of a place in the queue: free units first, then all that arrives until then, then the next order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.catalog.model import Item, Supplier
from shared.inventory.model import Inbound, Stock
from shared.kernel.clock import DAY, micros
from shared.promising.promise import Outlook, covered_by_firm, day_of
from shared.settings.model import MerchantSettings

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


def arrival(units: int, day: int, *, firm: bool = True) -> Inbound:
    at = micros(NOW + day * DAY)
    return Inbound(units, at, at + micros(NOW + 2 * DAY) - micros(NOW), firm)


def outlook(free: int = 0, held: int | None = None, **inbound: Inbound) -> Outlook:
    supplier = Supplier("acme", "Acme", "orders@acme.example", lead_time_likely=20, lead_time_by=30)
    supplier = replace(supplier, held_until=None if held is None else micros(NOW + held * DAY))
    return Outlook(Stock("A", free=free, inbound=inbound), Item("A", "acme"), supplier, MerchantSettings(), NOW)


@pytest.mark.parametrize(
    ("place", "basis", "likely"),
    [
        (1, "stock", "2026-01-05"),
        (2, "stock", "2026-01-05"),
        (3, "purchase_order", "2026-01-08"),
        (5, "purchase_order", "2026-01-08"),
        (6, "purchase_order", "2026-01-12"),
        (9, "purchase_order", "2026-01-12"),
        (10, "next_order", "2026-01-25"),
    ],
)
def test_a_place_is_dated_by_all_that_comes_until_then(place: int, basis: str, likely: str) -> None:
    promise = outlook(2, second=arrival(4, 7), first=arrival(3, 3)).promise(place, "test")
    assert (promise.basis, day_of(promise.likely)) == (basis, likely)


def test_who_stands_behind_late_goods_is_not_served_before_them() -> None:
    """What the next order brings goes to those ahead, who wait for the late goods."""
    promise = outlook(0, late=arrival(10, 60)).promise(11, "test")
    assert (promise.basis, day_of(promise.likely), day_of(promise.by)) == ("next_order", "2026-03-06", "2026-03-08")


@given(
    st.integers(0, 5),
    st.lists(st.tuples(st.integers(1, 6), st.integers(0, 90)), max_size=5),
    st.sampled_from([None, 3, 45]),
)
def test_nobody_is_promised_an_earlier_day_than_those_ahead_of_him(
    free: int, arrivals: list[tuple[int, int]], held: int | None
) -> None:
    inbound = {str(n): arrival(units, day) for n, (units, day) in enumerate(arrivals)}
    dated = outlook(free, held=held, **inbound)
    promises = [dated.promise(place, "test") for place in range(1, 40)]
    for earlier, later in pairwise(promises):
        assert earlier.likely is not None
        assert later.likely is not None
        assert earlier.likely <= later.likely
        assert earlier.by is not None
        assert later.by is not None
        assert earlier.by <= later.by


def test_what_is_held_until_a_day_is_not_promised_for_the_next_order_day() -> None:
    assert day_of(outlook(held=30).promise(1, "test").likely) == "2026-02-24"
    assert day_of(outlook(held=-1).promise(1, "test").likely) == "2026-01-25", "that day has passed"


def test_units_count_as_firm_when_they_are_confirmed_and_come_in_time() -> None:
    inbound = {"a": arrival(1, 3), "b": arrival(2, 7), "c": arrival(4, 8), "d": arrival(8, 3, firm=False)}
    assert covered_by_firm(inbound, micros(NOW + 7 * DAY)) == 3
