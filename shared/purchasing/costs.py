"""What plans are compared by: promises that would be broken, units that would lie there, freight. Exact fractions.

The formulas, their sources and the defaults are in docs/purchase.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from shared.catalog.model import Supplier
from shared.inventory.asked import KEPT_DAYS
from shared.settings.model import MerchantSettings

LONGEST_COVER = 365
"""Days. Units that nobody is known to need for longer count as lying there for a year."""
_YEAR_PERCENT = 365 * 100


@dataclass(frozen=True)
class Costs:
    """Money in the currency of the supplier's orders. `holding` is the share of a value that lying there costs a day;
    without a `fee` the supplier takes no order below his minimum before its time."""

    broken_promise: Fraction
    holding: Fraction
    freight: Fraction
    fee: Fraction | None
    top_up_days: int

    @classmethod
    def of(cls, supplier: Supplier, settings: MerchantSettings) -> Costs:
        """Those of a supplier under the merchant's settings."""
        return cls(
            broken_promise=Fraction(settings.broken_promise_cost),
            holding=Fraction(settings.holding_rate_percent, _YEAR_PERCENT),
            freight=Fraction(supplier.freight_cost),
            fee=None if supplier.small_order_fee is None else Fraction(supplier.small_order_fee),
            top_up_days=settings.top_up_cover_days,
        )

    def lying(self, units: int, unit_cost: Decimal, pace: Fraction, *, before: int = 0) -> Fraction:
        """What excess units cost until they are needed: value x rate x days of cover, `before` units being used first.

        All of them are counted for all of the days, although they leave one by one: the price of not knowing."""
        return units * Fraction(unit_cost) * self.holding * cover(before + units, pace)


@dataclass(frozen=True)
class Prospect:
    """What is to be expected of an item: units needed a day, and the first `by` dates (microseconds, in order) of the
    lines that wait for what is not on order. `more` lines than these may wait."""

    pace: Fraction = Fraction(0)
    promised: tuple[int, ...] = ()
    more: bool = False

    def broken(self, by: int) -> int:
        """Lines whose date would be missed by goods that are here `by` then."""
        return sum(date < by for date in self.promised)


def cover(units: int, pace: Fraction) -> int:
    """Whole days within which so many units are needed, a year at most; 0 for no units."""
    if units <= 0:
        return 0
    return min(LONGEST_COVER, -int(-units // pace)) if pace else LONGEST_COVER


def pace_of(asked: Mapping[int, int], today: int) -> Fraction:
    """Units a day that were asked for in the last fortnight, today included."""
    return Fraction(sum(units for day, units in asked.items() if today - KEPT_DAYS < day <= today), KEPT_DAYS)
