"""One look at reality, kept, so that what is compared began from the same."""

from __future__ import annotations

from collections.abc import Iterable

from shared.backorders.lookup import OrderView
from shared.backorders.model import Backorder, Line
from shared.kernel.errors import Conflict
from shared.rehearsal.ports import Identity, Reality, Shelf

MOST_LINES = 5_000
"""Lines that one rehearsal may read; more would not be answered in time."""


class Snapshot:
    """Everything that was read, each thing once. Raises Conflict when it would be too much."""

    def __init__(self, reality: Reality) -> None:
        self.reality = reality
        self._shelves: dict[str, Shelf | None] = {}
        self._queues: dict[str, list[Line]] = {}
        self._heads: dict[str, Backorder] = {}
        self._orders: dict[str, OrderView | None] = {}
        self._left = MOST_LINES

    def shelf(self, sku: str) -> Shelf | None:
        self.look_at([sku])
        return self._shelves[sku]

    def look_at(self, skus: Iterable[str]) -> None:
        """Read several SKUs at once."""
        unread = sorted(set(skus) - self._shelves.keys())
        if unread:
            found = self.reality.shelves(unread)
            self._shelves |= {sku: found.get(sku) for sku in unread}

    def queue(self, sku: str) -> list[Line]:
        if sku not in self._queues:
            shelf, lines = self.shelf(sku), []
            for line in self.reality.queue(shelf) if shelf is not None else ():
                lines.append(line)
                self._count(1)
            self._queues[sku] = lines
        return self._queues[sku]

    def order(self, backorder_id: str) -> OrderView | None:
        if backorder_id not in self._orders:
            view = self.reality.order(backorder_id)
            self._count(len(view.lines) if view is not None else 0)
            self._orders[backorder_id] = view
        return self._orders[backorder_id]

    def line(self, one: Identity) -> Line | None:
        """A line of an order that was looked at, as it was then."""
        view = self._orders.get(one[0])
        return next((line for line in view.lines if (line.backorder_id, line.position) == one), None) if view else None

    def heads(self, backorder_ids: Iterable[str]) -> dict[str, Backorder]:
        wanted = set(backorder_ids)
        unread = sorted(wanted - self._heads.keys())
        if unread:
            self._heads |= self.reality.heads(unread)
        return {one: self._heads[one] for one in wanted if one in self._heads}

    def _count(self, lines: int) -> None:
        self._left -= lines
        if self._left < 0:
            raise Conflict(f"more than {MOST_LINES} lines would have to be looked at; name fewer SKUs and changes")
