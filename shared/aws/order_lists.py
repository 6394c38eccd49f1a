"""Lists of orders, releases and queues in the table: directories walked page by page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice

from shared.aws import keys
from shared.aws.allocation_store import TableAllocationStore
from shared.aws.backorder_items import LINE_LISTS, line_from
from shared.aws.discarding import LINES_PER_PART
from shared.aws.marshal import Item
from shared.aws.order_reader import TableOrderReader
from shared.aws.stock_items import stock_from
from shared.aws.table import Table
from shared.backorders.lookup import OrderView
from shared.backorders.model import Backorder, Line, SortKey
from shared.backorders.queries import Place
from shared.fulfilment.model import Release
from shared.inventory.model import Stock
from shared.kernel import ids


@dataclass(frozen=True)
class Slice:
    """Part of a list, and where to go on (None: the end was reached)."""

    orders: list[OrderView]
    position: str | None


class TableOrderLists:
    """Reads lists. A page looks at `limit` entries and may return fewer: what a filter drops is not replaced."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._reader = TableOrderReader(table)

    def in_directory(self, partition: str, after: str | None, limit: int) -> Slice:
        """Orders of a directory (a customer's, the open ones), oldest first.

        An order that was refused and recorded later has an entry of each attempt; only the last one is its own.
        """
        entries = self._take(self._table.query(partition, after=after, page=limit), limit)
        found = [self._reader.read(ids.backorder_key(entry["sk"]) or "") for entry in entries]
        own = [view for view, entry in zip(found, entries, strict=True) if view and view.head.id == entry["sk"]]
        return Slice(own, entries[-1]["sk"] if len(entries) == limit else None)

    def of_sku(self, sku: str, after: str | None, limit: int) -> Slice:
        """Orders with lines of a SKU, in queue order."""
        items = self._table.query(keys.queue(sku), after=after, page=limit)
        entries = self._take(items, limit)
        order_ids = ids.ordered_unique(keys.parse_line(i)[2] for i in entries)
        found = [self._reader.read(ids.backorder_key(order_id) or "") for order_id in order_ids]
        position = None
        if len(entries) == limit:
            position = keys.after_order(entries[-1]["sk"])
        return Slice([view for view in found if view], position)

    def to_ship(self, after: Item | None, limit: int) -> tuple[list[tuple[Backorder, Release]], Item | None]:
        """Releases with units to ship, oldest order first. The releases of an order stand together: one read."""
        entries = self._take(self._table.query_index(keys.TO_SHIP, after=after, page=limit), limit)
        found: list[tuple[Backorder, Release]] = []
        for backorder_id, group in groupby(entries, key=lambda entry: str(entry["gsi1sk"]).rpartition(".r")[0]):
            order = self._reader.releases(ids.backorder_key(backorder_id) or "")
            if order is not None:
                by_id = {release.id: release for release in order[1]}
                found += [(order[0], by_id[entry["gsi1sk"]]) for entry in group if entry["gsi1sk"] in by_id]
        return found, entries[-1] if len(entries) == limit else None

    @staticmethod
    def _take(items: Iterator[Item], limit: int) -> list[Item]:
        taken: list[Item] = []
        for item in items:
            taken.append(item)
            if len(taken) == limit:
                break
        return taken


class TableQueueReader:
    """Reads one SKU's queue and counters."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def stock(self, sku: str) -> Stock | None:
        item = self._table.get(keys.stock(sku))
        return stock_from(item) if item else None

    def lines(self, sku: str) -> list[Line]:
        """Every visible line the SKU ever had."""
        visible = TableAllocationStore(self._table)
        lines = map(line_from, self._table.query(keys.queue(sku), later=LINE_LISTS))
        return [line for line in lines if not line.part or visible.is_visible(line.backorder_id)]

    def waiting(self, stock: Stock) -> Iterator[Line]:
        return TableAllocationStore(self._table).waiting(stock, stock.head)

    def order_ids(self, backorder_ids: Iterable[str]) -> dict[str, str]:
        """What the storefronts call these orders."""
        wanted = [keys.backorder(ids.backorder_key(one) or "") for one in backorder_ids]
        return {head["id"]: head["order_id"] for head in self._table.get_many(wanted).values()}

    def place(self, line: Line) -> Place | None:
        """Where a line stands now; None if its item is gone."""
        stock = self.stock(line.sku)
        if stock is None:
            return None
        if not line.waiting:
            return Place(None, None, stock)
        before: list[tuple[SortKey, int]] = []
        for other in self.waiting(stock):
            if other.sort_key == line.sort_key:
                return Place(len(before) + 1, sum(units for _, units in before), stock, tuple(before))
            before.append((other.sort_key, other.waiting))
        return Place(None, None, stock)

    def settled(self, line: Line, stock: Stock, order_key: str) -> bool:
        """Whether the counters of its SKU have the line, so that its dates follow from its place."""
        if not line.part:
            return line.counted or stock.counts(line.sort_key)
        part = self._table.get(keys.part(order_key, line.position // LINES_PER_PART))
        return part is None or bool(part["counted"])

    def units_ahead(self, line: Line, at_most: int) -> int | None:
        """Units of the lines before this one; None if more than `at_most` lines stand there (they are not counted)."""
        stock, ahead = self.stock(line.sku), 0
        if stock is None:
            return None
        for other in islice(self.waiting(stock), at_most + 1):
            if other.sort_key >= line.sort_key:
                return ahead
            ahead += other.waiting
        return None

    def notices(self, order_key: str) -> list[Item]:
        """Mails of an order, oldest first."""
        return list(self._table.query(keys.order(order_key), prefix=keys.NOTICES))
