"""Items on the wire."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from shared.catalog.model import Item, Offer, PriceBreak, sellability
from shared.catalog.ports import StockedItem
from shared.contracts.common import MAX_ORDERED, Currency, Id, Model, Money, Quantity, Sku, Text, WrongAt, unique
from shared.kernel.errors import Invalid

Sellability = Literal["in_stock", "backorder", "preorder", "made_to_order", "out_of_stock", "discontinued"]
WhenEmpty = Literal["backorder", "preorder", "made_to_order", "out_of_stock", "discontinued"]
Limit = Annotated[int, Field(ge=0, le=1_000_000_000)]


class PriceBreakBody(Model):
    """From this quantity of one purchase order line on, each unit of it costs so much."""

    quantity: Annotated[int, Field(ge=2, le=MAX_ORDERED)]
    unit_cost: Money


def _falling(breaks: list[PriceBreakBody], unit_cost: str) -> WrongAt | None:
    """The first break that does not rise in quantity and fall in cost."""
    quantity, cost = 1, Decimal(unit_cost)
    for n, one in enumerate(breaks):
        if one.quantity <= quantity:
            return WrongAt("must be more than in the break before", "price_breaks", n, "quantity")
        if Decimal(one.unit_cost) >= cost:
            return WrongAt("must be less than for smaller quantities", "price_breaks", n, "unit_cost")
        quantity, cost = one.quantity, Decimal(one.unit_cost)
    return None


class Buying(Model):
    """By which terms an item is bought from a supplier."""

    supplier_id: Id
    supplier_sku: Sku | None = Field(None, description="the supplier's own number for it")
    moq: Quantity = Field(1, description="least quantity of one purchase order line, in units")
    pack_size: Quantity = Field(1, description="units that make one order unit; purchase orders are multiples of it")
    unit_cost: Money = Field("0", description="purchase price of one unit")
    price_breaks: Annotated[list[PriceBreakBody], Field(max_length=20)] = Field(
        default_factory=list, description="larger quantities that cost less each, in rising order"
    )

    @model_validator(mode="after")
    def _breaks_fall(self) -> Self:
        wrong = _falling(self.price_breaks, self.unit_cost)
        if wrong is not None:
            raise wrong
        return self

    @property
    def breaks(self) -> tuple[PriceBreak, ...]:
        return tuple(PriceBreak(one.quantity, one.unit_cost) for one in self.price_breaks)


class OfferBody(Buying):
    """Another supplier of an item, and his terms. `unit_cost` is in the item's currency."""

    def to_offer(self) -> Offer:
        return Offer(**{**self.model_dump(), "price_breaks": self.breaks})


class PutItem(Buying):
    """An item's card. Quantities in units of the SKU."""

    description: Text = ""
    currency: Currency | None = Field(None, description="of unit_cost; the supplier's when left out")
    backorder_limit: Limit | None = Field(None, description="open backordered units allowed; null is no limit")
    sellability_when_empty: WhenEmpty = "backorder"
    reorder_point: Limit | None = Field(None, description="stocked items: reorder below it; null is not stocked")
    alternatives: Annotated[list[Sku], AfterValidator(unique), Field(max_length=20)] = Field(
        default_factory=list, description="SKUs a customer may switch to; they need not exist yet"
    )

    other_suppliers: Annotated[list[OfferBody], Field(max_length=10)] = Field(
        default_factory=list, description="who else may be ordered from when that keeps promises"
    )

    @model_validator(mode="after")
    def _others_are_others(self) -> Self:
        seen = {self.supplier_id}
        for n, one in enumerate(self.other_suppliers):
            if one.supplier_id in seen:
                raise WrongAt("is a supplier of this item already", "other_suppliers", n, "supplier_id")
            seen.add(one.supplier_id)
        return self

    def to_item(self, sku: str) -> Item:
        """The card; an empty currency stands for the supplier's."""
        if sku in self.alternatives:
            raise Invalid.at(f"/alternatives/{self.alternatives.index(sku)}", "must be another item")
        values = self.model_dump(exclude={"sku"}) | {
            "alternatives": tuple(self.alternatives),
            "currency": self.currency or "",
            "price_breaks": self.breaks,
            "other_suppliers": tuple(one.to_offer() for one in self.other_suppliers),
        }
        return Item(sku=sku, **values)


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
    price_breaks: list[PriceBreakBody]
    other_suppliers: list[OfferBody]
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
            price_breaks=_breaks_view(item.price_breaks),
            other_suppliers=[_offer_view(one) for one in item.other_suppliers],
            sellability=sellability(item, stock.free, stock.waiting),
            available_now=stock.available_now,
            version=item.version,
        )


def _breaks_view(breaks: Iterable[PriceBreak]) -> list[PriceBreakBody]:
    return [PriceBreakBody.model_construct(quantity=one.quantity, unit_cost=one.unit_cost) for one in breaks]


def _offer_view(offer: Offer) -> OfferBody:
    values = {one.name: getattr(offer, one.name) for one in fields(offer)}
    return OfferBody.model_construct(**{**values, "price_breaks": _breaks_view(offer.price_breaks)})


class ItemList(Model):
    """One page of items, in order of SKU. A page may be short; the list ends where `next_cursor` is null."""

    items: list[ItemView]
    next_cursor: str | None


class OpeningStockRow(Model):
    """A row of an import of opening stock: units on the shelf before this service began to count them."""

    sku: Sku
    quantity: Quantity
