"""A backorder as it can be read: its head, its lines in order, its releases."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from shared.backorders.model import Backorder, Line, order_status
from shared.consent.model import Consents
from shared.fulfilment.model import Release


@dataclass(frozen=True)
class OrderView:
    """Lines stand in the order they were placed; switched-to lines follow."""

    head: Backorder
    lines: list[Line]
    releases: list[Release]
    consents: Consents = field(default_factory=Consents)

    @property
    def status(self) -> str:
        return order_status(self.lines)

    @property
    def behind(self) -> list[Line]:
        """Lines that have not followed their order to its new rank yet."""
        return [line for line in self.lines if line.rank != self.head.rank]

    def line(self, line_id: str) -> Line | None:
        return next((line for line in self.lines if line.line_id == line_id), None)


class OrderReader(Protocol):
    """Reads whole orders; what is still being recorded does not exist yet."""

    def read(self, key: str) -> OrderView | None: ...


def read_backorder(key: str, *, store: OrderReader) -> OrderView | None:
    """The order behind a key (see `ids.backorder_key`), or None."""
    return store.read(key)


def answered(head: Backorder, mark: str) -> str | None:
    """When and by which content a request was carried out (`micros:digest`); None if it was not."""
    return head.done.get(mark) or head.apart.done.get(mark)
