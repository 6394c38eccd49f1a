"""What the chaser walks through in the table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from shared.allocation.careful import CarefulOrder
from shared.aws import keys
from shared.aws.discarding import discard_recording
from shared.aws.order_reader import TableOrderReader, as_careful
from shared.aws.stock_items import read_stock
from shared.aws.table import Table
from shared.backorders.model import Backorder, Line, SortKey
from shared.inventory.model import Stock
from shared.kernel import ids


class TableRecordings:
    """Recordings over the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def begun_before(self, at: int) -> Iterator[str]:
        for entry in self._table.query_index(keys.RECORDING):
            head = self._table.get({"pk": entry["pk"], "sk": entry["sk"]})
            if head is not None and head["state"] != "open" and head["recorded_at"] < at:
                yield keys.order_of(entry["pk"])

    def discard(self, key: str) -> None:
        discard_recording(self._table, key)


class TableOpenBook:
    """OpenBook over the table."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._reader = TableOrderReader(table)

    def keys_of_open(self) -> list[str]:
        return list(open_order_keys(self._table))

    def lines(self, key: str) -> tuple[Backorder, list[Line]] | None:
        return self._reader.lines(key)


def uncounted_since(table: Table, at: int) -> tuple[list[str], list[tuple[str, int]]]:
    """SKUs, and parts (order key, number) of large orders, of the open orders recorded since a time (microseconds):
    what the tally may have missed if a message or a record of the stream was lost."""
    skus: list[str] = []
    parts: list[tuple[str, int]] = []
    for entry in table.query(keys.open_orders(), first=ids.backorder_ids_from(at)):
        key = ids.backorder_key(entry["sk"]) or ""
        head = table.get(keys.backorder(key))
        if head is not None and head["state"] == "open" and head["id"] == entry["sk"]:
            skus += [values[1] for values in head["lines"]]
            parts += [(key, n) for n in range(head.get("parts", 0))]
    return ids.ordered_unique(skus), parts


def open_order_keys(table: Table) -> Iterator[str]:
    """Keys of the orders that are not finished, oldest first."""
    return (key for entry in table.query(keys.open_orders()) if (key := ids.backorder_key(entry["sk"])))


def skus_not_ordered(table: Table) -> list[str]:
    """SKUs that may need ordering: what they are promised for moves with every order day that passes."""
    suppliers = (supplier["sk"] for supplier in table.query(keys.SUPPLIERS))
    return [entry["gsi1sk"] for supplier in suppliers for entry in table.query_index(keys.need(supplier))]


class TableHeldOrders:
    """HeldOrders over the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def orders(self) -> Iterator[CarefulOrder]:
        reader = TableOrderReader(self._table)
        for entry in self._table.query_index(keys.HOLDING):
            if view := reader.read(keys.order_of(entry["pk"])):
                yield as_careful(view.head, view.lines)

    def stocks(self, skus: Iterable[str]) -> dict[str, Stock]:
        return read_stock(self._table, skus)

    def had(self, stock: Stock) -> set[SortKey]:
        return {keys.parse_line_sort(sk) for sk in stock.partial}
