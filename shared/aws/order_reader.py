"""Reading whole orders from the table."""

from __future__ import annotations

from collections.abc import Iterable

from shared.aws import keys
from shared.aws.backorder_items import head_from, line_from, release_from
from shared.aws.marshal import Item
from shared.aws.table import Table
from shared.backorders.lookup import OrderView
from shared.backorders.model import Backorder, Line
from shared.kernel.errors import Contended

_TRIES = 4


class TableOrderReader:
    """OrderReader over the table. Head and releases are one query, lines one read per hundred."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def read(self, key: str) -> OrderView | None:
        """Raises Contended only if the order was re-ranked under every try."""
        for _ in range(_TRIES):
            view, complete = self._read(key)
            if complete:
                return view
        raise Contended("the order is being re-ranked", retry_after=1)

    def _read(self, key: str) -> tuple[OrderView | None, bool]:
        items = list(self._table.query(keys.order(key), last=keys.RELEASES + "~"))
        head_items = [i for i in items if i["kind"] == "backorder"]
        if not head_items or head_items[0]["state"] != "open":
            return None, True
        head = head_from(head_items[0], [i for i in items if i["kind"] == "part"])
        lines = self._lines(head, head_items[0].get("old_rank"))
        releases = [release_from(i) for i in items if i["kind"] == "release"]
        return OrderView(head, lines, releases), len(lines) == len(head.lines)

    def _lines(self, head: Backorder, old_rank: int | None) -> list[Line]:
        ranks = [head.rank] if old_rank is None else [head.rank, old_rank]
        wanted: list[Item] = [
            keys.line(ordered.sku, rank, head.id, position)
            for rank in ranks
            for position, ordered in enumerate(head.lines)
        ]
        found = [line_from(item) for item in self._table.get_many(wanted).values()]
        return sorted(found, key=lambda line: line.position)

    def read_many(self, order_keys: Iterable[str]) -> list[OrderView]:
        """Those that exist, in the order asked for."""
        return [view for view in map(self.read, order_keys) if view is not None]


def skus_of_order(table: Table, key: str) -> list[str]:
    """The SKUs an order names, in its order; empty if it does not exist."""
    items = list(table.query(keys.order(key), last=keys.RELEASES))
    heads = [i for i in items if i["kind"] == "backorder"]
    if not heads:
        return []
    order = head_from(heads[0], [i for i in items if i["kind"] == "part"])
    return list(dict.fromkeys(line.sku for line in order.lines))
