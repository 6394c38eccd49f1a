"""Queue, one group per SKU -> free units to those who wait, then honest dates for those who still do."""

from __future__ import annotations

from typing import Any

from shared.allocation.allocate import allocate_stock
from shared.aws.allocation_store import TableAllocationStore
from shared.aws.promise_store import TablePromiseStore
from shared.kernel import clock
from shared.promising.repromise import repromise
from shared.runtime import telemetry
from shared.runtime.batches import run_grouped
from shared.runtime.container import Container, container


@telemetry.entry
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    wired = container()
    return run_grouped(event, "sku", lambda sku, messages: _serve(sku, messages, wired), context)


def _serve(sku: str, messages: list[dict[str, Any]], wired: Container) -> None:
    ranks, cause = [message["rank"] for message in messages], messages[-1]["cause"]
    rank = None if None in ranks else min(ranks)
    again = _allocate(sku, cause, wired)
    for other in sorted(again):
        _allocate(other, cause, wired)
        _allocate(sku, cause, wired)
    store = TablePromiseStore(wired.table)
    done = repromise(sku, store=store, settings=wired.settings(), now=clock.now(), cause=cause, from_rank=rank)
    telemetry.count("PromisesRevised", done.revised)


def _allocate(sku: str, cause: str, wired: Container) -> set[str]:
    store = TableAllocationStore(wired.table)
    done = allocate_stock(sku, store=store, settings=wired.settings(), now=clock.now(), cause=cause)
    telemetry.count("UnitsAllocated", done.units)
    if done.units or done.returned:
        telemetry.log("stock_allocated", sku=sku, units=done.units, lines=done.lines, cause=cause)
    return done.retry
