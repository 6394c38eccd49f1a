"""The date of a place in the queue: free units first, then all that arrives until then, then the next order."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shared.catalog.model import Item, Supplier
from shared.inventory.model import Inbound, Stock
from shared.kernel.clock import DAY, micros
from shared.promising.promise import Outlook, covered_by_firm, day_of
from shared.settings.model import MerchantSettings

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


def arrival(units: int, day: int, *, firm: bool = True) -> Inbound:
    at = micros(NOW + day * DAY)
    return Inbound(units, at, at + micros(NOW + 2 * DAY) - micros(NOW), firm)


def outlook(free: int = 0, **inbound: Inbound) -> Outlook:
    supplier = Supplier("acme", "Acme", "orders@acme.example", lead_time_likely=20, lead_time_by=30)
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


def test_units_count_as_firm_when_they_are_confirmed_and_come_in_time() -> None:
    inbound = {"a": arrival(1, 3), "b": arrival(2, 7), "c": arrival(4, 8), "d": arrival(8, 3, firm=False)}
    assert covered_by_firm(inbound, micros(NOW + 7 * DAY)) == 3
