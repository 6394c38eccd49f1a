"""What became of deliveries: kept for a month, with the event, so that it can be looked at and sent again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

from shared.webhooks.retries import A_WHILE

State = Literal["retrying", "delivered", "given_up", "replayed"]
STATES: tuple[str, ...] = get_args(State)


@dataclass(frozen=True)
class Record:
    """One event at one webhook, after its last try.

    at           when it happened, in microseconds
    state        `replayed`: it had been given up, and was sent again as a delivery of its own
    status       of the last answer; None if there was none
    tried_at     microseconds
    due          when it is tried again, in microseconds; 0 if it is not
    replay       name of the replay that it belongs to, if it does
    replayed_by  name of the replay that sent it again
    """

    event: dict[str, Any]
    at: int
    state: State
    tries: int
    status: int | None
    tried_at: int
    due: int = 0
    replay: str = ""
    replayed_by: str = ""

    @property
    def waits_here(self) -> bool:
        """Whether the next try stands in the log alone, until somebody sends a message for it."""
        return self.due - self.tried_at > A_WHILE * 1_000_000

    @property
    def event_id(self) -> str:
        return str(self.event["metadata"]["id"])

    @property
    def type(self) -> str:
        return str(self.event["metadata"]["type"])
