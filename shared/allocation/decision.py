"""What is decided about the units of a SKU: who gets how many, and who gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import attrgetter

from shared.allocation.careful import CarefulOrder
from shared.backorders.model import Line

sort_key = attrgetter("sort_key")
"""Queue order: rank, backorder id (time-ordered), position."""


@dataclass(frozen=True)
class Grant:
    """A line's units after serving: `give` > 0 from free, < 0 back to free."""

    line: Line
    give: int


@dataclass(frozen=True)
class WholeSet:
    """A hold order that becomes complete: all its grants or none. Earlier orders are due `reserved` units a SKU."""

    order: CarefulOrder
    grants: tuple[Grant, ...]
    reserved: dict[str, int]


@dataclass
class Decision:
    """What changes: first the returns, then grants and whole sets in rank order."""

    steps: list[Grant | WholeSet] = field(default_factory=list)
    returns: list[Grant] = field(default_factory=list)
    overtaken: list[str] = field(default_factory=list)
    idle: set[str] = field(default_factory=set, compare=False)  # SKUs served to their end on the way, nothing to change

    def __bool__(self) -> bool:
        return bool(self.steps or self.returns)
