"""Queue, one group per SKU -> free units to those who wait, then honest dates for those who still do."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from functions.allocate_stock.counting import count_allocated
from shared.allocation.allocate import allocate_with_others
from shared.aws.allocation_memory import AllocationMemory
from shared.aws.allocation_store import TableAllocationStore
from shared.aws.promise_store import TablePromiseStore
from shared.kernel import clock
from shared.promising.ports import SupplyFacts
from shared.promising.repromise import is_dated, repromise
from shared.runtime import telemetry, told_time
from shared.runtime.batches import Body, run_grouped
from shared.runtime.container import Container, container


@telemetry.entry
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    batch = _Batch(container(), told_time.last_sent(event, clock.now()))
    return run_grouped(event, "sku", batch.serve, context, batch.look_at, cause=str, rank=int | None)


class _Batch:
    """One batch: all its SKUs are read at once, and those for which nothing can be done go no further."""

    def __init__(self, wired: Container, sent: datetime) -> None:
        self._wired, self._sent = wired, sent
        self._promises = TablePromiseStore(wired.table)
        self._facts: dict[str, SupplyFacts] = {}
        self._memory = AllocationMemory(lacking=wired.lacking)

    def look_at(self, skus: list[str]) -> None:
        self._facts = self._promises.supplies(skus)

    def serve(self, sku: str, messages: list[Body]) -> None:
        facts, cause = self._facts.get(sku), messages[-1]["cause"]
        if facts is None:
            return  # there is no such item
        if facts.stock.to_give:
            self._allocate(sku, cause)
        rank = min((message["rank"] for message in messages if message["rank"] is not None), default=None)
        if rank is not None or facts.stock.to_give or not is_dated(facts, self._wired.settings(), clock.now()):
            done = repromise(sku, store=self._promises, from_rank=rank, **self._given(cause))
            telemetry.count("PromisesRevised", done.revised)

    def _allocate(self, sku: str, cause: str) -> None:
        store = TableAllocationStore(self._wired.table, self._memory)
        for done in allocate_with_others(sku, store=store, sent=self._sent, **self._given(cause)):
            count_allocated(done)
            if done.units or done.returned:
                telemetry.log("stock_allocated", sku=done.sku, units=done.units, lines=done.lines, cause=cause)

    def _given(self, cause: str) -> dict[str, Any]:
        return {"settings": self._wired.settings(), "now": clock.now(), "cause": cause}
