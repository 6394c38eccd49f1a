"""Every night the stocked items are looked through: which of them will run out before supply can come?"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from shared.backorders.ports import Stale
from shared.forecasting.catch_up import caught_up, shop_days
from shared.forecasting.demand import Demand
from shared.forecasting.forecast import forecast
from shared.forecasting.history import History, aged
from shared.forecasting.pool import Pool, learn_pool
from shared.forecasting.ports import RiskList, Watched, WatchStore
from shared.forecasting.rhythm import Rhythm, TradingDays
from shared.forecasting.risk import LONGEST_DAYS, Risk, Supply, assess, by_urgency
from shared.inventory.asked import KEPT_DAYS, day_of
from shared.inventory.model import Stock
from shared.kernel.clock import from_micros, micros
from shared.purchasing.order_days import expected, next_order_time
from shared.settings.model import MerchantSettings

_REMEMBERED = KEPT_DAYS - 1  # finished days that every counter still has


@dataclass(frozen=True)
class Watch:
    """Items looked at, and how many of them are at risk."""

    watched: int
    at_risk: int


def watch_stock(*, store: WatchStore, settings: MerchantSettings, now: datetime) -> Watch | None:
    """Take the finished days into the histories and publish the list anew; None if that has been done since midnight
    (UTC), or if there is nothing to watch and never was. Cost grows with stocked items, not with lines.

    May be cut off anywhere and repeated: a history knows which days it has, and the list changes as a whole.
    """
    through = day_of(now) - 1
    last = store.last()
    if last is not None and last.through >= through:
        return None
    items = list(store.watched())
    if not items and last is None:
        return None
    histories = {one.item.sku: _remembered(one, through, store) for one in items}
    rhythm = _rhythm(last, items, through)
    trading = TradingDays(rhythm.weights, through)
    pool = learn_pool((aged(one, through) for one in histories.values()), trading)
    risks = sorted(_risks(items, histories, pool, trading, settings, now), key=by_urgency)
    listed = RiskList(through, micros(now), len(items), len(risks), rhythm)
    try:
        store.publish(listed, risks, last)
    except Stale:
        return None  # another run was faster
    return Watch(len(items), len(risks))


def _remembered(one: Watched, through: int, store: WatchStore) -> History:
    history = caught_up(one.history, one.stock.asked, through)
    if history != one.history:
        with contextlib.suppress(Stale):  # another run has remembered the same days
            store.remember(one.item.sku, history, one.history)
    return history


def _rhythm(last: RiskList | None, items: Iterable[Watched], through: int) -> Rhythm:
    """The shop's week with the days since the last list. Days nobody remembers any more are left out."""
    asked = [one.stock.asked for one in items]
    if last is None:
        began = min((day for days in asked for day in days), default=through)
        return shop_days(asked, max(began - 1, through - _REMEMBERED), through)
    return last.rhythm + shop_days(asked, max(last.through, through - _REMEMBERED), through)


def _risks(
    items: Iterable[Watched],
    histories: dict[str, History],
    pool: Pool,
    trading: TradingDays,
    settings: MerchantSettings,
    now: datetime,
) -> Iterable[Risk]:
    for one in items:
        ordered = expected(one.supplier, next_order_time(one.supplier, settings, now))
        supply = supply_of(one.stock, ordered.by, trading.through)
        ahead = partial(_ahead, histories[one.item.sku], pool, trading)
        risk = assess(one.item, supply, ahead)
        if risk is not None:
            yield risk


def _ahead(history: History, pool: Pool, trading: TradingDays, days: int) -> Demand:
    return forecast(history, days, pool=pool, trading=trading)


def supply_of(stock: Stock, reorder_by: int, through: int) -> Supply:
    """What the counters can count on, in days after `through`; `reorder_by` in microseconds."""
    arrivals = sorted((_days_until(one.by, through), one.open) for one in stock.inbound.values() if one.open > 0)
    return Supply(stock.free - stock.waiting, tuple(arrivals), _days_until(reorder_by, through))


def _days_until(at: int, through: int) -> int:
    """Days after `through` up to an instant's, that one included: 1 at least (what is late comes tomorrow at best)."""
    return min(max(1, day_of(from_micros(at)) - through), LONGEST_DAYS)
