"""Orders whose lines are not served on their own: whole, and as far as a look at them must go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from shared.backorders.model import Line


class Verdict(Enum):
    """What becomes of an order line by line, where that is known without reading it whole."""

    YIELDS = "it takes nothing and keeps its place"
    TAKES = "each line takes what is left for it"


@dataclass(frozen=True)
class CarefulOrder:
    """An order whose head decides: shipped in one parcel, or recalled by an operator; as of its `version`.

    `shared` are positions of lines whose units are in the pool (see World.held); by default those of a hold order. One
    that had its whole set before a line of it was changed keeps what it had.
    """

    backorder_id: str
    hold: bool
    overtaken_at: int | None
    lines: tuple[Line, ...]
    version: int = 1
    shared: frozenset[int] | None = None

    def pooled(self, line: Line) -> int:
        """Units of a line that are shared out anew while the order is incomplete."""
        in_pool = self.hold if self.shared is None else line.position in self.shared
        return line.allocated if in_pool else 0

    def needs(self) -> dict[str, int]:
        """Units per SKU of its set: still waiting, or had while it is incomplete."""
        out: dict[str, int] = {}
        for line in self.lines:
            out[line.sku] = out.get(line.sku, 0) + line.waiting + self.pooled(line)
        return {sku: units for sku, units in out.items() if units}


@dataclass(frozen=True)
class Glimpse:
    """What an order's head says without its lines: units per SKU as they were ordered. `read` tells how many of them
    wait, or nothing of those whose lines cannot be found now; what it told once is remembered in `waits`."""

    hold: bool
    overtaken_at: int | None
    ordered: Mapping[str, int]
    read: Callable[[Iterable[str]], Mapping[str, int]]
    waits: dict[str, int] = field(default_factory=dict)

    def waiting(self, skus: Iterable[str]) -> dict[str, int]:
        """Units that wait, of these SKUs, as far as that is known."""
        wanted = list(skus)
        if unread := [sku for sku in wanted if sku not in self.waits]:
            self.waits.update(self.read(unread))
        return {sku: self.waits[sku] for sku in wanted if sku in self.waits}
