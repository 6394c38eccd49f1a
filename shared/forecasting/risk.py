"""Whether a SKU will run out before supply can come: its demand against its stock, moment by moment.

Supply comes with every open purchase order, by its cautious date; and it can always come by the cautious date of an
order that would be placed on the supplier's next order day. Up to each of these moments the demand is met from what is
free, less what customers wait for, plus what came before it. The worst moment is the SKU's risk.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from shared.catalog.model import Item
from shared.forecasting.demand import Demand

AT_RISK_FROM = 0.1
"""A SKU is at risk when the cautious estimate of its demand, the P90, is more than its supply."""
LIKELY = 0.5
LONGEST_DAYS = 365
_CENT = Decimal("0.01")
_TENTH = Decimal("0.1")

Ahead = Callable[[int], Demand]
"""The demand of the next so many days."""


@dataclass(frozen=True)
class Supply:
    """What a SKU can count on: `available` units now (free less waiting; below 0 while customers wait), units that
    arrive after so many days, in order of days, and the days until an order placed next would have come."""

    available: int
    arrivals: tuple[tuple[int, int], ...]
    reorder_days: int


@dataclass(frozen=True)
class Risk:
    """`probability` of running out before supply can come, in percent; `unmet` units expected at the worst moment, a
    decimal string, and their `value` at the item's unit cost; `likely` and `by`: P50 and P90 of the demand of the
    `days` until a new order would have come; `runs_out` is the day after which it has more likely than not, if any.
    """

    sku: str
    supplier_id: str
    available: int
    on_order: int
    reorder_point: int
    days: int
    likely: int
    by: int
    probability: int
    unmet: str
    value: str
    currency: str
    runs_out: int | None


@dataclass(frozen=True)
class _Moment:
    """The end of a stretch of `days` days in which nothing arrives, and the units there are until then."""

    first: int
    days: int
    units: int


def assess(item: Item, supply: Supply, ahead: Ahead) -> Risk | None:
    """The risk of a stocked item; None if its supply lasts with a probability of nine tenths or more."""
    moments = _moments(supply)
    worst = max(1 - ahead(one.days).at_most(max(-1, one.units)) for one in moments)
    if worst < AT_RISK_FROM:
        return None
    unmet = max(Decimal(ahead(one.days).beyond(one.units)) for one in moments)
    whole = ahead(supply.reorder_days)
    return Risk(
        sku=item.sku,
        supplier_id=item.supplier_id,
        available=supply.available,
        on_order=sum(units for _, units in supply.arrivals),
        reorder_point=item.reorder_point or 0,
        days=supply.reorder_days,
        likely=whole.quantile(LIKELY),
        by=whole.quantile(1 - AT_RISK_FROM),
        probability=round(100 * worst),
        unmet=str(unmet.quantize(_TENTH, ROUND_HALF_UP)),
        value=str((unmet * Decimal(item.unit_cost)).quantize(_CENT, ROUND_HALF_UP)),
        currency=item.currency,
        runs_out=_runs_out(moments, ahead),
    )


def by_urgency(risk: Risk) -> tuple[Decimal, Decimal, str]:
    """Sort key: the most valuable unmet demand first, then the most units, then the SKU. Currencies are not
    converted: a merchant buys in one, or knows what the figures mean."""
    return (-Decimal(risk.value), -Decimal(risk.unmet), risk.sku)


def _moments(supply: Supply) -> list[_Moment]:
    found, units, first = [], supply.available, 1
    for days, arriving in supply.arrivals:
        if days >= supply.reorder_days:
            break
        if days >= first:
            found.append(_Moment(first, days, units))
            first = days + 1
        units += arriving
    found.append(_Moment(min(first, supply.reorder_days), supply.reorder_days, units))
    return found


def _runs_out(moments: list[_Moment], ahead: Ahead) -> int | None:
    """The first day after which more has been asked for than there was, more likely than not."""
    for moment in moments:
        if ahead(moment.days).at_most(max(-1, moment.units)) >= LIKELY:
            continue
        low, high = moment.first, moment.days
        while low < high:
            middle = (low + high) // 2
            if ahead(middle).at_most(max(-1, moment.units)) < LIKELY:
                high = middle
            else:
                low = middle + 1
        return low
    return None
