"""Rounds of asking: each is one delay told to a customer who may agree, refuse, or say nothing until a deadline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from shared.backorders.model import Line

OnSilence = Literal["consent", "cancel", "wait"]
State = Literal["open", "ending", "given", "silent", "lapsed", "refused", "superseded", "moot", "untold"]
"""`ending`: the deadline has passed and the units are being cancelled. `silent`: silence counted as consent.

`lapsed`: nobody answered and nothing follows from it. `moot`: nothing waited any more when it would have counted, or
nothing was late any more before.
`untold`: the notice came back or was refused by the provider: nobody was asked, and silence means nothing.
"""
Status = Literal["none", "pending", "given", "refused"]


@dataclass(frozen=True)
class Delay:
    """One line's part in a round: the date the customer counted on and the one told now, in microseconds.

    `now` None: no date can be given. `milder` is what silence means for this line, if not what it means for the round:
    a line that only keeps others company is not given up for their sake.
    """

    position: int
    line_id: str
    was: int
    now: int | None
    milder: OnSilence | None = None


@dataclass(frozen=True)
class Round:
    """One notice that the law asks for; times in microseconds. `rule` is `<pack>.<row>`."""

    backorder_id: str
    n: int
    rule: str
    opened_at: int
    deadline: int
    on_silence: OnSilence
    delays: tuple[Delay, ...]
    state: State = "open"
    closed_at: int | None = None
    actor: str | None = None
    notice: int | None = None
    """The mail that told it, by its revision."""

    @property
    def undecided(self) -> bool:
        return self.state in {"open", "ending"}

    def delay(self, position: int) -> Delay | None:
        return next((delay for delay in self.delays if delay.position == position), None)

    def packed(self, line: Line) -> int:
        """Units with the warehouse that were there when it was asked; what is packed later answers the question."""
        return line.released if any(entry.move == "release" and entry.at <= self.opened_at for entry in line.log) else 0

    def concerns(self, line: Line) -> bool:
        """Whether units of this line are still to be sent that were asked about."""
        return self.delay(line.position) is not None and bool(line.open or self.packed(line))


@dataclass(frozen=True)
class Consents:
    """All rounds of an order, oldest first; only the last can be undecided. `version` counts its writes."""

    rounds: tuple[Round, ...] = ()
    version: int = 0

    @property
    def undecided(self) -> Round | None:
        return self.rounds[-1] if self.rounds and self.rounds[-1].undecided else None

    def status(self, lines: Sequence[Line]) -> Status:
        """What the customer has said, `pending` while an answer would still change something."""
        last = self.rounds[-1] if self.rounds else None
        if last is None:
            return "none"
        if last.undecided and units_not_sent(last, lines):
            return "pending"
        if last.state in {"open", "ending", "moot"}:
            given_up = any(line.cancelled and last.delay(line.position) for line in lines)
            return "refused" if given_up else "none"
        answers: dict[State, Status] = {"given": "given", "silent": "given", "refused": "refused"}
        return answers.get(last.state, "none")

    def opened(self, new: Round) -> Consents:
        """With one more round; an undecided one before it is superseded."""
        closed = [replace(r, state="superseded", closed_at=new.opened_at) if r.undecided else r for r in self.rounds]
        return Consents((*closed, new), self.version + 1)

    def closed(self, state: State, at: int, actor: str, delays: tuple[Delay, ...] | None = None) -> Consents:
        """With the last round answered; `delays` if its dates have become others."""
        *before, last = self.rounds
        done = None if state == "ending" else at
        last = replace(last, state=state, closed_at=done, actor=actor, delays=delays or last.delays)
        return Consents((*before, last), self.version + 1)


def units_in_question(asked: Round, lines: Sequence[Line]) -> dict[str, int]:
    """Units per line id that a refusal would cancel: waiting or set aside, not yet handed to the warehouse."""
    return {line.line_id: line.open for line in _at_stake(asked, lines) if line.open}


def units_not_sent(asked: Round, lines: Sequence[Line]) -> dict[str, int]:
    """Units per line id that are not to be sent without his agreement: those a refusal would cancel, and those the
    question was about although they were packed, which the warehouse has to give back first."""
    unsent = {line.line_id: line.open + asked.packed(line) for line in _at_stake(asked, lines)}
    return {line_id: units for line_id, units in unsent.items() if units}


def _at_stake(asked: Round, lines: Sequence[Line]) -> list[Line]:
    positions = {delay.position for delay in asked.delays if delay.milder is None}
    return [line for line in lines if line.position in positions]
