"""Opening stock in the table: many reads at once, each posting a correction like any other."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from shared.aws import keys
from shared.aws.table import Table
from shared.catalog.import_stock import OpeningStock


class TableStockLedger:
    """`StockLedger` on DynamoDB; `post` is the correction's own use case, handed in."""

    def __init__(self, table: Table, post: Callable[[OpeningStock], object]) -> None:
        self._table = table
        self._post = post

    def known(self, skus: Iterable[str]) -> set[str]:
        return {item["sku"] for item in self._table.get_many(keys.item(sku) for sku in skus).values()}

    def posted(self, correction_ids: Iterable[str]) -> dict[str, int]:
        found = self._table.get_many(keys.correction(one) for one in correction_ids).values()
        return {item["result"]["correction_id"]: item["result"]["delta"] for item in found}

    def post(self, opening: OpeningStock) -> None:
        self._post(opening)
