"""Order now, top up, or wait until a later order day: whichever is expected to cost least. A small search, and exact.

Every order day up to the last is looked at, with what will be needed by then; on each the basket goes as it is, where
the supplier takes it so, or with more of what is most likely to be needed, up to his minimum.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import partial
from math import ceil
from typing import Literal

from shared.catalog.model import Supplier
from shared.purchasing.consolidate import Need, cheapest_quantity, round_up
from shared.purchasing.costs import Costs, Prospect, cover
from shared.purchasing.filling import Step, cheapest_fill

MAX_UNITS = 10**9
"""More than anybody orders: what a unit costs at this quantity is the least that it can cost."""
MOST_ADDED = 6
MOST_STEPS = 12
"""Items that a basket may be topped up with, those needed soonest, and different quantities of each."""

How = Literal["order", "top_up"]


@dataclass(frozen=True)
class Moment:
    """An order day: in how many days (0 is today), when it orders, and by when the goods would be here (microseconds,
    the end of a promised day). The `last` one orders whatever the basket is worth."""

    days: int
    at: datetime
    by: int
    last: bool = False


@dataclass(frozen=True)
class Part:
    """An item of the basket, or a stocked one of which nothing is needed now but more could be ordered."""

    need: Need
    prospect: Prospect

    def unit_cost(self, quantity: int) -> Decimal:
        return Decimal(self.need.item.cost_of(quantity))

    def worth(self, quantity: int) -> Decimal:
        return quantity * self.unit_cost(quantity)

    def needed(self, days: int) -> int:
        """Units that will be needed after so many days: now, and what is asked for until then."""
        now = max(0, self.need.units)
        return now + int(self.prospect.pace * days) if now else 0

    def quantity(self, days: int) -> int:
        """What would be ordered of it after so many days, on the order-unit grid."""
        return cheapest_quantity(self.needed(days), self.need.item)

    @property
    def spare(self) -> int:
        """Units there are beyond what is needed: they are used before any that are added."""
        return max(0, -self.need.units)

    @property
    def can_be_added(self) -> bool:
        """A stocked item that is known to sell."""
        item = self.need.item
        known = bool(self.prospect.pace) and self.unit_cost(MAX_UNITS) > 0
        return item.reorder_point is not None and self.need.orderable and known


@dataclass(frozen=True)
class Option:
    """One way to go, and what it is expected to cost. `quantities` by SKU; `broken` promises, of those who wait now."""

    how: How
    moment: Moment
    quantities: Mapping[str, int]
    broken: int
    cost: Fraction


@dataclass(frozen=True)
class Terms:
    """What the supplier takes. `topped_up_at_last`: at the last moment only an order that reaches the minimum will do,
    if that can be had."""

    minimum: Decimal
    costs: Costs
    topped_up_at_last: bool = False

    @classmethod
    def of(cls, supplier: Supplier, costs: Costs) -> Terms:
        return cls(Decimal(supplier.min_order_value), costs, supplier.when_quota_missed == "top_up")


def choose(parts: Sequence[Part], moments: Sequence[Moment], terms: Terms) -> tuple[Option, list[Option]]:
    """The cheapest option, the earlier of two that cost the same; and all there are. There is one on the last day."""
    found = [option for moment in moments for option in options(parts, moment, terms)]
    return min(found, key=lambda one: (one.cost, one.moment.at, one.how)), found


def options(parts: Sequence[Part], moment: Moment, terms: Terms) -> Iterable[Option]:
    """The ways to order at a moment; none if the supplier takes no order so small yet."""
    basket = {part.need.item.sku: part.quantity(moment.days) for part in parts if part.need.units > 0}
    missing = terms.minimum - sum((part.worth(basket.get(part.need.item.sku, 0)) for part in parts), Decimal(0))
    if missing <= 0:
        yield _option("order", moment, parts, basket, terms, Fraction(0))
        return
    topped = _topped_up(parts, basket, missing, moment.days, terms.costs)
    if topped is not None:
        yield _option("top_up", moment, parts, topped, terms, Fraction(0))
    if terms.costs.fee is not None or (moment.last and not (topped and terms.topped_up_at_last)):
        yield _option("order", moment, parts, basket, terms, terms.costs.fee or Fraction(0))


def _option(
    how: How, moment: Moment, parts: Sequence[Part], quantities: Mapping[str, int], terms: Terms, fee: Fraction
) -> Option:
    costs, cost, broken = terms.costs, fee, 0
    for part in parts:
        bought = quantities.get(part.need.item.sku, 0)
        excess = bought - part.needed(moment.days)
        cost += costs.lying(excess, part.unit_cost(bought), part.prospect.pace, before=part.spare)
        broken += part.prospect.broken(moment.by)
    cost += broken * costs.broken_promise + costs.freight * _share(parts, moment.days)
    return Option(how, moment, quantities, broken, cost)


def _share(parts: Sequence[Part], days: int) -> Fraction:
    """The basket's share of the freight: what is asked for until then travels along."""
    now, then = (sum(part.needed(after) for part in parts) for after in (0, days))
    return Fraction(now, then) if then else Fraction(1)


def _topped_up(
    parts: Sequence[Part], basket: Mapping[str, int], missing: Decimal, days: int, costs: Costs
) -> Mapping[str, int] | None:
    """The basket with the cheapest addition that is worth what is missing; None if there is none."""
    usable = [part for part in parts if part.can_be_added]
    steps = [
        (part, steps)
        for part in usable
        if (steps := _steps(part, basket.get(part.need.item.sku, 0), missing, days, costs))
    ]
    likely = sorted(steps, key=lambda one: (one[1][0].cost / Fraction(one[1][0].value), one[0].need.item.sku))
    chosen = likely[:MOST_ADDED]
    added = cheapest_fill(missing, [steps for _, steps in chosen])
    if added is None:
        return None
    more = {part.need.item.sku: units for (part, _), units in zip(chosen, added, strict=True) if units}
    return {**basket, **{sku: basket.get(sku, 0) + units for sku, units in more.items()}}


def _steps(part: Part, bought: int, missing: Decimal, days: int, costs: Costs) -> list[Step]:
    """What may be added of an item to what is `bought` of it, in whole packs: no more than is missing, and nothing that
    lies there for longer than the merchant wants it to."""
    item, pace = part.need.item, part.prospect.pace
    excess = bought - part.needed(days)
    first = item.pack_size if bought else round_up(1, item.moq, item.pack_size)
    most = int(pace * costs.top_up_days) - part.spare - excess
    enough = round_up(ceil(Fraction(missing) / Fraction(part.unit_cost(MAX_UNITS))), 1, item.pack_size)
    last = min(most // item.pack_size * item.pack_size, max(first, enough))
    if last < first:
        return []
    stride = max(1, -(-(last - first) // item.pack_size // MOST_STEPS)) * item.pack_size
    lying = partial(costs.lying, pace=pace, before=part.spare)
    alone = lying(excess, part.unit_cost(bought))
    steps = []
    for units in sorted({*range(first, last, stride), last}):
        cost = lying(excess + units, part.unit_cost(bought + units)) - alone
        steps.append(Step(units, part.worth(bought + units) - part.worth(bought), max(Fraction(0), cost)))
    return [step for step in steps if step.value > 0]


def longest_cover(parts: Iterable[Part], quantities: Mapping[str, int]) -> int:
    """Days of cover of the units nobody waits for, of the item whose last longest."""
    return max(
        (
            cover(part.spare + excess, part.prospect.pace)
            for part in parts
            if (excess := quantities.get(part.need.item.sku, 0) - max(0, part.need.units)) > 0
        ),
        default=0,
    )
