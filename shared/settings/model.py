"""The merchant's settings: one document, every value with a default, effective at the next invocation."""

from __future__ import annotations

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Contact:
    """What customers and suppliers see at the foot of every mail."""

    shop_name: str = "Our shop"
    email: str = "service@example.com"
    phone: str = ""
    address: str = ""


@dataclass(frozen=True)
class MerchantSettings:
    """Days and seconds are whole numbers; `approval_value` and
    `broken_promise_cost` are decimal strings in the order's currency."""

    version: int = 0
    head_start_days: dict[str, int] = field(
        default_factory=lambda: {"standard": 0, "silver": 2, "gold": 5, "critical": 365}
    )
    urgency_head_start_days: int = 2
    hold_horizon_days: int = 7
    patience_days: int = 14
    payment_grace_days: int = 3
    news_threshold_days: int = 7
    news_threshold_percent: int = 20
    high_value: dict[str, str] = field(default_factory=dict)
    """Currency -> amount from which on a line is told of smaller changes: by the two thresholds that follow."""
    high_value_threshold_days: int = 3
    high_value_threshold_percent: int = 10
    merge_window_seconds: int = 300
    still_waiting_days: int = 30
    subscriber_mails_per_unit: int = 3
    """How many of those who only asked to be told hear of each free unit within two days."""
    remedies: list[dict[str, str]] = field(default_factory=list)
    """What is offered with the apology for a later date: `remedy_id`, `kind`, `cost`, `code` (see shared.remedies)."""
    remedy_budget_per_month: str = "0"
    remedies_per_customer: int = 1
    quiet_hours: dict[str, str] | None = None
    """`from` and `to`, times of day where the customer lives; what can wait is not mailed in between."""
    silence_after_decision_hours: int = 2
    """How long after a customer's decision on the page he is not told what can wait; 0: not at all."""
    time_zone: str = "UTC"
    order_cut_off: str = "15:00"
    approval_value: str | None = None
    default_lead_time_likely_days: int = 14
    default_lead_time_by_days: int = 28
    supplier_reminder_days: int = 2
    broken_promise_cost: str = "5.00"
    holding_rate_percent: int = 25
    top_up_cover_days: int = 90
    reply_to: str | None = None
    contact: Contact = field(default_factory=Contact)
    mail_enabled: bool = True
    auto_order_enabled: bool = True
    auto_cancel_enabled: bool = True
    rule_packs: dict[str, str] = field(default_factory=dict)
    """Country (two letters) -> rule pack, where it is to be another one than the country's own."""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)
