"""Queue, one group per order -> what is allocated goes to the warehouse as one release."""

from __future__ import annotations

from typing import Any

from shared.aws.fulfilment_store import TableFulfilmentStore
from shared.fulfilment.release import release_order
from shared.kernel import clock
from shared.runtime import telemetry
from shared.runtime.batches import run_grouped
from shared.runtime.container import container


@telemetry.entry
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    store = TableFulfilmentStore(container().table)

    def on_order(key: str, _messages: list[dict[str, Any]]) -> None:
        done = release_order(key, store=store, now=clock.now())
        telemetry.count("UnitsReleased", done.units)
        telemetry.handled(done.lines)

    return run_grouped(event, "backorder", on_order, context)
