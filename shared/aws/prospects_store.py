"""What plans look ahead by: how fast items are asked for, and what was promised of what is not on order.

Nothing is read for items that nobody stocks; of a queue one page is read, from the first line that is not covered by
purchase orders on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from itertools import islice

from shared.aws import keys
from shared.aws.backorder_items import LINE_LISTS, line_from
from shared.aws.table import Table
from shared.aws.watch_store import TableWatch
from shared.backorders.model import Line
from shared.forecasting.catch_up import caught_up
from shared.forecasting.forecast import forecast
from shared.forecasting.history import History, aged
from shared.forecasting.pool import learn_pool
from shared.forecasting.rhythm import TradingDays
from shared.inventory.asked import day_of
from shared.purchasing.consolidate import Need
from shared.purchasing.costs import Prospect, pace_of

_AHEAD_DAYS = 28
_THOUSANDTHS = 1000
_LINES = 100


class TableProspects:
    """The looking-ahead part of `Demand`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def paces(self, needs: Sequence[Need], now: datetime) -> Mapping[str, Fraction]:
        """Units a day: the forecast where the item has a history, else what the last fortnight says."""
        stocked = [need for need in needs if need.item.reorder_point is not None]
        watch = TableWatch(self._table)
        histories = watch.histories(need.item.sku for need in stocked)
        paces = {need.item.sku: pace_of(need.stock.asked, day_of(now)) for need in needs}
        last = watch.last() if histories else None
        if last is None:
            return paces
        through = max(last.through, day_of(now) - 1)
        trading = TradingDays(last.rhythm.weights, through)
        known = {
            n.item.sku: caught_up(histories[n.item.sku], n.stock.asked, through)
            for n in stocked
            if n.item.sku in histories
        }
        pool = learn_pool((aged(one, through) for one in known.values()), trading)

        def daily(history: History) -> Fraction:
            units = forecast(history, _AHEAD_DAYS, pool=pool, trading=trading).mean
            return Fraction(round(units * _THOUSANDTHS), _AHEAD_DAYS * _THOUSANDTHS)

        return {**paces, **{sku: daily(history) for sku, history in known.items()}}

    def promised(self, needs: Sequence[Need]) -> Mapping[str, Prospect]:
        """First `by` dates of the lines that wait for what is not on order, of a hundred lines of an item at most."""
        return {need.item.sku: self._promised(need) for need in needs}

    def _promised(self, need: Need) -> Prospect:
        stock = need.stock
        first = keys.line_sort(*stock.covered) if stock.covered else keys.rank_sort(stock.head)
        found = self._table.query(
            keys.queue(stock.sku),
            first=first,
            keep="#waiting > :none",
            values={"none": 0},
            page=_LINES,
            later=LINE_LISTS,
        )
        lines = [line_from(item) for item in islice(found, _LINES)]
        more = len(lines) == _LINES
        left = lines if more else _behind(lines, stock.short - stock.on_order)
        dates = (line.first_promise.by for line in left if line.first_promise is not None)
        return Prospect(promised=tuple(sorted(date for date in dates if date is not None)), more=more)


def _behind(lines: Sequence[Line], units: int) -> list[Line]:
    """The lines at the end of the queue for whom so many units are not on order."""
    left: list[Line] = []
    for line in reversed(lines):
        if units <= 0:
            break
        left.append(line)
        units -= line.waiting
    return left
