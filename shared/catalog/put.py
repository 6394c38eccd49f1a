"""What putting a card means: create, replace, or nothing to do; and the rule of `If-Match`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Generic, TypeVar

from shared.catalog.model import Item, Supplier
from shared.kernel.errors import PreconditionFailed

C = TypeVar("C", Item, Supplier)

TRIES = 5


class Outcome(Enum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Written(Generic[C]):
    """The card as it is now, and what was done to it."""

    card: C
    outcome: Outcome


def decide(wanted: C, card: C | None, expected: int | None) -> Written[C]:
    """What to write over `card` so that it says what `wanted` says (whose own version counts for nothing).

    The same card again is UNCHANGED and keeps its version, so that a repeated request is harmless. `expected` is the
    version the client has read, if it says so; another one than the present is PreconditionFailed.
    """
    current = card.version if card else 0
    if expected is not None and expected != current:
        raise PreconditionFailed(
            "there is nothing yet to be matched" if card is None else "it has changed since; read it again"
        )
    if card is None:
        return Written(replace(wanted, version=1), Outcome.CREATED)
    if replace(wanted, version=current) == card:
        return Written(card, Outcome.UNCHANGED)
    return Written(replace(wanted, version=current + 1), Outcome.UPDATED)
