"""The one button of the screen: letters of a dead-letter queue go back to work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from shared.widgets.render import render

_LONGEST = 200


class Graveyard(Protocol):
    """The dead-letter queues that SQS can empty into the queues they belong to."""

    @property
    def names(self) -> list[str]: ...

    def redrive(self, queue: str, note: Callable[[int], None]) -> int:
        """Begin to move what lies there; returns about how many letters that is. If there are any, `note` is told first
        how many: what could not be noted does not move. Raises Conflict while an earlier move is still under way."""
        ...


Note = Callable[[str, int, str], None]
"""Keeps in the trail of actions which queue is emptied, of about how many letters, and why."""


@dataclass(frozen=True)
class Redriven:
    """What was done, and the HTML that says so. `queue` is None where nothing was: the name made no sense."""

    queue: str | None
    letters: int
    html: str


def redrive(parameters: Mapping[str, Any], *, graveyard: Graveyard, note: Note) -> Redriven:
    """Send the letters of `queue` back. Too much is harmless: every worker finds out what is still to be done."""
    queue = parameters.get("queue")
    if not isinstance(queue, str) or queue not in graveyard.names:
        errors = [f"/queue: is one of {', '.join(graveyard.names)}"]
        return Redriven(None, 0, render("refused", {"errors": errors}))
    letters = graveyard.redrive(queue, lambda letters: note(queue, letters, _reason(parameters)))
    return Redriven(queue, letters, render("redriven", {"queue": queue, "letters": letters}))


def _reason(parameters: Mapping[str, Any]) -> str:
    """What was written into the field `reason` beside the button, as CloudWatch hands it over; one line of it.

    Source: CloudWatch user guide, "Create a custom widget", `widgetContext`.
    """
    found: Any = parameters
    for name in ("widgetContext", "forms", "all", "reason"):
        found = found.get(name) if isinstance(found, Mapping) else None
    words = " ".join(found.split()) if isinstance(found, str) else ""
    return "".join(letter for letter in words if letter.isprintable())[:_LONGEST]
