"""Queue -> the open demand of each SKU."""

from __future__ import annotations

from typing import Any

from shared.aws.demand_store import TableDemandStore
from shared.inventory.tally import Uncounted, tally_demand
from shared.runtime import telemetry
from shared.runtime.batches import run_merged
from shared.runtime.container import container


@telemetry.entry
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    store = TableDemandStore(container().table)

    def on_messages(bodies: list[dict[str, Any]]) -> None:
        units = tally_demand([Uncounted(body["order"], body["part"]) for body in bodies], store=store)
        telemetry.count("UnitsBackordered", units)

    return run_merged(event, on_messages, context)
