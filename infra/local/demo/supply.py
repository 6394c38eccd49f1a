"""Who supplies what, and what lies on the shelf when the first order comes: a rule, since order books do not say.

Everything is drawn from the hash of the SKU, so a SKU has the same supplier and the same share of stock in every run.
"""

from __future__ import annotations

import math
from bisect import bisect
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Literal

from infra.local.demo.book import OrderBook
from infra.local.demo.chance import fraction, happens, pick
from infra.local.demo.lead_times import LeadTimes, own_lead_times, read_lead_times

RULE = (
    "Each SKU belongs to one of 12 suppliers, by the hash of the SKU; so do its pack size (1, 6, 12 or 24) and its "
    "minimum quantity (1 to 3 packs), and its cost (40 to 60 % of the first price asked).",
    "Opening stock: a third of the SKUs has its whole demand of this order book on the shelf, a third half of it, a "
    "third nothing.",
    "1 SKU in 40 of the last two thirds may have open backorders of at most a quarter of its demand; 1 in 100 of them "
    "is discontinued: what the shelf does not hold is refused. The alternative of a SKU is its neighbour in SKU order.",
)

_PACKS = (1, 1, 6, 12, 24)
_LIMITED, _DISCONTINUED = 1 / 40, 1 / 100
_SMALLEST_LIMIT = 6
_WHOLE_WEEK = (0, 1, 2, 3, 4)

_SUPPLIERS: tuple[tuple[str, str, str, tuple[int, ...], str, int], ...] = (
    # name, country, locale, order days (0 = Monday), minimum order value, days it may be collected for
    ("Almgren Partihandel", "SE", "sv", _WHOLE_WEEK, "0", 7),
    ("Brouwer & Zonen", "NL", "nl", _WHOLE_WEEK, "0", 7),
    ("Cattermole Goods", "GB", "en", _WHOLE_WEEK, "0", 7),
    ("Dornbusch Import", "DE", "de", (0, 3), "0", 7),
    ("Eskilsson Trading", "SE", "sv", (0, 2, 4), "0", 7),
    ("Fenwright Supply", "GB", "en", _WHOLE_WEEK, "150.00", 5),
    ("Groothandel Vink", "NL", "nl", (1, 4), "0", 7),
    ("Hartmann Waren", "DE", "de", _WHOLE_WEEK, "250.00", 4),
    ("Islay Crafts", "GB", "en", (0, 1, 2, 3), "0", 7),
    ("Jolivet Freres", "FR", "fr", _WHOLE_WEEK, "0", 7),
    ("Koster Keukengerei", "NL", "nl", _WHOLE_WEEK, "100.00", 3),
    ("Lundby Fabrik", "SE", "sv", (2,), "0", 7),
)


@dataclass(frozen=True)
class Supplier:
    """A supplier as the service is told about it, and the lead times it really has."""

    supplier_id: str
    name: str
    country: str
    locale: str
    order_weekdays: tuple[int, ...]
    min_order_value: str
    max_wait_days: int
    lead_times: LeadTimes

    @property
    def email(self) -> str:
        return f"orders@{self.supplier_id}.example"

    @property
    def stated_lead_time(self) -> tuple[int, int]:
        """Days (likely, by) on the supplier's card: the median and the ninth decile of the real ones, rounded up."""
        return math.ceil(self.lead_times.quantile(0.5)), math.ceil(self.lead_times.quantile(0.9))


@dataclass(frozen=True)
class Product:
    """An item as the service is told about it, and the units on the shelf at the start."""

    sku: str
    description: str
    supplier_id: str
    pack_size: int
    moq: int
    unit_cost: str
    backorder_limit: int | None
    when_empty: Literal["backorder", "discontinued"]
    alternatives: tuple[str, ...]
    opening_stock: int

    @property
    def may_be_refused(self) -> bool:
        """The service may turn down an order for it."""
        return self.backorder_limit is not None or self.when_empty == "discontinued"


@dataclass(frozen=True)
class Supply:
    """The supply side of a run. `lead_time_source` is a sentence for the report."""

    suppliers: tuple[Supplier, ...]
    products: tuple[Product, ...]
    lead_time_source: str

    def alternatives(self) -> dict[str, str]:
        """What a customer would take instead of a SKU."""
        return {product.sku: product.alternatives[0] for product in self.products if product.alternatives}

    def supplier(self, supplier_id: str) -> Supplier:
        return next(supplier for supplier in self.suppliers if supplier.supplier_id == supplier_id)


def make_supply(book: OrderBook, lead_time_file: Path | None) -> Supply:
    """Suppliers, items and opening stock for an order book; without a lead time file, built-in lead times."""
    if lead_time_file is not None and lead_time_file.is_file():
        lead_times = read_lead_times(lead_time_file, len(_SUPPLIERS))
        source = f"as 12 vendors of the BPI Challenge 2019 took them ({lead_time_file.name}; B. van Dongen, 4TU)"
    else:
        lead_times, source = own_lead_times(len(_SUPPLIERS)), "built-in figures of our own making"
    suppliers = tuple(
        Supplier(f"supplier-{n:02}", *card, lead_times=times)
        for n, (card, times) in enumerate(zip(_SUPPLIERS, lead_times, strict=True), start=1)
    )
    return Supply(suppliers, _products(book), source)


def _products(book: OrderBook) -> tuple[Product, ...]:
    demand, prices = book.demand(), book.prices()
    products = [_product(sku, book.descriptions.get(sku, ""), demand[sku], prices[sku]) for sku in demand]
    unlimited = [product.sku for product in products if not product.may_be_refused]
    return tuple(replace(product, alternatives=_neighbour(product.sku, unlimited)) for product in products)


def _neighbour(sku: str, among: list[str]) -> tuple[str, ...]:
    """The SKU before this one in text order, usually a sibling; the first one's is the one after it."""
    place = bisect(among, sku)
    others = [other for other in among[max(0, place - 2) : place + 1] if other != sku]
    before = [other for other in others if other < sku]
    return tuple(before[-1:] or others[:1])


def _product(sku: str, description: str, demand: int, price: str) -> Product:
    stocked = (1.0, 0.5, 0.0)[int(fraction("shelf", sku) * 3)]
    scarce = stocked < 1
    pack = pick(_PACKS, "pack", sku)
    limited = scarce and happens(_LIMITED, "limit", sku)
    discontinued = scarce and happens(_DISCONTINUED, "discontinued", sku)
    return Product(
        sku=sku,
        description=description or sku,
        supplier_id=f"supplier-{1 + int(fraction('supplier', sku) * len(_SUPPLIERS)):02}",
        pack_size=pack,
        moq=pack * pick((1, 2, 3), "minimum", sku),
        unit_cost=str((Decimal(price) * (40 + int(fraction("cost", sku) * 20)) / 100).quantize(Decimal("0.01"))),
        backorder_limit=max(_SMALLEST_LIMIT, math.ceil(demand / 4)) if limited else None,
        when_empty="discontinued" if discontinued else "backorder",
        alternatives=(),
        opening_stock=math.floor(demand * stocked),
    )
