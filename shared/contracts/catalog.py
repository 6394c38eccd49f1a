"""Items on the wire."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from shared.catalog.model import Item, sellability
from shared.catalog.ports import StockedItem
from shared.contracts.common import Currency, Id, Model, Money, Quantity, Sku, Text, unique
from shared.kernel.errors import Invalid

Sellability = Literal["in_stock", "backorder", "preorder", "made_to_order", "out_of_stock", "discontinued"]
WhenEmpty = Literal["backorder", "preorder", "made_to_order", "out_of_stock", "discontinued"]
Limit = Annotated[int, Field(ge=0, le=1_000_000_000)]


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
    alternatives: Annotated[list[Sku], AfterValidator(unique), Field(max_length=20)] = Field(
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


class OpeningStockRow(Model):
    """A row of an import of opening stock: units on the shelf before this service began to count them."""

    sku: Sku
    quantity: Quantity
