"""What became of deliveries: kept for a month, with the event, so that it can be looked at and sent again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

State = Literal["retrying", "delivered", "given_up", "replayed"]
STATES: tuple[str, ...] = get_args(State)


@dataclass(frozen=True)
class Record:
    """One event at one webhook, after its last try.

    at           when it happened, in microseconds
    state        `replayed`: it had been given up, and was sent again as a delivery of its own
    status       of the last answer; None if there was none
    tried_at     microseconds
    replay       name of the replay that it belongs to, if it does
    replayed_by  name of the replay that sent it again
    """

    event: dict[str, Any]
    at: int
    state: State
    tries: int
    status: int | None
    tried_at: int
    replay: str = ""
    replayed_by: str = ""

    @property
    def event_id(self) -> str:
        return str(self.event["metadata"]["id"])

    @property
    def type(self) -> str:
        return str(self.event["metadata"]["type"])
