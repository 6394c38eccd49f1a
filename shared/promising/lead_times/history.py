"""What is known of orders: when each line was ordered, and when it came, was withdrawn, or that it is still open."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from shared.promising.lead_times.survival import Counts, Distribution, bin_of

_DAY = 86_400_000_000


@dataclass(slots=True)
class Line:
    """One line of an order. `at` in microseconds since the epoch, `start` and `end` in working time.

    `expected` is what the supplier's history foretold when it was ordered, `speed` his pace then; `tried` is what each
    candidate would have said (working days, one per probability).
    """

    at: int
    start: float
    order: Order
    end: float | None = None
    received: bool = False
    expected: Distribution | None = None
    speed: float = 1.0
    tried: tuple[tuple[float, ...], ...] = ()
    landed: float | None = None

    def days(self, now: float) -> float:
        """Working days it took, or has taken until `now` (working time)."""
        return (now if self.end is None else self.end) - self.start

    def likelihood(self, now: float) -> float:
        """The probability that what was expected gave to the days that have passed, in [0, 1]; 0 if nothing was."""
        if self.landed is not None:
            return self.landed
        if self.expected is None:
            return 0.0
        share = self.expected.cdf(self.days(now))
        if self.end is not None:
            self.landed = share
        return share


@dataclass(slots=True)
class Order:
    """The lines that went to a supplier together."""

    lines: list[Line] = field(default_factory=list)

    @property
    def weight(self) -> float:
        """What one of its lines counts. Lines of one order come together: they tell less than as many orders would,
        and more than one; taken as the square root of their number."""
        return 1.0 / math.sqrt(len(self.lines))


def recency(now: int, at: int, half_life: float) -> float:
    """What an order of `at` counts at `now` (microseconds): half after `half_life` days, and so on."""
    return float(0.5 ** ((now - at) / (half_life * _DAY)))


def counted(orders: Iterable[Order], now: int, position: float, half_lives: Iterable[float]) -> dict[float, Counts]:
    """The lines of these orders as they stand at `now` (microseconds; `position` in working time), recent ones more:
    for each half-life (days), for how long they took is looked up once."""
    counts = {half_life: Counts() for half_life in half_lives}
    for order in orders:
        weight = order.weight
        for line in order.lines:
            place, received = bin_of(line.days(position)), line.received
            for half_life, of in counts.items():
                (of.received if received else of.open)[place] += weight * recency(now, line.at, half_life)
    return counts
