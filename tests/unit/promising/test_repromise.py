"""What the dates of a queue stand on, after a change in the middle of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from shared.backorders.model import Line, LineChange, SortKey
from shared.catalog.model import Item, Supplier
from shared.inventory.model import Inbound, Stock
from shared.promising.ports import SupplyFacts
from shared.promising.promise import Outlook
from shared.promising.repromise import repromise, with_basis
from shared.settings.model import MerchantSettings

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
SUPPLIER = Supplier("acme", "Acme", "orders@acme.example", lead_time_likely=20, lead_time_by=30)
SETTINGS = MerchantSettings()


class Queue:
    """A PromiseStore in memory: so many lines of two units each, and an order on its way."""

    def __init__(self, lines: int, on_order: int) -> None:
        self.stock = Stock("A", waiting=2 * lines)
        self.brings(on_order)
        first = Outlook(replace(self.stock, inbound={}), Item("A", "acme"), SUPPLIER, SETTINGS, NOW)
        dated = (first.promise(2 * n + 2, "recorded") for n in range(lines))
        made = [Line(f"b{n}", 0, "1", "A", n, 2, 2, promises=(one,), counted=True) for n, one in enumerate(dated)]
        self.lines = {line.sort_key: line for line in made}

    def brings(self, units: int) -> None:
        """The order comes on the day on which the next one would come."""
        next_order = Outlook(self.stock, Item("A", "acme"), SUPPLIER, SETTINGS, NOW).next_order
        self.stock = replace(self.stock, inbound={"P": Inbound(units, *next_order)} if units else {})

    def supply(self, sku: str) -> SupplyFacts:
        return SupplyFacts(self.stock, Item(sku, "acme"), SUPPLIER)

    def waiting(self, stock: Stock, from_rank: int | None) -> Iterator[Line]:
        assert stock.sku == "A"
        return iter([line for key, line in sorted(self.lines.items()) if key >= (from_rank or 0, "", 0)])

    def note_dated(self, sku: str, dated: str, covered: SortKey | None) -> None:
        assert sku == "A"
        self.stock = replace(self.stock, dated=dated, covered=covered)

    def note_covered(self, sku: str, covered: SortKey | None) -> None:
        assert sku == "A"
        self.stock = replace(self.stock, covered=covered)

    def revise(self, changes: list[LineChange]) -> int:
        self.lines |= {change.line.sort_key: change.after for change in changes}
        return len(changes)

    def bases(self) -> list[str]:
        shown = (with_basis(line, self.stock).promise for _, line in sorted(self.lines.items()))
        return [promise.basis for promise in shown if promise]


@pytest.mark.parametrize("lines", [4, 30])
@pytest.mark.parametrize("from_rank", [None, 0, 1])
def test_a_line_that_an_order_reaches_no_longer_is_not_shown_as_served_by_it(lines: int, from_rank: int | None) -> None:
    queue = Queue(lines, 6)
    for on_order, reached in ((6, 3), (2, 1), (4, 2), (0, 0)):
        queue.brings(on_order)
        repromise("A", store=queue, settings=SETTINGS, now=NOW, cause="test", from_rank=from_rank)
        assert queue.bases() == ["purchase_order"] * reached + ["next_order"] * (lines - reached)
