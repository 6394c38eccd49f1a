"""What can wait is not mailed while its reader sleeps, nor to who has just decided and knows how things stand.

Where a country's clocks differ, nobody knows on which one a customer lives; then the merchant's own hours count.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta

from shared.backorders.decide import CUSTOMER
from shared.backorders.lookup import OrderView
from shared.kernel.clock import from_micros
from shared.kernel.zones import zone_of
from shared.settings.model import MerchantSettings

CAN_WAIT = frozenset({"promise_later", "promise_earlier", "still_waiting", "back_in_stock"})
"""Kinds of news that wait if there is no other beside them."""


def quiet_until(
    kinds: Iterable[str], country: str | None, settings: MerchantSettings, now: datetime
) -> datetime | None:
    """When news of these kinds may be mailed (UTC), None if that is now."""
    if settings.quiet_hours is None or not CAN_WAIT.issuperset(kinds):
        return None
    zone = zone_of(country, now) or settings.zone
    begin, end = settings.quiet_hours["from"], settings.quiet_hours["to"]
    local = now.astimezone(zone)
    clock = f"{local:%H:%M}"
    over_midnight = begin > end
    if not (clock >= begin or clock < end if over_midnight else begin <= clock < end):
        return None
    day = local.date() + timedelta(days=int(over_midnight and clock >= begin))
    morning = datetime.combine(day, time.fromisoformat(end), zone)
    # In the hour that comes twice the end may do so too; where the clock leaves it out, it is taken as if it did not.
    first, second = (morning.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    return first if first > now else second


def decided_until(view: OrderView, settings: MerchantSettings, now: datetime) -> datetime | None:
    """Until when (UTC) the customer is left in peace after the last decision on the page; None if that is over."""
    decided = [entry[0] for entry in view.head.log if entry[2] == CUSTOMER]
    decided += [entry.at for line in view.lines for entry in line.log if entry.actor == CUSTOMER]
    decided += [asked.closed_at for asked in view.consents.rounds if asked.actor == CUSTOMER and asked.closed_at]
    if not decided:
        return None
    until = from_micros(max(decided)) + timedelta(hours=settings.silence_after_decision_hours)
    return until if until > now else None
