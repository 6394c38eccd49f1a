"""Tally demand: every recorded order is added to the counters of its SKUs once, as a whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Uncounted:
    """An order, or one part of a large order, that may still have to be counted."""

    order: str
    part: int | None = None


class DemandStore(Protocol):
    """Counts orders; counting one twice has no effect."""

    def count(self, orders: list[Uncounted]) -> int: ...


def tally_demand(orders: Iterable[Uncounted], *, store: DemandStore) -> int:
    """Add the demand of the orders that are not counted yet; returns the units added."""
    return store.count(list(dict.fromkeys(orders)))
