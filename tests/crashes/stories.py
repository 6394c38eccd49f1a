"""The stories whose every call is struck, and the functions that are struck twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.crashes.explore import Story
from tests.flow import chores
from tests.flow.conftest import Shop
from tests.flow.stories import SCENES

PREPARED: dict[str, Callable[[Shop], Any]] = {
    **SCENES,
    "buying": chores.buying,
    "night": chores.night,
    "books": chores.books,
}
CHOSEN: dict[str, tuple[str, ...]] = {
    "shelf": (
        "found A",
        "lost A",
        "record early",
        "record limited",
        "cancel i",
        "switch s",
        "hold s",
        "split i",
        "gold i",
        "auto k",
        "ship r",
        "pick r",
        "recall r",
    ),
    "large": ("record 101", "record over", "complete", "fewer set", "gold set"),
    "long": ("gold long", "fewer long", "cancel long", "complete long"),
    "buying": (
        "order day",
        "plan",
        "approve",
        "acknowledge",
        "receive",
        "close short",
        "cancel purchase",
    ),
    "night": ("night",),
    "books": ("repair", "walk", "bulk", "bulk refused", "bulk over", "bulk 101", "import"),
}

# Whoever changes the quantities of lines: moves are made by these four doors and by nobody else.
MOVERS = ("api", "record-backorders", "allocate-stock", "release-orders")
# 54 items in one order are as many workers, each pair of which is like the next: their pairs take the better part of an
# hour, and are played when a story is named. The stories of `long`, with two items, are played with all of theirs.
TOO_LONG_FOR_PAIRS = frozenset({("fewer set", "allocate-stock"), ("gold set", "allocate-stock"), ("gold set", "api")})


def stories_of(scene: str, shop: Shop) -> Iterator[Story]:
    """The chosen stories of a scene, prepared in the shop."""
    wishes = PREPARED[scene](shop)
    for name in CHOSEN[scene]:
        yield Story(scene, name, wishes[name], chores.SPOILT.get(name, lambda _: None))
