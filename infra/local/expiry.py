"""DynamoDB's time to live, on the world's clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from infra.local.engine.dynamodb.table import Table
from infra.local.metric_store import MetricStore

_HOUR = timedelta(hours=1)


class Expiry:
    """Deletes expired items of a table once an hour, so that they stay readable for a while, as in the account."""

    def __init__(self, table: Table, metrics: MetricStore) -> None:
        self._table = table
        self._metrics = metrics

    def next_due(self, now: datetime) -> datetime | None:
        """The full hour after the next item expires; this may be now."""
        instant = self._table.next_expiry()
        if instant is None:
            return None
        hour = instant.replace(minute=0, second=0, microsecond=0)
        return max(hour if hour == instant else hour + _HOUR, now)

    def fire_due(self, now: datetime) -> int:
        """Delete what is due by now; returns how many items that were."""
        due = self.next_due(now)
        if due is None or due > now:
            return 0
        gone = self._table.expire(now)
        of_table = {"TableName": self._table.name}
        self._metrics.record("AWS/DynamoDB", "TimeToLiveDeletedItemCount", of_table, gone, "Count", now)
        return gone
