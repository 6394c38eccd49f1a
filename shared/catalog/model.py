"""Items and suppliers as clients describe them, and the one rule that says what may be sold."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Literal

from shared.promising.lead_times.learned import LeadTime

Sellability = Literal["in_stock", "backorder", "preorder", "made_to_order", "out_of_stock", "discontinued"]
WhenEmpty = Literal["backorder", "preorder", "made_to_order", "out_of_stock", "discontinued"]


@dataclass(frozen=True)
class PriceBreak:
    """What a unit costs in a purchase order line of so many units or more."""

    quantity: int
    unit_cost: str


@dataclass(frozen=True)
class Offer:
    """Another supplier's terms for an item, in the item's currency."""

    supplier_id: str
    supplier_sku: str | None = None
    moq: int = 1
    pack_size: int = 1
    unit_cost: str = "0"
    price_breaks: tuple[PriceBreak, ...] = ()


@dataclass(frozen=True)
class Item:
    """An item's card. Quantities in units of the SKU; `pack_size` units make one order unit of the supplier.
    `price_breaks` rise in quantity and fall in cost."""

    sku: str
    supplier_id: str
    description: str = ""
    supplier_sku: str | None = None
    moq: int = 1
    pack_size: int = 1
    unit_cost: str = "0"
    currency: str = "EUR"
    backorder_limit: int | None = None
    sellability_when_empty: WhenEmpty = "backorder"
    reorder_point: int | None = None
    alternatives: tuple[str, ...] = ()
    price_breaks: tuple[PriceBreak, ...] = ()
    other_suppliers: tuple[Offer, ...] = ()
    version: int = 1

    @property
    def all_suppliers(self) -> tuple[str, ...]:
        """The preferred one first."""
        return (self.supplier_id, *(one.supplier_id for one in self.other_suppliers))

    def cost_of(self, quantity: int) -> str:
        """What a unit costs in a line of so many."""
        reached = [one.unit_cost for one in self.price_breaks if one.quantity <= quantity]
        return reached[-1] if reached else self.unit_cost

    def bought_from(self, supplier_id: str) -> Item | None:
        """The item on this supplier's terms; None if he does not offer it."""
        if supplier_id == self.supplier_id:
            return self
        offer = next((one for one in self.other_suppliers if one.supplier_id == supplier_id), None)
        if offer is None:
            return None
        terms = {one.name: getattr(offer, one.name) for one in fields(Offer)}
        return replace(self, **terms, other_suppliers=())

    @property
    def limit(self) -> int | None:
        """Open backordered units allowed; None is no limit. Out of stock and discontinued are a limit of 0."""
        if self.sellability_when_empty in {"out_of_stock", "discontinued"}:
            return 0
        return self.backorder_limit


@dataclass(frozen=True)
class Supplier:
    """A supplier's card. Weekdays: 0 = Monday, in the merchant's time zone; lead times in days from sending. `holidays`
    are days (ISO, in order) on which he is neither ordered from nor delivers.

    Three things are no part of what clients say. `learned` is what the supplier did: once he has delivered, it counts
    instead. `held_until` is when the basket that is held for him now is ordered at the latest, in microseconds.
    `order_days_since` is (weekday, since when it has been an order day); always where it says nothing.
    """

    supplier_id: str
    name: str
    email: str
    locale: str = "en"
    country: str = ""
    order_weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)
    lead_time_likely: int = 14
    lead_time_by: int = 28
    min_order_value: str = "0"
    currency: str = "EUR"
    max_wait_days: int = 14
    when_quota_missed: Literal["order_anyway", "top_up"] = "order_anyway"
    freight_cost: str = "0"
    small_order_fee: str | None = None
    hold_for: Literal["order_value", "any_quota"] = "order_value"
    amend_days: int = 0
    holidays: tuple[str, ...] = ()
    version: int = 1
    learned: LeadTime | None = field(default=None, compare=False)
    held_until: int | None = field(default=None, compare=False)
    order_days_since: tuple[tuple[int, int], ...] = field(default=(), compare=False)

    @property
    def order_days(self) -> tuple[int, ...]:
        """The weekdays on which orders are placed: no order days on the card means every day."""
        return self.order_weekdays or tuple(range(7))


def sellability(item: Item, free: int, waiting: int, quantity: int = 1) -> Sellability:
    """What the storefront may say of `quantity` units; recording keeps the same rule.

    In stock when nothing of it would wait; out of stock when the limit leaves no room; else what the card says.
    """
    if free - max(0, waiting) >= quantity:
        return "in_stock"
    refused = item.limit is not None and max(0, waiting - free + quantity) > item.limit
    if refused and item.sellability_when_empty != "discontinued":
        return "out_of_stock"
    return item.sellability_when_empty
