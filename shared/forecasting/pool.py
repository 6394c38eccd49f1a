"""What is known of a SKU before it is known: how the shop's SKUs sell in general."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import log

from shared.forecasting.history import History
from shared.forecasting.rhythm import TradingDays

_RATE, _RATE_DAYS = 0.1, 10.0  # a SKU sells every tenth day, said by ten days
_UNITS, _UNITS_SKUS = 3.0, 1.0  # three units, said by one SKU
_SPREAD, _SPREAD_DAYS = 1.0, 10.0  # a day's units vary by a factor of e, said by ten days with demand


@dataclass(frozen=True)
class Pool:
    """`rate`: share of days with demand. `size`: mean of the SKUs' mean logarithms of a day's units. `spread`: the
    variance of these logarithms within a SKU."""

    rate: float = _RATE
    size: float = log(_UNITS)
    spread: float = _SPREAD


def learn_pool(histories: Iterable[History], days: TradingDays) -> Pool:
    """The pool of these SKUs, whose histories reach to `days.through`. A shop without any gets plain assumptions."""
    busy, exposed = _RATE * _RATE_DAYS, _RATE_DAYS
    sizes, skus = log(_UNITS) * _UNITS_SKUS, _UNITS_SKUS
    squares, freedom = _SPREAD * _SPREAD_DAYS, _SPREAD_DAYS
    for one in histories:
        busy += one.busy
        exposed += days.since(one.since)
        if not one.silent:
            sizes += one.logs / one.sizes
            skus += 1
            squares += max(0.0, one.squares - one.logs**2 / one.sizes)
            freedom += max(0.0, one.sizes - 1)
    return Pool(busy / exposed, sizes / skus, squares / freedom)
