"""Messages, the groups they are received in, and the timers that make them visible."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple


class Counts(NamedTuple):
    """Messages of a queue by state."""

    visible: int
    delayed: int
    in_flight: int


@dataclass(slots=True, eq=False)
class Message:
    """A message on a queue. `system` holds the system attributes its sender gave, `timer` is the number of the
    timer that will make it visible; earlier ones are void."""

    sequence: int
    message_id: str
    body: str
    body_md5: str
    attributes: Mapping[str, Any]
    attributes_md5: str | None
    system: dict[str, str]
    group: str
    sent_at: datetime
    visible_at: datetime
    receive_count: int = 0
    first_received_at: datetime | None = None
    receipt: str | None = None
    in_flight: bool = False
    gone: bool = False
    timer: int = 0


@dataclass(slots=True, eq=False)
class Group:
    """Messages in order; `offered` while the group waits to be received from."""

    name: str
    messages: list[Message] = field(default_factory=list)
    in_flight: int = 0
    offered: bool = False


Timer = tuple[datetime, int, Message]
"""When a message becomes visible, the number of the timer, and the message."""


def is_pending(timer: Timer) -> bool:
    """Whether the timer still says when its message becomes visible."""
    return not timer[2].gone and timer[2].timer == timer[1]
