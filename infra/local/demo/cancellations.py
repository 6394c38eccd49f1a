"""Which earlier units a cancellation takes back: those of the same customer and SKU, newest order first."""

from __future__ import annotations

from collections.abc import Iterable

from infra.local.demo.book import CancelledUnits, Order

_Key = tuple[str, str]  # customer, SKU


class OpenUnits:
    """Units ordered so far that later cancellations may take back.

    Only customers and SKUs named in `cancelled` are followed, so that a year of orders costs next to nothing.
    """

    def __init__(self, cancelled: Iterable[_Key]) -> None:
        self._open: dict[_Key, list[CancelledUnits]] = {key: [] for key in cancelled}

    def add(self, order: Order) -> None:
        """The order's lines can be taken back from now on; the later of two lines first."""
        for line in order.lines:
            units = self._open.get((order.customer_id, line.sku))
            if units is not None:
                units.append(CancelledUnits(order.order_id, line.line_id, line.quantity))

    def take_back(self, customer: str, sku: str, units: int) -> list[CancelledUnits]:
        """Up to `units` units, each taken back once; fewer or none if not so many were ordered."""
        stack, taken = self._open.get((customer, sku), []), []
        while units and stack:
            newest = stack.pop()
            part = min(units, newest.units)
            taken.append(CancelledUnits(newest.order_id, newest.line_id, part))
            if part < newest.units:
                stack.append(CancelledUnits(newest.order_id, newest.line_id, newest.units - part))
            units -= part
        return taken
