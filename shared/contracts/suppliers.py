"""Suppliers on the wire."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from shared.catalog.model import Supplier
from shared.contracts.common import Country, Currency, Day, Days, Email, Id, Locale, Model, Money, Name, WrongAt, unique
from shared.promising.lead_times import learned as learned_model


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
        list[Annotated[int, Field(ge=0, le=6)]], AfterValidator(unique), Field(min_length=1, max_length=7)
    ] = Field(default=[0, 1, 2, 3, 4], description="days on which orders are placed: 0 = Monday, merchant's zone")
    lead_time_days: LeadTime = LeadTime.model_construct(likely=14, by=28)
    min_order_value: Money = Field("0", description="least value of one purchase order")
    currency: Currency = "EUR"
    max_wait_days: Days = Field(14, description="how long a need may be held back to reach min_order_value")
    when_quota_missed: Literal["order_anyway", "top_up"] = Field(
        "order_anyway", description="what to do when max_wait_days is over and the value is not reached"
    )

    freight_cost: Money = Field("0", description="what one order costs in freight and handling, whatever is in it")
    small_order_fee: Money | None = Field(
        None, description="what an order below min_order_value costs on top; null: none is taken before max_wait_days"
    )
    hold_for: Literal["order_value", "any_quota"] = Field(
        "order_value",
        description="any_quota: a basket may also wait for moq and packs to be filled, if that costs less",
    )

    amend_days: Days = Field(
        0, description="how long after sending units may still be taken off an order; 0: what is sent is not amended"
    )

    holidays: Annotated[list[Day], AfterValidator(unique), Field(max_length=100)] = Field(
        default=[], description="days on which he is neither ordered from nor delivers: no date falls on them"
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
            freight_cost=self.freight_cost,
            small_order_fee=self.small_order_fee,
            hold_for=self.hold_for,
            amend_days=self.amend_days,
            holidays=tuple(sorted(self.holidays)),
        )


class SupplierRow(PutSupplier):
    """A row of an import of suppliers."""

    supplier_id: Id


class LearnedLeadTime(Model):
    """What a supplier did, which dates follow from instead of his card once he has delivered."""

    likely: int = Field(description="working days within which half of his orders come, rounded up")
    by: int = Field(description="working days within which `by_percent` of them come, rounded up")
    by_percent: int = Field(description="90; 95 while over one date in ten was broken in four weeks")
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
    freight_cost: str
    small_order_fee: str | None
    hold_for: Literal["order_value", "any_quota"]
    amend_days: int
    holidays: list[str]
    learned: LearnedLeadTime | None = Field(
        description="null until three of his orders have come or are overdue: until then his card counts"
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
            freight_cost=supplier.freight_cost,
            small_order_fee=supplier.small_order_fee,
            hold_for=supplier.hold_for,
            amend_days=supplier.amend_days,
            holidays=list(supplier.holidays),
            learned=LearnedLeadTime.of(supplier.learned) if supplier.learned else None,
            version=supplier.version,
        )
