"""Counting demand in the table: one transaction sets an order's `counted` and adds its units to the SKUs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shared.aws import keys
from shared.aws.backorder_items import ordered_from_list
from shared.aws.catalog_items import item_from
from shared.aws.marshal import Item
from shared.aws.recording_store import count_demand
from shared.aws.stock_items import stock_from
from shared.aws.table import TRANSACTION_LIMIT, ConditionLost, Table, Update, Write
from shared.backorders.ports import Demand
from shared.inventory.tally import Uncounted
from shared.kernel.errors import Contended

_TRIES = 6


@dataclass(frozen=True)
class _Pending:
    """One head or part with the units it adds per SKU."""

    key: dict[str, str]
    rank: int
    units: dict[str, int]


class TableDemandStore:
    """DemandStore over the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def count(self, orders: list[Uncounted]) -> int:
        added = 0
        for batch in _batches(self._pending(orders)):
            added += self._count_together(batch)
        return added

    def _pending(self, orders: list[Uncounted]) -> list[_Pending]:
        heads = self._table.get_many(keys.backorder(o.order) for o in orders)
        parts = self._table.get_many(keys.part(o.order, o.part) for o in orders if o.part is not None)
        pending = []
        for order in orders:
            head = heads.get((keys.order(order.order), "HEAD"))
            if head is None or head["state"] != "open":
                continue  # not visible: discarded, or counted when it opens
            item = head
            if order.part is not None:
                key = keys.part(order.order, order.part)
                item = parts[key["pk"], key["sk"]]
            if not item["counted"]:
                pending.append(_pending(item, head["rank"], set(head.get("limited", ()))))
        return pending

    def _count_together(self, batch: list[_Pending]) -> int:
        for attempt in range(_TRIES):
            try:
                self._table.transact(self._writes(batch))
            except ConditionLost:
                if len(batch) > 1:
                    return sum(self._count_together([one]) for one in batch)
                if self._counted(batch[0]):
                    return 0
                if attempt == _TRIES - 1:
                    raise
            except Contended:
                if len(batch) > 1:
                    return sum(self._count_together([one]) for one in batch)
                raise
            else:
                return sum(sum(one.units.values()) for one in batch)
        return 0

    def _counted(self, one: _Pending) -> bool:
        item = self._table.get(one.key)
        return item is None or bool(item["counted"])

    def _writes(self, batch: list[_Pending]) -> list[Write]:
        units: dict[str, int] = {}
        ranks: dict[str, int] = {}
        for one in batch:
            for sku, n in one.units.items():
                units[sku] = units.get(sku, 0) + n
                ranks[sku] = min(ranks.get(sku, one.rank), one.rank)
        wanted = [keys.stock(sku) for sku in units] + [keys.item(sku) for sku in units]
        found = self._table.get_many(wanted).values()
        heads = {i["sku"]: stock_from(i).head for i in found if i["kind"] == "stock"}
        suppliers = {i["sku"]: item_from(i).supplier_id for i in found if i["kind"] == "item"}
        writes: list[Write] = [
            Update(one.key, set={"counted": True}, when="#counted = :no", values={"no": False}) for one in batch
        ]
        writes += [count_demand(Demand(sku, n, ranks[sku], suppliers[sku]), heads[sku]) for sku, n in units.items()]
        return writes


def _pending(item: Item, rank: int, exclude: set[str]) -> _Pending:
    units: dict[str, int] = {}
    for line in map(ordered_from_list, item["lines"]):
        if line.sku not in exclude:
            units[line.sku] = units.get(line.sku, 0) + line.ordered
    return _Pending({"pk": item["pk"], "sk": item["sk"]}, rank, units)


def _batches(pending: list[_Pending]) -> Iterator[list[_Pending]]:
    """As many orders a transaction as fit: orders plus the distinct SKUs they name."""
    batch: list[_Pending] = []
    skus: set[str] = set()
    for one in pending:
        together = skus | set(one.units)
        if batch and len(batch) + 1 + len(together) > TRANSACTION_LIMIT:
            yield batch
            batch, together = [], set(one.units)
        batch.append(one)
        skus = together
    if batch:
        yield batch
