"""What the chaser walks through in the table."""

from __future__ import annotations

from collections.abc import Iterator

from shared.aws import keys
from shared.aws.order_reader import skus_of_order
from shared.aws.recording_store import discard_recording
from shared.aws.table import Table
from shared.kernel import ids


class TableRecordings:
    """Recordings over the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def begun_before(self, at: int) -> Iterator[str]:
        for entry in self._table.query_index(keys.RECORDING):
            head = self._table.get({"pk": entry["pk"], "sk": entry["sk"]})
            if head is not None and head["state"] != "open" and head["recorded_at"] < at:
                yield keys.order_of(entry["pk"])

    def discard(self, key: str) -> None:
        discard_recording(self._table, key)


def skus_of_held_orders(table: Table) -> list[str]:
    """SKUs that orders shipped in one parcel still wait for."""
    found: list[str] = []
    for entry in table.query_index(keys.HOLDING):
        found += skus_of_order(table, keys.order_of(entry["pk"]))
    return ids.ordered_unique(found)
