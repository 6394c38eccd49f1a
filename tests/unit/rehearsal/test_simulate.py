"""A simulation of a long queue: answered in time, or refused before it reads too much."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from shared.backorders.lookup import OrderView
from shared.backorders.model import Backorder, Customer, Line
from shared.catalog.model import Item, Supplier
from shared.inventory.model import Stock
from shared.kernel.clock import micros
from shared.kernel.errors import Conflict
from shared.promising.ports import SupplyFacts
from shared.purchasing.lines import PurchaseOrderLine
from shared.purchasing.model import PurchaseOrder
from shared.rehearsal.changes import Receipt
from shared.rehearsal.ports import Shelf
from shared.rehearsal.simulate import MOST_LISTED, simulate
from shared.rehearsal.snapshot import MOST_LINES
from shared.settings.model import MerchantSettings

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


@dataclass
class Hot:
    """One SKU that many wait for."""

    waiting: int
    read: int = field(default=0)

    def shelves(self, skus: Iterable[str]) -> dict[str, Shelf]:
        supplier = Supplier("acme", "Acme", "orders@acme.example")
        counted = Stock("A", waiting=self.waiting, counted_to=micros(NOW) * 2)
        return {sku: Shelf(SupplyFacts(counted, Item("A", "acme"), supplier), {}) for sku in skus if sku == "A"}

    def queue(self, shelf: Shelf) -> Iterator[Line]:
        for n in range(self.waiting):
            self.read += 1
            yield Line(f"bo_{n:05d}", 0, "1", shelf.supply.item.sku, n, 1, 1)

    def heads(self, backorder_ids: Iterable[str]) -> dict[str, Backorder]:
        who = Customer("c", "c@example.com", "C", "en", "SE")
        return {
            one: Backorder(
                one, one, "shop", one, who, 0, 0, 0, "standard", "split", {"mode": "deferred"}, "EUR", (), "", ""
            )
            for one in backorder_ids
        }

    def order(self, backorder_id: str) -> OrderView | None:
        del backorder_id
        return None

    def purchase_order(self, purchase_order_id: str) -> tuple[PurchaseOrder, list[PurchaseOrderLine]] | None:
        del purchase_order_id
        return None

    def supplier(self, supplier_id: str) -> Supplier | None:
        del supplier_id
        return None


def test_the_longest_queue_is_played_and_what_is_too_much_to_list_is_counted() -> None:
    done = simulate([Receipt("A", 3_000)], [], reality=Hot(MOST_LINES), settings=MerchantSettings(), now=NOW)
    served = [one for one in done.lines if one.after.allocated == 1]
    assert (len(served), len(done.lines), done.left_out, done.unchanged) == (MOST_LISTED, MOST_LISTED, 4_000, 0)


def test_a_queue_that_is_too_long_is_refused_after_reading_no_more_than_that() -> None:
    reality = Hot(MOST_LINES * 10)
    with pytest.raises(Conflict, match=f"more than {MOST_LINES} lines"):
        simulate([Receipt("A", 1)], [], reality=reality, settings=MerchantSettings(), now=NOW)
    assert reality.read == MOST_LINES + 1
