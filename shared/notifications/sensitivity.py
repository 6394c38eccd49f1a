"""How far a date has to move for a customer to want to know: less for a line that is worth much."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from shared.backorders.model import Line
from shared.settings.model import MerchantSettings


def felt(line: Line, currency: str, settings: MerchantSettings) -> MerchantSettings:
    """The settings with the thresholds of news that count for this line of an order in that currency (ISO 4217)."""
    least = settings.high_value.get(currency)
    if least is None or Decimal(line.unit_price) * line.live < Decimal(least):
        return settings
    return replace(
        settings,
        news_threshold_days=settings.high_value_threshold_days,
        news_threshold_percent=settings.high_value_threshold_percent,
    )
