"""What is still to be done, in order of time."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime

Action = Callable[[], None]


class Agenda:
    """Actions by their time; those of the same time in the order they were added."""

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, int, Action]] = []
        self._count = 0

    def add(self, at: datetime, action: Action) -> None:
        self._count += 1
        heapq.heappush(self._heap, (at, self._count, action))

    @property
    def next_at(self) -> datetime | None:
        """When the next action is due; None if there is none."""
        return self._heap[0][0] if self._heap else None

    def pop(self) -> Action:
        """Take the next action; IndexError if there is none."""
        return heapq.heappop(self._heap)[2]

    def __len__(self) -> int:
        return len(self._heap)
