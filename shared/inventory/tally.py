"""Tally demand: every line that begins to wait is added to the counters of its SKU, once.

The counters say before which rank all of the SKU's lines are counted, and which single lines behind it are. That rank
stays back by more than an order takes to be recorded, so no line can appear before it uncounted; a line that must be
exact at once (an item with a limit, an early rank) is counted in its own transaction and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from shared.backorders.model import SortKey
from shared.backorders.ports import Stale
from shared.inventory.model import Stock
from shared.kernel.clock import micros
from shared.kernel.errors import Contended

COUNTED_BACK = timedelta(minutes=2)
SINGLES = 300
"""Lines counted one by one behind the rank, at most: they are named in the counters' item. More wait until they are
behind COUNTED_BACK."""
_TRIES = 8


@dataclass(frozen=True)
class Uncounted:
    """One part of a large order that may still have to be counted."""

    order: str
    part: int


class Counted(NamedTuple):
    """Lines of one order that were counted together: their SKU or, of a large order, the part that they are in."""

    backorder_id: str
    trace: str | None
    sku: str | None = None
    part: int | None = None


class Tallied(NamedTuple):
    """What was added to the counters, and of which orders."""

    units: int
    lines: int
    orders: tuple[Counted, ...] = ()


@dataclass(frozen=True)
class Tally:
    """What one count adds: units of so many lines, their places, and what is counted from then on. `rest`: more to
    come."""

    units: int
    lines: int
    places: tuple[SortKey, ...]
    counted_to: int
    singles: frozenset[SortKey]
    rest: bool

    @property
    def first(self) -> SortKey:
        return self.places[0]


class DemandStore(Protocol):
    """Reads what is behind the counted rank; adds a tally if nobody else has counted meanwhile."""

    def stocks(self, skus: Iterable[str]) -> Mapping[str, Stock]: ...

    def tail(self, stock: Stock) -> Mapping[SortKey, int]:
        """Units ordered by each line from the counted rank on that was not counted when it was recorded."""
        ...

    def trace(self, place: SortKey) -> str | None:
        """The request that recorded such a line's order, once `tail` has told of it."""
        ...

    def add(self, stock: Stock, tally: Tally) -> None:
        """Raises Stale if the SKU was counted since `stock` was read, or its queue head moved behind the first."""
        ...

    def count_parts(self, parts: list[Uncounted]) -> Tallied:
        """Parts of large orders, each once, as a whole."""
        ...


def tally_demand(skus: Iterable[str], parts: Iterable[Uncounted], *, store: DemandStore, now: datetime) -> Tallied:
    """Count the lines of these SKUs and these parts that are not counted yet."""
    done = [store.count_parts(list(dict.fromkeys(parts)))]
    done += [_count(stock, store, now) for stock in store.stocks(dict.fromkeys(skus)).values()]
    orders = (counted for one in done for counted in one.orders)
    return Tallied(sum(one.units for one in done), sum(one.lines for one in done), tuple(dict.fromkeys(orders)))


def _count(stock: Stock, store: DemandStore, now: datetime) -> Tallied:
    for _ in range(_TRIES):
        tally = tally_of(stock, store.tail(stock), now)
        if tally is None:
            return Tallied(0, 0)
        try:
            store.add(stock, tally)
        except Stale:
            stock = store.stocks([stock.sku])[stock.sku]
            continue
        orders = (Counted(place[1], store.trace(place), stock.sku) for place in tally.places)
        return Tallied(tally.units, tally.lines, tuple(orders))
    raise Contended(f"the demand for {stock.sku} kept being counted", retry_after=2)


def tally_of(stock: Stock, tail: Mapping[SortKey, int], now: datetime) -> Tally | None:
    """The next count of a SKU whose uncounted end of the queue is `tail`; None if all of it is counted."""
    fresh = sorted(place for place in tail if place not in stock.singles)
    if not fresh:
        return None
    counted_to = max(stock.counted_to, micros(now - COUNTED_BACK))
    kept = {place for place in stock.singles if place[0] >= counted_to}
    settled = [place for place in fresh if place[0] < counted_to]
    young = [place for place in fresh if place[0] >= counted_to]
    taken = young[: max(0, SINGLES - len(kept))]
    if not settled and not taken:
        return None
    return Tally(
        units=sum(tail[place] for place in settled + taken),
        lines=len(settled + taken),
        places=(*settled, *taken),
        counted_to=counted_to,
        singles=frozenset(kept.union(taken)),
        rest=len(taken) < len(young),
    )
