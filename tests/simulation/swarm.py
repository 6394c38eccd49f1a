"""What one seed does and suffers: its own few operations, its own few faults, each with its own rate.

A run in which everything may happen shows less than many in which little may: operations that undo each other, and
faults that hide others, are rarely on together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from tests.simulation.alphabet import ALWAYS, OPERATIONS, SOMETIMES
from tests.simulation.catalogue import DELIVERIES, EXPIRIES, KINDS, REPORTS
from tests.simulation.stories import STORIES

_CHANCE_OF_AN_OPERATION = 0.6
_CHANCE_OF_A_FAULT = 0.4
_RATES = (0.002, 0.005, 0.01, 0.03)  # of a call
_OFTEN = (0.01, 0.03, 0.08, 0.2)  # of an invocation, and of one thing in the middle of another: there are fewer of them
_OF_AN_EXPIRY = 0.4  # few seeds live so long
_OF_A_REPORT = 0.2
_STARTS = tuple(
    datetime(*day, 19, 30, tzinfo=UTC)
    for day in ((2026, 1, 4), (2026, 3, 28), (2026, 10, 24), (2026, 12, 31), (2028, 2, 28))
)
"""The evening before a Monday, the changes of the clocks in Europe, a new year and a leap day."""


@dataclass(frozen=True)
class Size:
    """How many operations a seed has, and the chance of those that are not in every second seed: they take long.

    `probed`: the chance that a new order is followed from its recording to its mail once the seed has come to rest;
    `storied`: that something has happened in the shop before (`stories`).
    """

    shortest: int
    longest: int
    rarely: dict[str, float]
    probed: float = 1.0
    storied: float = 0.5


LARGE = Size(12, 36, {"a week": 0.06}, storied=0.4)
SMALL = Size(
    4, 12, probed=0.15, storied=0.15, rarely={"a week": 0.0, "days": 0.05, "hours": 0.2, "record many lines": 0.1}
)


@dataclass(frozen=True)
class Plan:
    """The operations of a seed in order, those that may run in between, and the rates of its faults."""

    seed: int
    operations: tuple[str, ...]
    enabled: tuple[str, ...]
    rates: dict[str, float]
    start: datetime = _STARTS[0]
    probed: bool = True
    story: str = ""


def plan_of(seed: int, size: Size = LARGE, story: str | None = None) -> Plan:
    """The same for ever for one seed, size and story, which the seed chooses where it is left open."""
    chance = Random(f"plan {seed}")
    enabled = [*ALWAYS, *(n for n in SOMETIMES if chance.random() < size.rarely.get(n, _CHANCE_OF_AN_OPERATION))]
    rates = {kind: _rate(kind, chance) for kind in KINDS if chance.random() < _CHANCE_OF_A_FAULT}
    weights = [OPERATIONS[name][1] for name in enabled]
    operations = chance.choices(enabled, weights, k=chance.randint(size.shortest, size.longest))
    start, probed = chance.choice(_STARTS), chance.random() < size.probed
    if story is None:
        story = chance.choice(sorted(STORIES)) if chance.random() < size.storied else ""
    for name in STORIES[story][1] if story else ():
        operations[chance.randrange(len(operations))] = name
        enabled += [name] if name not in enabled else []
    return Plan(seed, tuple(operations), tuple(enabled), rates, start, probed, story)


def _rate(kind: str, chance: Random) -> float:
    if kind.startswith("race"):
        return chance.choice(_OFTEN) / 2
    if kind in EXPIRIES:
        return _OF_AN_EXPIRY
    if kind in REPORTS:
        return _OF_A_REPORT
    return chance.choice(_OFTEN if kind in DELIVERIES else _RATES)


def tour(seed: int) -> Plan:
    """Every operation several times, and nothing goes wrong: what the handlers call when all is well."""
    chance = Random(f"tour {seed}")
    names: Sequence[str] = [name for name in OPERATIONS for _ in range(1 if name in LARGE.rarely else 3)]
    operations = [*chance.sample(list(names), len(names)), "quiet"]
    return Plan(seed, tuple(operations), tuple(OPERATIONS), {}, story=sorted(STORIES)[seed % len(STORIES)])


def calm() -> Plan:
    """Every operation that is soon over, once, and nothing goes wrong: what a process loads, parses and compiles when
    it is needed first is then there for all seeds. No fault, so that no retry is used up."""
    return Plan(0, tuple(name for name in OPERATIONS if name not in LARGE.rarely), tuple(OPERATIONS), {}, probed=False)
