"""What an order remembers apart from its head, once that has grown large."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Apart:
    """`count` entries of the log stand apart, before those in the head; `log` and the requests `done` if read."""

    count: int = 0
    log: tuple[tuple[int, str, str, str], ...] = ()
    done: dict[str, str] = field(default_factory=dict)
