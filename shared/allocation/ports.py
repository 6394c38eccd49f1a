"""What allocation needs from the outside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from typing import Protocol

from shared.allocation.careful import CarefulOrder, Glimpse
from shared.allocation.decision import WholeSet
from shared.allocation.hand_out import HandOut
from shared.backorders.model import Line, LineChange
from shared.inventory.model import Stock


class AllocationStore(Protocol):
    """Reads queues in order; commits moves of lines together with the counters. Commits raise Stale."""

    def stock(self, sku: str) -> Stock | None: ...

    def stocks(self, skus: Iterable[str]) -> dict[str, Stock]:
        """The same for several, in one read per hundred."""
        ...

    def queue(self, stock: Stock) -> Iterator[Line]:
        """Visible lines that wait or hold units for an incomplete order, in queue order, read page by page."""
        ...

    def queue_as_read(self, stock: Stock) -> Iterable[Line]:
        """The same, as far as it is known from before; as often as you like."""
        ...

    @property
    def counters(self) -> Mapping[str, Stock]:
        """Those of other SKUs that are known from before: `stocks` gives them without a read."""
        ...

    @property
    def lacking(self) -> MutableMapping[str, str]:
        """By order the SKU that it lacked when it was looked at last: where to look first, no more than a hint."""
        ...

    @property
    def idle(self) -> set[str]:
        """SKUs for which nothing is to be done as they were read; empty once something was written or is new."""
        ...

    def hidden(self, sku: str) -> int | None:
        """Rank of the first line met in the queue that is not visible yet: the queue head must not pass it."""
        ...

    def named(self, stock: Stock, line: Line) -> bool:
        """Whether what the line has is named in the counters of its SKU as had by an incomplete order."""
        ...

    def glimpse(self, backorder_id: str) -> Glimpse | None:
        """What can be said of an order without its lines; None where they are at hand anyway."""
        ...

    def careful_order(self, backorder_id: str) -> CarefulOrder: ...

    def hand_out(self, stock: Stock, out: HandOut, lines: list[Line], head: int | None) -> int:
        """Units of one SKU to a few lines, each in a write of its own; moves the queue head unless None. Returns what
        they took: a line that changed meanwhile takes nothing, and its units are free again."""
        ...

    def give(self, stock: Stock, changes: list[LineChange], head: int | None) -> None:
        """Units of one SKU to lines, in one transaction; moves the queue head unless None."""
        ...

    def give_set(self, whole: WholeSet, changes: list[LineChange]) -> None:
        """All units of a set from all its SKUs, or none."""
        ...

    def take_back(self, stock: Stock, changes: list[LineChange]) -> None:
        """Units of incomplete hold orders back to free."""
        ...

    def mark_overtaken(self, backorder_ids: list[str], at: int) -> None:
        """Remember when an order that yielded was first overtaken."""
        ...
