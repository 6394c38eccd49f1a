"""What releasing and shipping need from the outside."""

from __future__ import annotations

from typing import Protocol

from shared.backorders.lookup import OrderView
from shared.backorders.model import Line, LineChange
from shared.fulfilment.model import Release, ReleaseView, Shipment


class FulfilmentStore(Protocol):
    """Writes releases and what happens to them. Everything conditional; raises Stale when it was overtaken."""

    def read(self, key: str) -> OrderView | None: ...

    def read_release(self, key: str, n: int) -> ReleaseView | None:
        """The n-th release of an order."""
        ...

    def follow(self, view: OrderView) -> None:
        """Lines that a change of rank left behind go to their order's place."""
        ...

    def hand_over(self, view: OrderView, changes: list[LineChange]) -> None:
        """Allocated units of careful lines become released (or released ones of a held order go back)."""
        ...

    def create(self, release: Release) -> None: ...

    def confirm(self, before: Release, after: Release) -> None:
        """The shipment on the release: the fact that decides. The lines follow."""
        ...

    def apply_shipment(self, lines: list[Line], release: Release, shipment: Shipment) -> int:
        """The shipment on its lines, once per line; returns the units that were still missing there."""
        ...

    def recall(
        self, view: OrderView, release: Release, changes: list[LineChange], at: int, actor: str, note: str
    ) -> None: ...

    def finish(self, view: OrderView) -> None:
        """The order has nothing open any more: out of the directory of open orders."""
        ...
