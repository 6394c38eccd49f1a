"""Stock corrections in the table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from shared.aws import keys
from shared.aws.backorder_items import line_from, line_key, line_update
from shared.aws.hand_outs import settled_stock
from shared.aws.stock_items import change_stock, listed_as_needed
from shared.aws.table import TRANSACTION_LIMIT, ConditionLost, Path, Put, Table, Update, Write
from shared.backorders.model import Line, LineChange
from shared.backorders.ports import Stale
from shared.inventory.correct import Corrected, CorrectStock, Posted
from shared.inventory.model import Stock
from shared.kernel.errors import Conflict


class TableCorrectionStore:
    """CorrectionStore over the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def posted(self, correction_id: str) -> Posted | None:
        item = self._table.get(keys.correction(correction_id))
        if item is None:
            return None
        return Posted(Corrected(**item["result"]), item["request_key"], item["digest"])

    def stock(self, sku: str) -> Stock | None:
        """Settled: what is on its way to a line is neither free nor on a line."""
        return settled_stock(self._table, sku)

    def on_shelf(self, sku: str) -> tuple[int, int]:
        lines = [line_from(item) for item in self._table.query(keys.queue(sku))]
        return sum(line.allocated for line in lines), sum(line.released for line in lines)

    def last_allocated(self, sku: str) -> Iterator[Line]:
        items = self._table.query(keys.queue(sku), keep="#allocated > :none", values={"none": 0}, backwards=True)
        return (line_from(item) for item in items)

    def post(self, command: CorrectStock, result: Corrected, stock: Stock, back: list[LineChange], at: int) -> None:
        entry = {
            "kind": "ledger",
            **keys.ledger(command.sku, keys.correction_cause(command.correction_id)),
            "at": at,
            "what": "correction",
            "units": result.delta,
            "cause": command.correction_id,
            "reason": command.reason,
            "actor": command.actor,
        }
        document: dict[str, Any] = {
            "kind": "correction",
            **keys.correction(command.correction_id),
            "at": at,
            "reason": command.reason,
            "request_key": command.request_key,
            "digest": command.digest,
            "result": {k: v for k, v in asdict(result).items() if k not in {"replayed", "same_key"}},
        }
        writes: list[Write] = [Put(document, fresh=True), Put(entry, fresh=True), self._counters(result, stock, back)]
        writes += [line_update(x, when="#allocated = :had", values={"had": x.line.allocated}) for x in back]
        if len(writes) > TRANSACTION_LIMIT:
            raise Conflict("a loss over so many orders must be posted in smaller corrections")
        try:
            self._table.transact(writes)
        except ConditionLost:
            raise Stale from None

    def _counters(self, result: Corrected, stock: Stock, back: list[LineChange]) -> Update:
        """Free units change by the correction and by what orders gave back; what was given back waits again."""
        named: dict[Path, Any] = listed_as_needed(self._table, result.sku) if back else {}
        gone: list[Path] = []
        for change in back:
            path = line_key(change.line)["sk"]
            if path in stock.partial and change.after.allocated:
                named["partial", path] = change.after.allocated
            elif path in stock.partial:
                gone.append(("partial", path))
        first = min((change.line.rank for change in back), default=stock.head)
        if first < stock.head:
            named["head"] = first
        return change_stock(
            result.sku,
            free=result.delta + result.deallocated,
            waiting=result.deallocated,
            corrections=result.delta,
            bump=True,
            set_=named,
            remove=tuple(gone),
            when="#version = :version AND #free = :free AND #head = :head",
            values={"version": stock.version, "free": stock.free, "head": stock.head},
        )
