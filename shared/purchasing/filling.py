"""The cheapest way to be worth so much more: an exact search over what may be added, one step or none of each item.

Sums are kept item by item, as for a knapsack (Nemhauser and Ullmann 1969): one that is worth no more than another and
costs no less is dropped, and so is one that costs more than a whole solution that is known already.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import lcm


@dataclass(frozen=True)
class Step:
    """So many units of an item more: what they are worth, and what it costs that they lie there."""

    units: int
    value: Decimal
    cost: Fraction


_Sum = tuple[int, int, tuple[int, ...]]
"""Cost, value, units of each item so far: in this order the better comes first."""


def cheapest_fill(gap: Decimal, items: Sequence[Sequence[Step]]) -> tuple[int, ...] | None:
    """The units to add of each item so that together they are worth `gap` at least, at the least cost; of those that
    cost the same the one worth least. None if all of them together are not worth it.

    `items` hold the steps of each, of which one may be taken. Work grows with the different values that sums can have.
    """
    values = lcm(*(Fraction(step.value).denominator for steps in items for step in steps), Fraction(gap).denominator)
    costs = lcm(*(step.cost.denominator for steps in items for step in steps))
    wanted = int(gap * values)
    sums: list[_Sum] = [(0, 0, ())]
    for steps in items:
        whole = [(0, 0, 0), *((int(one.cost * costs), int(one.value * values), one.units) for one in steps)]
        grown = [(cost + c, value + v, (*units, u)) for cost, value, units in sums for c, v, u in whole]
        sums = _undominated(grown, wanted)
    best = sums[-1]
    return best[2] if best[1] >= wanted else None


def _undominated(found: list[_Sum], wanted: int) -> list[_Sum]:
    """Worth more for more cost, in order; of those that are worth enough only the best, which then is the last."""
    best = min((one for one in found if one[1] >= wanted), default=None)
    kept: list[_Sum] = []
    for one in sorted(one for one in found if one[1] < wanted):
        if best is not None and one[0] > best[0]:
            break
        if not kept or one[1] > kept[-1][1]:
            kept.append(one)
    return kept if best is None else [*kept, best]
