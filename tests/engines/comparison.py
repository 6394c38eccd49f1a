"""Plays a trace on several engines at once and tells where they part from ours.

An engine that has parted is given our state again, so that one difference does not become many.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tests.engines.essence import changes, essence, state
from tests.engines.trace import INDEX, KEYS, TABLE, Item, Outcome, Step, Trace, actions_of
from tests.engines.wires import Ours, Wire

Explain = Callable[["Difference"], str | None]
_ASKED_AGAIN = 20


@dataclass(frozen=True)
class Difference:
    """Where an engine is not as ours. `gap` names what is known of it.

    `where` is "answer"; "state", "index" or "stream" at the end of the trace; or what the state ought to be right after
    a step that was "refused", was "repeated" with its token, or has "written" to elements of lists or only removed; or
    "entangled" if the engine holds one value in two places after the step.
    """

    engine: str
    where: str
    number: int
    step: Step
    ours: Any
    theirs: Any
    gap: str | None = None

    @property
    def kind(self) -> str:
        """What the same mistake would look like elsewhere."""
        if self.where != "answer":
            return f"{self.engine} {self.where}"
        codes = (_code(self.ours), _code(self.theirs))
        return f"{self.engine} {self.step.operation}: ours {codes[0]}, theirs {codes[1]}"


def _code(outcome: Outcome) -> str:
    return "broke" if outcome.broke else outcome.code or "answered"


class Match:
    """One trace on ours and the others."""

    def __init__(self, ours: Ours, others: Sequence[Wire], explain: Explain) -> None:
        self._ours, self._others, self._explain = ours, others, explain
        self._mended: dict[str, set[Any]] = {}
        self._streamless: set[str] = set()
        self._out: set[str] = set()
        self._parted: set[tuple[str, str | None]] = set()
        """Tokens that an engine has heard with another outcome: what it makes of them follows from that."""

    def play(self, trace: Trace) -> list[Difference]:
        """Every difference, in the order found."""
        self._mended = {other.name: set() for other in self._others}
        self._streamless, self._out, self._parted = set(), set(), set()
        everybody = (self._ours, *self._others)
        for wire in everybody:
            wire.begin()
        try:
            found = [d for n, step in enumerate(trace.steps) for d in self._step(n, step)]
            if trace.steps:
                found += self._ending(len(trace.steps) - 1, trace.steps[-1])
        finally:
            for wire in everybody:
                wire.end()
        return found

    def _step(self, number: int, step: Step) -> Iterator[Difference]:
        ours = self._ours.do(step)
        wanted = essence(step, ours)
        for other in self._still_in():
            theirs = _asked(other, step, wanted)
            if step.writes and other.entangled():
                yield self._told(Difference(other.name, "entangled", number, step, ours, theirs))
                self._begin_again(other, self._ours.items())
            elif essence(step, theirs) == wanted:
                yield from self._written(other, number, step, ours)
            else:
                yield from self._parting(other, number, step, ours, theirs)

    def _parting(self, other: Wire, number: int, step: Step, ours: Outcome, theirs: Outcome) -> Iterator[Difference]:
        """Their answer is another one."""
        token = (other.name, step.params.get("ClientRequestToken"))
        if token not in self._parted:
            yield self._told(Difference(other.name, "answer", number, step, ours, theirs))
        if step.writes:
            self._parted |= {token} if token[1] else set()
            self._mend(other)

    def _written(self, other: Wire, number: int, step: Step, outcome: Outcome) -> Iterator[Difference]:
        """Whether a write that was answered alike has done the same, where the next answers might not tell."""
        where = _looked_at(step, outcome)
        if where is None:
            return
        ours, theirs = state(self._ours.items()), state(other.items())
        if ours != theirs:
            yield self._told(Difference(other.name, where, number, step, *_unlike(ours, theirs)))
            self._mend(other)

    def _ending(self, number: int, step: Step) -> Iterator[Difference]:
        for other in self._still_in():
            ours: Any
            theirs: Any
            for where, index in (("state", None), ("index", INDEX))[: 1 + other.index]:
                ours, theirs = state(self._ours.items(index)), state(other.items(index))
                if ours != theirs:
                    yield self._told(Difference(other.name, where, number, step, *_unlike(ours, theirs)))
            if other.streams and other.name not in self._streamless:
                mended = self._mended[other.name]
                ours, theirs = changes(self._ours.records()), changes(other.records())
                ours, theirs = _unlike(ours, theirs)
                if ours.keys() - mended or theirs.keys() - mended:
                    yield self._told(Difference(other.name, "stream", number, step, ours, theirs))

    def _still_in(self) -> list[Wire]:
        return [other for other in self._others if other.name not in self._out]

    def _told(self, found: Difference) -> Difference:
        return Difference(**vars(found) | {"gap": self._explain(found)})

    def _mend(self, other: Wire) -> None:
        """Give an engine our state: item by item, or, where it holds what it cannot even delete, in a new table."""
        ours, theirs = state(self._ours.items()), state(other.items())
        try:
            for key in sorted(ours.keys() | theirs.keys()):
                if ours.get(key) != theirs.get(key):
                    self._mended[other.name].add(key)
                    _replace(other, theirs.get(key), ours.get(key))
        except (RuntimeError, KeyError):
            self._begin_again(other, ours.values())
        if state(other.items()) != ours:
            self._begin_again(other, ours.values())

    def _begin_again(self, other: Wire, items: Iterable[Item]) -> None:
        """A new table with our items; an engine that refuses one of them is out of this trace."""
        other.end()
        other.begin()
        self._streamless.add(other.name)
        try:
            for item in items:
                _replace(other, None, item)
        except RuntimeError:
            self._out.add(other.name)


def _looked_at(step: Step, outcome: Outcome) -> str | None:
    """Why the state is compared at once: what should have changed nothing, or perhaps nothing, or moves elements, or
    only removes."""
    if not step.writes:
        return None
    if not outcome.answered:
        return "refused"
    if "ClientRequestToken" in step.params:
        return "repeated"
    updates = (str(action.get("UpdateExpression")) for _, action in actions_of(step))
    return "written" if any("[" in text or only_removes(text) for text in updates) else None


def only_removes(update: str) -> bool:
    """Whether an update expression has no other clause."""
    return update.lstrip().upper().startswith("REMOVE") and ":" not in update and "=" not in update


def _replace(other: Wire, old: Item | None, new: Item | None) -> None:
    if new is not None:
        other.ask("PutItem", TableName=TABLE, Item=new)
    elif old is not None:
        other.ask("DeleteItem", TableName=TABLE, Key={name: old[name] for name in KEYS})


def _asked(other: Wire, step: Step, wanted: Any) -> Outcome:
    """The outcome; a lagging index is asked until it has caught up."""
    outcome = other.do(step)
    tries = _ASKED_AGAIN if other.eventual and "IndexName" in step.params else 0
    while tries and essence(step, outcome) != wanted:
        other.wait()
        outcome = other.do(step)
        tries -= 1
    return outcome


def _unlike(ours: dict[Any, Any], theirs: dict[Any, Any]) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """Only what is not the same."""
    keys = [key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key)]
    return {k: ours[k] for k in keys if k in ours}, {k: theirs[k] for k in keys if k in theirs}
