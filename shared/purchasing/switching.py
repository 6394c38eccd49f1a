"""Whether another supplier should get some of the items, because the preferred one would break promises.

Every set of up to five items is tried with every supplier who offers them today, the rest staying where it is and going
when that costs least; prices count for what is needed. See docs/purchase.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations

from shared.catalog.model import Supplier
from shared.purchasing.choose import Moment, Option, Part, Terms, choose, options

MOST_SWITCHED = 5


@dataclass(frozen=True)
class Elsewhere:
    """Another supplier, who can be ordered from at this moment."""

    supplier: Supplier
    moment: Moment
    terms: Terms


@dataclass(frozen=True)
class Switch:
    """The items that go elsewhere, on the terms there, and how many promises this keeps."""

    to: Elsewhere
    parts: tuple[Part, ...]
    option: Option
    kept: int


@dataclass(frozen=True)
class Home:
    """The preferred supplier. He may be waited for up to the last of the moments where a basket misses his minimum, or
    `may_wait` for other reasons."""

    moments: Sequence[Moment]
    terms: Terms
    may_wait: bool = False

    def way(self, parts: Sequence[Part]) -> tuple[Fraction, Option | None]:
        """What the basket costs, goods included, on its cheapest way; nothing for nothing."""
        wanted = [part for part in parts if part.need.units > 0]
        if not wanted:
            return Fraction(0), None
        small = sum(part.worth(part.quantity(0)) for part in wanted) < self.terms.minimum
        chosen, _ = choose(parts, self.moments if small or self.may_wait else self.moments[:1], self.terms)
        return chosen.cost + _price(parts, chosen), chosen


def best_switch(parts: Sequence[Part], home: Home, offered: Sequence[Elsewhere]) -> Switch | None:
    """The switch that saves most; None if nothing is to be gained by any."""
    least, stays = home.way(parts)
    best: Switch | None = None
    for other in offered if stays else ():
        for moved in _sets(parts, other, stays.moment.by if stays else 0):
            rest, _ = home.way([part for part in parts if part not in moved])
            there = [_moved(part, other) for part in moved]
            ways = list(options(there, other.moment, other.terms))
            if not ways:
                continue
            option = min(ways, key=lambda one: (one.cost, one.how))
            cost = rest + option.cost + _price(there, option)
            if cost < least:
                kept = sum(_saved(part, other, stays.moment.by if stays else 0) for part in moved)
                least, best = cost, Switch(other, tuple(there), option, kept)
    return best


def _sets(parts: Sequence[Part], other: Elsewhere, by: int) -> Iterator[tuple[Part, ...]]:
    """Items that would keep promises there, those with most promises first, in every combination."""
    there = [part for part in parts if part.need.units > 0 and part.need.item.bought_from(other.supplier.supplier_id)]
    faster = sorted(there, key=lambda part: (-_saved(part, other, by), part.need.item.sku))
    usable = [part for part in faster if _saved(part, other, by) > 0][:MOST_SWITCHED]
    for size in range(1, len(usable) + 1):
        yield from combinations(usable, size)


def _saved(part: Part, other: Elsewhere, by: int) -> int:
    return part.prospect.broken(by) - part.prospect.broken(other.moment.by)


def _moved(part: Part, other: Elsewhere) -> Part:
    item = part.need.item.bought_from(other.supplier.supplier_id)
    return replace(part, need=replace(part.need, item=item or part.need.item))


def _price(parts: Sequence[Part], option: Option) -> Fraction:
    """What is paid for the units that are needed now; excess keeps its value, and costs what lying there costs."""
    bought = option.quantities
    paid = (part.needed(0) * Fraction(part.unit_cost(bought.get(part.need.item.sku, 0))) for part in parts)
    return sum(paid, Fraction(0))
