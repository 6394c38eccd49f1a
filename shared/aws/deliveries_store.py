"""Deliveries: how far they have come, in the table, and on their way, in the queue."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from shared.aws import keys
from shared.aws.queues import Message
from shared.aws.table import ConditionLost, Put, Table
from shared.kernel import clock
from shared.kernel.errors import Malformed
from shared.webhooks.deliver import Delivery

_KEPT = timedelta(days=30)  # longer than retries, queue and dead-letter queue together: 3 + 4 + 14 days
_SECOND = 1_000_000
_MOST_DELAY = 900  # of SQS, in seconds


class TableDeliveries:
    """`shared.webhooks.ports.Deliveries` on DynamoDB."""

    def __init__(self, table: Table, now: datetime) -> None:
        self._table = table
        self._now = now

    def tries(self, webhook_id: str, event_key: str) -> int:
        item = self._table.get(keys.delivery(webhook_id, event_key))
        return 0 if item is None else int(item["tries"])

    def note(self, webhook_id: str, event_key: str, tries: int) -> None:
        ttl = clock.micros(self._now + _KEPT) // _SECOND
        item = {"kind": "delivery", **keys.delivery(webhook_id, event_key), "tries": tries, "ttl": ttl}
        try:
            self._table.write(Put(item, when="attribute_not_exists(#pk) OR #tries < :tries", values={"tries": tries}))
        except ConditionLost:
            return  # noted by whoever had the same message


def later(delivery: Delivery, now: datetime) -> Message:
    """The message that comes when the delivery is due, or after as much of the time as SQS can wait."""
    wait = max(0, -((clock.micros(now) - delivery.due) // _SECOND))
    body = {
        "webhook": delivery.webhook_id,
        "tries": delivery.tries,
        "due": delivery.due,
        "replay": delivery.replay,
        "event": delivery.event,
    }
    return Message(body, delay=min(wait, _MOST_DELAY))


def read_delivery(body: dict[str, Any]) -> Delivery:
    """Inverse of `later`. Raises Malformed."""
    try:
        return Delivery(body["webhook"], body["event"], body["tries"], body["due"], body["replay"])
    except KeyError as error:
        raise Malformed("the message is neither an event nor a delivery") from error
