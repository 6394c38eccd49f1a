"""When something goes wrong: by chance while a seed is explored, by a list while a failure is replayed.

A place where something may go wrong is named by the window (the number of the client's operation) and its place in
it. So an operation that is left out does not move the accidents of the others.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Place = tuple[int, int]
Script = dict[Place, str]

_EAGER = (
    12  # how much likelier the first call of an operation goes wrong than its hundredth: rare calls get their share
)


@dataclass(frozen=True)
class Accident:
    """One thing that goes wrong. `where` is the AWS operation or function it happened to."""

    kind: str
    window: int
    number: int
    seed: int
    where: str = ""
    who: str = ""

    @property
    def place(self) -> Place:
        return self.window, self.number

    def chance(self) -> random.Random:
        """What it draws its particulars from: the same in every replay."""
        return random.Random(f"{self.seed}/{self.window}/{self.number}/{self.kind}")

    def as_json(self) -> list[Any]:
        return [self.kind, self.window, self.number, self.seed, self.where, self.who]


class Accidents:
    """Decides at every place; `happened` is what has gone wrong so far."""

    def __init__(self, seed: int, rates: Mapping[str, float], script: Script | None = None) -> None:
        self._seed = seed
        self._rates = rates
        self._script = script
        self._window, self._number = -1, 0
        self._chance = random.Random()
        self._seen: Counter[str] = Counter()
        self._spared: set[str] = set()
        self.stopped = False
        self.happened: list[Accident] = []

    def enter(self, window: int) -> None:
        """The next operation of the client begins."""
        self._window, self._number = window, 0
        self._chance = random.Random(f"accidents {self._seed}/{window}")

    def stop(self) -> None:
        """From now on all goes well."""
        self.stopped = True

    def spare(self, who: str, *, spared: bool = True) -> None:
        """Nothing more happens to this function for now: it has failed so often that work would be given up."""
        if spared:
            self._spared.add(who)
        else:
            self._spared.discard(who)

    def draw(self, kinds: Sequence[str], where: str, who: str) -> Accident | None:
        """What goes wrong here: one of `kinds`, or nothing."""
        self._number += 1
        if self.stopped or who in self._spared:
            return None
        kind = self._scripted(kinds) if self._script is not None else self._by_chance(kinds, where)
        if kind is None:
            return None
        accident = Accident(kind, self._window, self._number, self._seed, where, who)
        self.happened.append(accident)
        return accident

    def _scripted(self, kinds: Sequence[str]) -> str | None:
        assert self._script is not None
        kind = self._script.get((self._window, self._number))
        return kind if kind in kinds else None

    def _by_chance(self, kinds: Sequence[str], where: str) -> str | None:
        u = self._chance.random()
        self._seen[where] += 1
        u /= 1 + _EAGER / self._seen[where]
        for kind in kinds:
            u -= self._rates.get(kind, 0.0)
            if u < 0:
                return kind
        return None
