"""Why units that wait are not on order yet: one sentence that is true at any time."""

from __future__ import annotations

from datetime import datetime

from shared.catalog.model import Item, Supplier
from shared.kernel.clock import from_micros
from shared.purchasing.consolidate import obstacle
from shared.purchasing.order_days import local_day, next_order_time
from shared.purchasing.ports import Planning
from shared.settings.model import MerchantSettings


def why_not_ordered(
    item: Item, supplier: Supplier, planning: Planning, settings: MerchantSettings, now: datetime
) -> str:
    """The last plan's reason for holding the supplier's basket, as of when, or when it is ordered from next.

    The basket is only weighed on order days: who joins it meanwhile, and a card that changes, count at the next look.
    """
    if reason := obstacle(item, supplier):
        return reason
    if planning.collecting is not None:
        return "an order is being written right now"
    verdict = planning.verdict
    day = local_day(settings, next_order_time(supplier, settings, now)).isoformat()
    if verdict is not None and verdict.outcome == "held":
        looked = local_day(settings, from_micros(verdict.at)).isoformat()
        return f"at the last look, on {looked}: {verdict.reason}; the next look is on {day}"
    return f"the next order to {supplier.name} is made on {day}"
