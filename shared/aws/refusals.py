"""Orders from the bulk queue that were refused: noted once, so that the stream tells the storefront."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from shared.aws import keys
from shared.aws.table import ConditionLost, Put, Table
from shared.backorders.record import RecordBackorder
from shared.kernel import ids
from shared.kernel.clock import micros


def note_refusal(table: Table, command: RecordBackorder, problem: dict[str, Any], now: datetime) -> None:
    """One note per order and content; a repeated message adds none."""
    item = {
        "kind": "refusal",
        **keys.refusal(ids.digest(command.storefront, command.order_id), command.digest),
        "storefront": command.storefront,
        "order_id": command.order_id,
        "problem": problem,
        "at": micros(now),
    }
    try:
        table.write(Put(item, fresh=True))
    except ConditionLost:
        return  # refused before, and told
