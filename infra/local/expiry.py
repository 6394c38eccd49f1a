"""DynamoDB's time to live, on the world's clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from infra.local.engine.dynamodb.table import Table

_HOUR = timedelta(hours=1)


class Expiry:
    """Deletes expired items of a table once an hour, so that they stay readable for a while, as in the account."""

    def __init__(self, table: Table) -> None:
        self._table = table

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
        return self._table.expire(now) if due is not None and due <= now else 0
