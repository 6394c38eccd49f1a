"""What a SKU's past days tell, in six numbers: enough for a forecast, whatever the number of days.

Croston (1972) keeps two smoothed numbers for intermittent demand, how often and how much; Teunter, Syntetos and Babai
(2011) smooth how often on every day, so that an item nobody asks for any more fades. Here both are discounted sums,
and the sizes are kept as logarithms with their squares, because a distribution is wanted and not a mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp2, log

HALF_LIFE_DAYS = 60
"""A day this long ago counts half. Anything from 40 to 90 does as well on the files at hand (docs/demand.md)."""


@dataclass(frozen=True)
class History:
    """Sums over past days, those of `through` in full, earlier ones discounted. Days are proleptic ordinals.

    `since` is the day after which the evidence begins: a SKU's first sale is how it came to be known, and no evidence
    of how often it sells. `busy` counts the days with demand after it; `sizes`, `logs` and `squares` are number, sum
    of logarithms of the units, and sum of their squares, over all days with demand.
    """

    since: int
    through: int
    busy: float = 0.0
    sizes: float = 0.0
    logs: float = 0.0
    squares: float = 0.0

    @property
    def silent(self) -> bool:
        """Whether nobody has ever asked for the SKU."""
        return not self.sizes


def discount(days: int) -> float:
    """What a day counts, that many days later."""
    return exp2(-days / HALF_LIFE_DAYS)


def aged(history: History, through: int) -> History:
    """The same past seen from a later day, nothing having happened since. ValueError if the day is earlier."""
    days = through - history.through
    if days < 0:
        raise ValueError(f"day {through} lies before day {history.through}, which is counted already")
    weight = discount(days)
    return History(
        history.since,
        through,
        history.busy * weight,
        history.sizes * weight,
        history.logs * weight,
        history.squares * weight,
    )


def observed(history: History, day: int, units: int) -> History:
    """The past with one more day: `units` asked for on it, of which at least one. Each day is given once, in order.

    Raises ValueError for a day that is counted already (but for the very first) and for less than one unit.
    """
    if units < 1:
        raise ValueError(f"{units} units: a day without demand is not observed, it ages the history")
    if day <= history.through and not (history.silent and day == history.since == history.through):
        raise ValueError(f"day {day} is counted already: the history reaches to day {history.through}")
    past, size = aged(history, day), log(units)
    return History(
        past.since,
        day,
        past.busy + (day > past.since),
        past.sizes + 1,
        past.logs + size,
        past.squares + size * size,
    )
