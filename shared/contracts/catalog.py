"""Items and suppliers on the wire."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from shared.catalog.model import Item, Supplier, sellability
from shared.catalog.ports import StockedItem
from shared.contracts.common import (
    Country,
    Currency,
    Days,
    Email,
    Id,
    Locale,
    Model,
    Money,
    Name,
    Quantity,
    Sku,
    Text,
    WrongAt,
)
from shared.kernel.errors import Invalid
from shared.promising.lead_times import learned as learned_model

Sellability = Literal["in_stock", "backorder", "preorder", "made_to_order", "out_of_stock", "discontinued"]
WhenEmpty = Literal["backorder", "preorder", "made_to_order", "out_of_stock", "discontinued"]
Limit = Annotated[int, Field(ge=0, le=1_000_000_000)]


def _unique(values: list[int] | list[str]) -> list[int] | list[str]:
    if len(set(values)) != len(values):
        raise ValueError("must not name anything twice")
    return values


class PutItem(Model):
    """An item's card. Quantities in units of the SKU."""

    supplier_id: Id
    description: Text = ""
    supplier_sku: Sku | None = Field(None, description="the supplier's own number for it")
    moq: Quantity = Field(1, description="least quantity of one purchase order line, in units")
    pack_size: Quantity = Field(1, description="units that make one order unit; purchase orders are multiples of it")
    unit_cost: Money = Field("0", description="purchase price of one unit")
    currency: Currency | None = Field(None, description="of unit_cost; the supplier's when left out")
    backorder_limit: Limit | None = Field(None, description="open backordered units allowed; null is no limit")
    sellability_when_empty: WhenEmpty = "backorder"
    reorder_point: Limit | None = Field(None, description="stocked items: reorder below it; null is not stocked")
    alternatives: Annotated[list[Sku], AfterValidator(_unique), Field(max_length=20)] = Field(
        default_factory=list, description="SKUs a customer may switch to; they need not exist yet"
    )

    def to_item(self, sku: str) -> Item:
        """The card; an empty currency stands for the supplier's."""
        if sku in self.alternatives:
            raise Invalid.at(f"/alternatives/{self.alternatives.index(sku)}", "must be another item")
        values = self.model_dump(exclude={"sku"})
        return Item(sku=sku, **{**values, "alternatives": tuple(self.alternatives), "currency": self.currency or ""})


class ItemRow(PutItem):
    """A row of an import of items."""

    sku: Sku


class ItemView(Model):
    """An item as it can be sold now. The ETag covers the card, not `sellability` and `available_now`."""

    sku: str
    description: str
    supplier_id: str
    supplier_sku: str | None
    moq: int
    pack_size: int
    unit_cost: str
    currency: str
    backorder_limit: int | None
    sellability_when_empty: WhenEmpty
    reorder_point: int | None
    alternatives: list[str]
    sellability: Sellability
    available_now: int = Field(description="units a new order could get after everyone who waits")
    version: int

    @classmethod
    def of(cls, found: StockedItem) -> ItemView:
        item, stock = found.item, found.stock
        return cls(
            sku=item.sku,
            description=item.description,
            supplier_id=item.supplier_id,
            supplier_sku=item.supplier_sku,
            moq=item.moq,
            pack_size=item.pack_size,
            unit_cost=item.unit_cost,
            currency=item.currency,
            backorder_limit=item.backorder_limit,
            sellability_when_empty=item.sellability_when_empty,
            reorder_point=item.reorder_point,
            alternatives=list(item.alternatives),
            sellability=sellability(item, stock.free, stock.waiting),
            available_now=stock.available_now,
            version=item.version,
        )


class ItemList(Model):
    """One page of items, in order of SKU. A page may be short; the list ends where `next_cursor` is null."""

    items: list[ItemView]
    next_cursor: str | None


class LeadTime(Model):
    """Days from sending a purchase order to receiving the goods."""

    likely: Days = Field(description="half of the deliveries are here by then")
    by: Days = Field(description="nine of ten deliveries are here by then")

    @model_validator(mode="after")
    def _ordered(self) -> LeadTime:
        if self.likely > self.by:
            raise WrongAt("must not be more than by", "likely")
        return self


class PutSupplier(Model):
    """A supplier's card."""

    name: Name
    email: Email = Field(description="where purchase orders go")
    locale: Locale = Field("en", description="language of those mails")
    country: Country | None = None
    order_weekdays: Annotated[
        list[Annotated[int, Field(ge=0, le=6)]], AfterValidator(_unique), Field(min_length=1, max_length=7)
    ] = Field(default=[0, 1, 2, 3, 4], description="days on which orders are placed: 0 = Monday, merchant's zone")
    lead_time_days: LeadTime = LeadTime.model_construct(likely=14, by=28)
    min_order_value: Money = Field("0", description="least value of one purchase order")
    currency: Currency = "EUR"
    max_wait_days: Days = Field(14, description="how long a need may be held back to reach min_order_value")
    when_quota_missed: Literal["order_anyway", "top_up"] = Field(
        "order_anyway", description="what to do when max_wait_days is over and the value is not reached"
    )

    def to_supplier(self, supplier_id: str) -> Supplier:
        return Supplier(
            supplier_id=supplier_id,
            name=self.name,
            email=self.email,
            locale=self.locale,
            country=self.country or "",
            order_weekdays=tuple(sorted(self.order_weekdays)),
            lead_time_likely=self.lead_time_days.likely,
            lead_time_by=self.lead_time_days.by,
            min_order_value=self.min_order_value,
            currency=self.currency,
            max_wait_days=self.max_wait_days,
            when_quota_missed=self.when_quota_missed,
        )


class SupplierRow(PutSupplier):
    """A row of an import of suppliers."""

    supplier_id: Id


class LearnedLeadTime(Model):
    """What a supplier did, which dates follow from instead of his card once he has delivered."""

    likely: int = Field(description="working days within which half of his orders come, rounded up")
    by: int = Field(description="working days within which `by_percent` of them come, rounded up")
    by_percent: int = Field(description="90; 95 while more than one date in ten of the last four weeks was broken")
    receipts: int = Field(description="of his latest 64 orders, those that have come")

    @classmethod
    def of(cls, learned: learned_model.LeadTime) -> LearnedLeadTime:
        return cls(
            likely=learned.days(learned_model.LIKELY),
            by=learned.days(learned.cautious),
            by_percent=learned.cautious // 10,
            receipts=learned.receipts,
        )


class SupplierView(Model):
    """A supplier as stored."""

    supplier_id: str
    name: str
    email: str
    locale: str
    country: str | None
    order_weekdays: list[int]
    lead_time_days: LeadTime
    min_order_value: str
    currency: str
    max_wait_days: int
    when_quota_missed: Literal["order_anyway", "top_up"]
    learned: LearnedLeadTime | None = Field(
        description="null until he has delivered three times: until then his card counts"
    )
    version: int

    @classmethod
    def of(cls, supplier: Supplier) -> SupplierView:
        return cls(
            supplier_id=supplier.supplier_id,
            name=supplier.name,
            email=supplier.email,
            locale=supplier.locale,
            country=supplier.country or None,
            order_weekdays=list(supplier.order_weekdays),
            lead_time_days=LeadTime(likely=supplier.lead_time_likely, by=supplier.lead_time_by),
            min_order_value=supplier.min_order_value,
            currency=supplier.currency,
            max_wait_days=supplier.max_wait_days,
            when_quota_missed=supplier.when_quota_missed,
            learned=LearnedLeadTime.of(supplier.learned) if supplier.learned else None,
            version=supplier.version,
        )


class OpeningStockRow(Model):
    """A row of an import of opening stock: units on the shelf before this service began to count them."""

    sku: Sku
    quantity: Quantity
