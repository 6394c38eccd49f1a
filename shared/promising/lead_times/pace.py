"""Whether one supplier has become slower or faster than his own history says.

His curve is the average of a long time; a change shows in his latest orders, open ones included. A promise gives to
what has passed of it a cumulative hazard (a Cox-Snell residual: Cox and Snell, JRSS B 30, 1968), which is 1 on average
where the promises are right. Receipts over hazard is his pace, under a gamma prior around 1 (the frailty of Vaupel,
Manton and Stallard, Demography 16, 1979): the chance to stay open is raised to it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from shared.promising.lead_times.history import Order, recency

_MOST = 5.0


def pace(orders: Iterable[Order], now: int, position: float, half_life: float, doubt: float) -> float:
    """1: as his history says; 0.5: half as many receipts as expected. `doubt` counts like so many lines at pace 1.

    `now` in microseconds, `position` the same in working time, `half_life` in days. One line cannot say more than e^5.
    """
    received = expected = doubt
    for order in orders:
        weight = order.weight
        for line in order.lines:
            if line.expected is None:
                continue
            share = weight * recency(now, line.at, half_life)
            received += share * line.received
            expected += share * min(_MOST, -math.log(max(1.0 - line.likelihood(position), 1e-9)))
    return received / expected


def at_pace(probability: float, speed: float) -> float:
    """The probability to have come by a time, at this pace, when it is `probability` at pace 1."""
    return float(1.0 - (1.0 - probability) ** speed)
