"""What happened in the world since it began: counts, reasons of failures, and what was lost for good."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from infra.local.function import Outcome

_FAILURES_KEPT = 10_000


@dataclass(frozen=True)
class Lost:
    """Work that ended without a dead-letter queue: in the account nobody would ever hear of it."""

    source: str
    body: Any
    reason: str
    at: datetime


@dataclass(frozen=True)
class Failure:
    """Why a message failed last, and the invocation it failed in: the trace id of what that logged."""

    reason: str
    trace_id: str | None = None


@dataclass
class Ledger:
    """Running totals of asynchronous work, the last reason each message failed, and what was lost."""

    invocations: int = 0
    errors: int = 0
    messages: int = 0
    records: int = 0
    schedules: int = 0
    lost: list[Lost] = field(default_factory=list)
    _failures: OrderedDict[str, Failure] = field(default_factory=OrderedDict)

    def count(self, outcome: Outcome) -> None:
        """Count one invocation."""
        self.invocations += 1
        self.errors += outcome.error is not None

    def note_failure(self, message_id: str, function: str, reason: str, trace_id: str | None) -> None:
        """Remember why a message failed; it may end on a dead-letter queue, which says nothing about it."""
        self._failures[message_id] = Failure(f"{function}: {reason}", trace_id)
        self._failures.move_to_end(message_id)
        if len(self._failures) > _FAILURES_KEPT:
            self._failures.popitem(last=False)

    def failure(self, message_id: str) -> Failure | None:
        """How the message failed last, if that is still known."""
        return self._failures.get(message_id)

    def totals(self) -> dict[str, int]:
        """The counts by name."""
        return {
            "invocations": self.invocations,
            "errors": self.errors,
            "messages": self.messages,
            "records": self.records,
            "schedules": self.schedules,
        }
