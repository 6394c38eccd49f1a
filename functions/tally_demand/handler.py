"""Queue -> the open demand of each SKU."""

from __future__ import annotations

from typing import Any

from shared.aws.demand_store import TableDemandStore
from shared.inventory.tally import Uncounted, tally_demand
from shared.kernel import clock
from shared.runtime import telemetry, told_time
from shared.runtime.batches import run_merged
from shared.runtime.container import container


@telemetry.entry
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    store = TableDemandStore(container().table)

    def on_messages(bodies: list[dict[str, Any]]) -> None:
        skus = [body["sku"] for body in bodies if "sku" in body]
        parts = [Uncounted(body["order"], body["part"]) for body in bodies if "sku" not in body]
        done = tally_demand(skus, parts, store=store, now=told_time.last_sent(event, clock.now()))
        telemetry.count("UnitsBackordered", done.units)
        telemetry.handled(done.lines)
        for order in done.orders:
            telemetry.log(
                "demand_counted",
                backorder=order.backorder_id,
                correlation_id=order.trace,
                sku=order.sku,
                part=order.part,
            )

    return run_merged(event, on_messages, context)
