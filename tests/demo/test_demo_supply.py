"""The supply side of a demo: repeatable, and as its rule says."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from infra.local.demo.book import BookLine, Order, OrderBook
from infra.local.demo.lead_times import LeadTimes, own_lead_times, read_lead_times
from infra.local.demo.order_book import ORDERS, built_in_order_book
from infra.local.demo.supply import Supply, make_supply

NOWHERE = Path("no such file")
SKUS = [f"SKU-{n:04}" for n in range(3000)]


def book(quantity: int = 100) -> OrderBook:
    lines = tuple(BookLine(str(n), sku, quantity, "10.00") for n, sku in enumerate(SKUS, 1))
    order = Order(datetime(2026, 1, 5, tzinfo=UTC), "1", "c", "Sweden", lines)
    return OrderBook("test", "EUR", (order,), {"SKU-0001": "a thing"}, {})


@pytest.fixture(scope="module")
def supply() -> Supply:
    return make_supply(book(), NOWHERE)


def test_the_same_order_book_has_the_same_supply_every_time(supply: Supply) -> None:
    assert make_supply(book(), NOWHERE) == supply


def test_a_sku_keeps_its_supplier_pack_and_share_of_stock_in_another_book(supply: Supply) -> None:
    half = make_supply(book(50), NOWHERE)

    for one, other in zip(supply.products, half.products, strict=True):
        assert (one.supplier_id, one.pack_size, one.moq) == (other.supplier_id, other.pack_size, other.moq)
        assert one.opening_stock == 2 * other.opening_stock


def test_a_third_of_the_skus_is_stocked_fully_a_third_by_half_a_third_not_at_all(supply: Supply) -> None:
    stocks = [product.opening_stock for product in supply.products]

    assert set(stocks) == {0, 50, 100}
    assert all(900 < stocks.count(stock) < 1100 for stock in (0, 50, 100))


def test_half_of_an_odd_demand_is_rounded_down() -> None:
    assert {product.opening_stock for product in make_supply(book(1), NOWHERE).products} == {0, 1}


def test_few_skus_may_be_refused_and_only_those_that_are_not_fully_stocked(supply: Supply) -> None:
    limited = [product for product in supply.products if product.backorder_limit is not None]
    discontinued = [product for product in supply.products if product.when_empty == "discontinued"]

    assert 25 < len(limited) < 80
    assert 8 < len(discontinued) < 40
    assert all(product.opening_stock < 100 for product in (*limited, *discontinued))
    assert {product.backorder_limit for product in limited} == {25}


def test_an_alternative_is_a_neighbour_that_is_never_refused(supply: Supply) -> None:
    refused = {product.sku for product in supply.products if product.may_be_refused}

    for product in supply.products:
        (alternative,) = product.alternatives
        assert alternative != product.sku
        assert alternative not in refused


def test_the_minimum_quantity_is_whole_packs_and_the_cost_half_the_price(supply: Supply) -> None:
    for product in supply.products:
        assert product.moq % product.pack_size == 0
        assert Decimal("4.00") <= Decimal(product.unit_cost) < Decimal("6.00")


def test_every_supplier_has_products(supply: Supply) -> None:
    assert {product.supplier_id for product in supply.products} == {s.supplier_id for s in supply.suppliers}


def test_without_description_a_product_is_called_by_its_sku(supply: Supply) -> None:
    assert [product.description for product in supply.products[:3]] == ["SKU-0000", "a thing", "SKU-0002"]


def test_without_a_file_the_lead_times_are_our_own_and_it_is_said(supply: Supply) -> None:
    assert [supplier.lead_times for supplier in supply.suppliers] == own_lead_times(12)
    assert supply.lead_time_source == "built-in figures of our own making"


def lead_time_file(path: Path, rows: dict[str, list[str]]) -> Path:
    created = datetime(2018, 1, 1, tzinfo=UTC)
    lines = ["vendor,created,first_gr"]
    for vendor, taken in rows.items():
        lines += [
            f"{vendor},{created.isoformat()},{(created + timedelta(days=int(days))).isoformat() if days else ''}"
            for days in taken
        ]
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    return path


def test_lead_times_come_from_the_vendors_with_most_receipts(tmp_path: Path) -> None:
    path = lead_time_file(
        tmp_path / "po.csv.gz", {"few": ["1"] * 29, "most": ["9"] * 40, "enough": ["4"] * 30 + [""] * 30}
    )

    assert read_lead_times(path, 2) == [LeadTimes((9.0,) * 40), LeadTimes((4.0,) * 30)]
    with pytest.raises(ValueError, match="only 2 vendors"):
        read_lead_times(path, 3)


def test_a_receipt_before_its_order_took_no_time(tmp_path: Path) -> None:
    path = lead_time_file(tmp_path / "po.csv.gz", {"v": ["-2"] * 30})

    assert read_lead_times(path, 1)[0].quantile(0.5) == 0.0


def test_draws_are_repeatable_and_spread_over_all_past_lead_times() -> None:
    times = LeadTimes((1.0, 2.0, 3.0, 4.0))
    draws = [times.draw("order", str(n)) for n in range(400)]

    assert draws == [times.draw("order", str(n)) for n in range(400)]
    assert all(70 < draws.count(days) < 130 for days in times.days)


def test_the_built_in_order_book_is_a_week_of_about_150_orders_of_several_countries() -> None:
    orders = built_in_order_book().orders

    assert len(orders) == ORDERS == 150
    assert orders[-1].at - orders[0].at < timedelta(days=7)
    assert len({order.country for order in orders}) >= 6
    assert len({order.order_id for order in orders}) == len(orders)


def test_the_built_in_order_book_is_the_same_every_time_and_in_time_order() -> None:
    once, again = built_in_order_book(), built_in_order_book()

    assert once == again
    assert [action.at for action in once.actions] == sorted(action.at for action in once.actions)
