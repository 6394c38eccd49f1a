"""The merchant's settings on the wire. The defaults are those of the model; a test holds the two together."""

from __future__ import annotations

import re
from dataclasses import asdict
from functools import cache
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, model_validator

from shared.contracts.common import Country, Currency, Days, Email, Id, Model, Money, Name, Reason, Text, WrongAt
from shared.settings.model import Contact, MerchantSettings

_DEFAULT = MerchantSettings()
_MAX_HEAD_STARTS = 20
_MAX_PACKS = 250
_MAX_CURRENCIES = 20


_zones = cache(available_timezones)
"""Names of all zones: finding them walks through six hundred files."""


def _zone(name: str) -> str:
    if name in _zones():  # not every file beside them is one: posixrules, leapseconds
        return name
    raise ValueError("must be an IANA time zone such as Europe/Stockholm")


def _time_of_day(text: str) -> str:
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", text):
        raise ValueError("must be a time of day such as 15:00")
    return text


def _has_standard(days: dict[str, int]) -> dict[str, int]:
    if "standard" not in days:
        raise ValueError("must contain standard, the priority of an order that names none")
    return days


class ContactBody(Model):
    """What customers and suppliers see at the foot of every mail."""

    shop_name: Name = _DEFAULT.contact.shop_name
    email: Email = _DEFAULT.contact.email
    phone: Annotated[Text, Field(max_length=40)] = _DEFAULT.contact.phone
    address: Annotated[Text, Field(max_length=500)] = _DEFAULT.contact.address


class RemedyBody(Model):
    """Something done for a customer whose order comes later than he was told."""

    remedy_id: Id
    kind: Literal["discount", "free_shipping", "gift_wrap", "alternative", "split"] = Field(
        description="alternative and split are choices of the page anyway, and cost nothing: the mail names them too"
    )
    cost: Money = Field("0", description="what it costs you at most, in your own currency")
    code: Annotated[Text, Field(max_length=64)] = Field("", description="shown to who accepts it: a discount's code")


HeadStarts = Annotated[
    dict[Id, Days],
    Field(max_length=_MAX_HEAD_STARTS, json_schema_extra={"additionalProperties": False, "required": ["standard"]}),
    AfterValidator(_has_standard),
]
_TIME_PATTERN = "^([01][0-9]|2[0-3]):[0-5][0-9]$"
TimeOfDay = Annotated[str, AfterValidator(_time_of_day), Field(json_schema_extra={"pattern": _TIME_PATTERN})]


def _some_hours(hours: dict[Literal["from", "to"], str]) -> dict[Literal["from", "to"], str]:
    if hours.get("from") == hours.get("to"):
        raise ValueError("must be two different times; null switches quiet hours off")
    return hours


QuietHours = Annotated[
    dict[Literal["from", "to"], TimeOfDay],
    Field(
        min_length=2,
        json_schema_extra={
            "properties": {end: {"type": "string", "pattern": _TIME_PATTERN} for end in ("from", "to")},
            "additionalProperties": False,
            "required": ["from", "to"],
        },
    ),
    AfterValidator(_some_hours),
]


class PutSettings(Model):
    """The whole document: what is left out goes back to its default."""

    head_start_days: HeadStarts = Field(
        default_factory=lambda: dict(_DEFAULT.head_start_days),
        description="priority -> days of head start in the queue",
    )
    urgency_head_start_days: Days = Field(
        _DEFAULT.urgency_head_start_days, description="more of it for an order that would come after its need_by"
    )
    hold_horizon_days: Days = Field(
        _DEFAULT.hold_horizon_days,
        description="how soon a confirmed purchase order must bring the rest for a hold order to take what is there",
    )
    patience_days: Days = Field(
        _DEFAULT.patience_days, description="how long a hold order may be overtaken before it takes what fits"
    )
    payment_grace_days: Days = Field(
        _DEFAULT.payment_grace_days,
        description="how far `place_kept_until` lies behind a failure; the shop decides what is then",
    )
    news_threshold_days: Days = Field(
        _DEFAULT.news_threshold_days, description="a date that moves by no more is not worth a mail"
    )
    news_threshold_percent: Annotated[int, Field(ge=0, le=100)] = Field(
        _DEFAULT.news_threshold_percent, description="the same as part of the remaining wait; the larger counts"
    )
    high_value: Annotated[dict[Currency, Money], Field(max_length=_MAX_CURRENCIES)] = Field(
        default_factory=dict,
        description="currency -> value of a line from which on smaller changes of its date are worth a mail",
        json_schema_extra={"additionalProperties": False},
    )
    high_value_threshold_days: Days = Field(
        _DEFAULT.high_value_threshold_days, description="news_threshold_days of such a line"
    )
    high_value_threshold_percent: Annotated[int, Field(ge=0, le=100)] = Field(
        _DEFAULT.high_value_threshold_percent, description="news_threshold_percent of such a line"
    )
    merge_window_seconds: Annotated[int, Field(ge=0, le=900)] = Field(
        _DEFAULT.merge_window_seconds, description="news of one order within it is one mail"
    )
    still_waiting_days: Days = Field(
        _DEFAULT.still_waiting_days,
        description="days without a mail until somebody who waits is told that he is not forgotten; 0: never",
    )
    subscriber_mails_per_unit: Annotated[int, Field(ge=1, le=1000)] = Field(
        _DEFAULT.subscriber_mails_per_unit,
        description="how many of those who asked to be told hear of each unit that is free, within 48 hours",
    )
    remedies: Annotated[list[RemedyBody], Field(max_length=20)] = Field(
        default_factory=list, description="offered with the apology for a later date; one is accepted per order"
    )
    remedy_budget_per_month: Money = Field(
        _DEFAULT.remedy_budget_per_month, description="what remedies may cost in a calendar month (UTC)"
    )
    remedies_per_customer: Annotated[int, Field(ge=0, le=1000)] = Field(
        _DEFAULT.remedies_per_customer, description="how many a customer may accept in a calendar month"
    )
    quiet_hours: QuietHours | None = Field(
        None,
        description="between these times of the customer's day no mail is sent that can wait; null: any time will do",
    )
    silence_after_decision_hours: Annotated[int, Field(ge=0, le=168)] = Field(
        _DEFAULT.silence_after_decision_hours,
        description="hours after a customer's decision on the page without a mail that can wait; 0: none",
    )
    time_zone: Annotated[str, AfterValidator(_zone)] = Field(
        _DEFAULT.time_zone,
        description="the merchant's, for order days, cut-off and mails to suppliers; promised days end in UTC",
    )
    order_cut_off: TimeOfDay = Field(
        _DEFAULT.order_cut_off, description="time of day from which purchase orders of the day are planned"
    )
    approval_value: Money | None = Field(
        _DEFAULT.approval_value, description="purchase orders of at least this value wait for approval; null: none does"
    )
    default_lead_time_likely_days: Days = _DEFAULT.default_lead_time_likely_days
    default_lead_time_by_days: Days = _DEFAULT.default_lead_time_by_days
    supplier_reminder_days: Days = Field(
        _DEFAULT.supplier_reminder_days,
        description="days after which a supplier who does not answer, or is late, is reminded; as many until the next",
    )
    broken_promise_cost: Money = Field(
        _DEFAULT.broken_promise_cost,
        description="what a plan reckons for a line whose first `by` is missed, in the order's currency",
    )
    holding_rate_percent: Annotated[int, Field(ge=0, le=1000)] = Field(
        _DEFAULT.holding_rate_percent, description="what units that lie there cost a year, as part of their value"
    )
    top_up_cover_days: Annotated[int, Field(ge=0, le=365)] = Field(
        _DEFAULT.top_up_cover_days, description="orders are not topped up with more of an item than it needs so long"
    )
    reply_to: Email | None = _DEFAULT.reply_to
    contact: ContactBody = Field(default_factory=ContactBody)
    mail_enabled: bool = Field(_DEFAULT.mail_enabled, description="false holds back all mails")
    auto_order_enabled: bool = Field(
        _DEFAULT.auto_order_enabled,
        description="false: every planned purchase order waits for approval, and counts as on order",
    )
    auto_cancel_enabled: bool = Field(
        _DEFAULT.auto_cancel_enabled,
        description="false keeps orders whose consent deadline has passed; they are cancelled once it is true again",
    )
    rule_packs: Annotated[dict[Country, Literal["us", "eu", "none"]], Field(max_length=_MAX_PACKS)] = Field(
        default_factory=dict,
        description="country -> rule pack, where it is to be another one than the country's own",
        json_schema_extra={"additionalProperties": False},
    )

    version: Annotated[int, Field(ge=0)] | None = Field(
        None, description="as read; ignored, so that a document can be sent back as it came (If-Match guards)"
    )

    @model_validator(mode="after")
    def _ordered(self) -> PutSettings:
        if self.default_lead_time_likely_days > self.default_lead_time_by_days:
            raise WrongAt("must not be more than default_lead_time_by_days", "default_lead_time_likely_days")
        seen: set[str] = set()
        for n, remedy in enumerate(self.remedies):
            if remedy.remedy_id in seen:
                raise WrongAt("must not name anything twice", "remedies", n, "remedy_id")
            seen.add(remedy.remedy_id)
        return self

    def to_settings(self) -> MerchantSettings:
        values = self.model_dump(exclude={"version", "reason"})
        return MerchantSettings(**{**values, "contact": Contact(**values["contact"])})


class ChangeSettings(PutSettings):
    """The whole document, and why it is changed: the trail of actions keeps both."""

    reason: Reason | None = None


class SettingsView(PutSettings):
    """The document in force; version 0 means that nothing was ever changed."""

    @classmethod
    def of(cls, settings: MerchantSettings) -> SettingsView:
        # Stored values were valid when they were written; rules that are stricter now must not hide them.
        values = asdict(settings)
        shapes: dict[str, Any] = {"contact": ContactBody.model_construct(**values["contact"])}
        shapes["remedies"] = [RemedyBody.model_construct(None, **one) for one in values["remedies"]]
        return cls.model_construct(**{**values, **shapes})
