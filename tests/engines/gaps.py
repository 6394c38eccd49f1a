"""What the other engines are known to do otherwise than AWS. A difference that no row knows is a failure.

A row knows its differences by what is said of the request: by our refusal if ours refuses, by theirs if theirs does. So
it excuses nothing else; and if ours refused something by mistake, the engine that has no such row would show it. Every
row has an example (`examples.json`), and a test that fails when a new version has closed the gap.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.engines.comparison import Difference
from tests.engines.trace import Outcome

Differs = Callable[[Difference], bool]


@dataclass(frozen=True)
class Gap:
    """One row: who does what instead of what AWS does. `refused` is part of our refusal, `refuses` of theirs, both only
    if `asked` is part of the request; `differs` looks at the whole difference. All of them are regular expressions."""

    engine: str
    name: str
    aws: str
    instead: str
    refused: str | None = None
    refuses: str | None = None
    asked: str = ""
    differs: Differs | None = None


@dataclass(frozen=True)
class Complaint:
    """What ours and theirs say of one action."""

    ours: str
    theirs: str


def explain(found: Difference) -> str | None:
    """The name of the gap that a difference shows; None if it is not known."""
    from tests.engines.gaps_ministack import MINISTACK
    from tests.engines.gaps_moto import MOTO

    rows = {"ministack": MINISTACK, "moto": MOTO}.get(found.engine, ())
    for gap in rows:
        if gap.differs is not None and gap.differs(found):
            return gap.name
    if found.where != "answer":
        return None
    asked = str(found.step)
    rows = tuple(gap for gap in rows if re.search(gap.asked, asked))
    names = [_known(rows, complaint) for complaint in complaints(found.ours, found.theirs)]
    return names[0] if names and all(names) else None


def _known(rows: tuple[Gap, ...], complaint: Complaint) -> str | None:
    for gap in rows:
        by_ours = gap.refused is not None and complaint.ours and re.search(gap.refused, complaint.ours)
        by_theirs = gap.refuses is not None and complaint.theirs and re.search(gap.refuses, complaint.theirs)
        if by_ours or by_theirs:
            return gap.name
    return None


def complaints(ours: Outcome, theirs: Outcome) -> Iterator[Complaint]:
    """What is said, action by action where both cancelled a transaction; else of the whole request."""
    one, other = _reasons(ours), _reasons(theirs)
    if one and other:
        for mine, his in zip(one, other, strict=False):
            if mine["Code"] != his["Code"]:
                yield Complaint(_text(mine), _text(his))
    else:
        yield Complaint(told(ours), told(theirs))


def told(outcome: Outcome) -> str:
    """All that an engine says to explain a refusal."""
    return " | ".join([outcome.message, *(text for text in map(_text, _reasons(outcome)) if text)])


def _reasons(outcome: Outcome) -> list[dict[str, str]]:
    return list(outcome.body.get("CancellationReasons") or ())


def _text(reason: dict[str, str]) -> str:
    return reason.get("Message") or ""
