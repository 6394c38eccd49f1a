"""Where a trace is drawn: a table of few keys, and what its requests have made of it so far.

Our own engine is asked on the way, so that conditions can be drawn that hold, and pages that go on; the trace that
comes out of it is plain requests.
"""

from __future__ import annotations

from random import Random
from typing import Any

from tests.engines.trace import TABLE, Item, Outcome, Params, Step
from tests.engines.vocabulary import MEMBER, Sketch
from tests.engines.wires import Ours

PARTITIONS = ("B#1", "I#A", "Q#0#A/ü 1", "PLANNING")
SORTS = ("HEAD", "STOCK", "L#1", "L#10", "L#2", "R#0001", "TOLD#000001", "~")
INDEXED = ("TO-SHIP", "NEED#acme")
TEXTS = ("open", "claimed", "a", "b", "", "ä€𝄞", "10")
NUMBERS = ("0", "1", "2", "3", "-1", "10", "1767445200000019")
MEMBERS = ("m1", "m2#0", "m3")


class Scene:
    """One trace in the making."""

    def __init__(self, seed: int, ours: Ours) -> None:
        self.seed = seed
        self.chance = Random(f"trace {seed}")
        self.ours = ours
        partitions, sorts = self.chance.sample(PARTITIONS, 2), self.chance.sample(SORTS, 4)
        self.keys: list[Item] = [{"pk": {"S": pk}, "sk": {"S": sk}} for pk in partitions for sk in sorts]
        self.steps: list[Step] = []
        self.done: list[Params] = []
        """Transactions with their tokens, to be repeated."""
        self._serial = 0

    def do(self, operation: str, **params: Any) -> Outcome:
        """Add a request to the trace."""
        step = Step(operation, params)
        self.steps.append(step)
        return self.ours.do(step)

    def on_table(self, operation: str, **params: Any) -> Outcome:
        """Add a request that names the table itself."""
        return self.do(operation, TableName=TABLE, **params)

    def serial(self) -> str:
        """A text that is new in this trace and later than those before."""
        self._serial += 1
        return f"{self._serial:04d}"

    def key(self) -> Item:
        """One of the keys, likely one that is there."""
        return self.chance.choice(self.keys)

    def some_keys(self, least: int, most: int) -> list[Item]:
        """Different keys."""
        return self.chance.sample(self.keys, self.chance.randint(least, min(most, len(self.keys))))

    def item(self, key: Item) -> Item:
        """What is there now; empty if nothing."""
        found: Item = self.ours.do(Step("GetItem", {"TableName": TABLE, "Key": key})).body.get("Item", {})
        return found

    def maybe(self, probability: float) -> bool:
        """True so often."""
        return self.chance.random() < probability

    def index_keys(self) -> Item:
        """A place in the index that no other item has."""
        return {"gsi1pk": {"S": self.chance.choice(INDEXED)}, "gsi1sk": {"S": self.serial()}}

    def value(self, form: Sketch) -> Params:
        """A value of this form."""
        if isinstance(form, list):
            return {"L": [self.value(form[1]) for _ in range(self.chance.randint(0, 2))]}
        if isinstance(form, dict):
            members = self.chance.sample(list(form["M"].items()), min(len(form["M"]), self.chance.randint(0, 3)))
            return {"M": {self.member(name): self.value(inner) for name, inner in members}}
        plain = {"S": TEXTS, "N": NUMBERS, "BOOL": (True, False), "NULL": (True,)}
        return {form: self.chance.choice(plain[form])}

    def member(self, name: str) -> str:
        """A member's name, drawn where it is data."""
        return self.chance.choice(MEMBERS) if name == MEMBER else name

    def members(self, names: dict[str, str]) -> dict[str, str]:
        """As `member` for all of them; no two aliases stand for the same."""
        drawn = self.chance.sample(MEMBERS, len(MEMBERS))
        return {alias: drawn.pop() if name == MEMBER and drawn else self.member(name) for alias, name in names.items()}
