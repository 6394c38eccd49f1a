"""Dead letters, the queues they lie on, and what has to be known of the place where those are."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


class Trouble(Exception):
    """It cannot be done; the text says why, for the operator."""


@dataclass(frozen=True)
class DeadQueue:
    """A dead-letter queue. `source` is its work queue; None where a service itself writes: nothing leads back there.

    `function` works on the source, `tries` times on each message; letters are `kept` from when they were first sent.
    """

    name: str
    source: str | None
    function: str | None
    tries: int | None
    kept: timedelta
    count: int


@dataclass(frozen=True)
class Letter:
    """A message on a dead-letter queue, with what the place itself knows of its failure (an AWS account: nothing)."""

    queue: str
    message_id: str
    body: str
    sent_at: datetime
    group: str | None = None
    reason: str | None = None
    trace_id: str | None = None


class Place(Protocol):
    """Where dead letters lie. Every method raises Trouble if the place does not answer or refuses."""

    name: str

    def now(self) -> datetime:
        """The time there: locally it is virtual."""

    def queues(self) -> list[DeadQueue]:
        """The dead-letter queues, empty ones too."""

    def letters(self, queue: DeadQueue) -> list[Letter]:
        """What lies on a queue and can be looked at now, oldest first. Looking changes nothing."""

    def log(self, function: str, about: str, since: datetime) -> list[str]:
        """Lines of a function's log that name this, oldest first."""

    def log_question(self, function: str, about: str) -> str:
        """How to ask for these lines by hand."""

    def note(self, queue: DeadQueue, only: Collection[str], reason: str) -> None:
        """Write into the trail of actions that all letters of a queue, or only these, are being sent back, and why."""

    def redrive(self, queue: DeadQueue, only: Collection[str], rate: int | None) -> int:
        """Send letters back to the work queue, all or only these, at most `rate` a second; returns how many."""
