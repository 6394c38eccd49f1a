"""Deliveries: how far they have come, in the table, and on their way, in the queue.

An item keeps the event itself, as text: most fit into the kilobyte that noting a try costs anyway.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from shared.aws import keys
from shared.aws.marshal import Item
from shared.aws.queues import Message
from shared.aws.table import ConditionLost, Put, Table, Update
from shared.kernel import clock
from shared.kernel.errors import Malformed
from shared.webhooks.deliver import Delivery
from shared.webhooks.log import Record

KEPT = timedelta(days=30)  # longer than retries, queue and dead-letter queue together: 3 + 4 + 14 days
_SECOND = 1_000_000
_MOST_DELAY = 900  # of SQS, in seconds
_FIELDS = ("at", "state", "tries", "status", "tried_at", "due", "replay", "replayed_by")


class TableDeliveries:
    """`shared.webhooks.ports.Deliveries` and `DeliveryLog` on DynamoDB."""

    def __init__(self, table: Table, now: datetime) -> None:
        self._table = table
        self._now = now

    def tries(self, webhook_id: str, at: int, event_key: str) -> int:
        item = self._table.get(keys.delivery(webhook_id, at, event_key))
        return 0 if item is None else int(item["tries"])

    def note(self, webhook_id: str, event_key: str, record: Record) -> None:
        ttl = clock.micros(self._now + KEPT) // _SECOND
        item = {"kind": "delivery", **keys.delivery(webhook_id, record.at, event_key), "ttl": ttl}
        item |= {name: value for name in _FIELDS if (value := getattr(record, name)) not in (None, "", 0)}
        item |= keys.due_delivery(record.due, webhook_id, event_key) if record.waits_here else {}
        item["event"] = json.dumps(record.event, separators=(",", ":"), ensure_ascii=False)
        when, values = "attribute_not_exists(#pk) OR #tries < :tries", {"tries": record.tries}
        try:
            self._table.write(Put(item, when=when, values=values))
        except ConditionLost:
            return  # noted by whoever had the same message

    def due(self, until: int) -> Iterator[tuple[str, Record]]:
        for entry in self._table.query_index(keys.DUE_DELIVERIES):
            if keys.parse_time(entry["gsi1sk"]) >= until:
                return
            item = self._table.get({"pk": entry["pk"], "sk": entry["sk"]})
            if item is not None and (item.get("due") or 0) < until and item["state"] == "retrying":
                yield keys.webhook_of(entry["pk"]), _from(item)

    def between(self, webhook_id: str, since: int, until: int) -> Iterator[Record]:
        first, last = keys.deliveries_from(since), keys.deliveries_from(until)
        return map(_from, self._table.query(keys.deliveries(webhook_id), first=first, last=last))

    def newest(self, webhook_id: str, *, after: str | None, page: int) -> Iterator[tuple[str, Record]]:
        """Every delivery behind a position, the latest event first, each with its own position."""
        found = self._table.query(keys.deliveries(webhook_id), after=after, page=page, backwards=True)
        return ((item["sk"], _from(item)) for item in found)

    def mark_replayed(self, webhook_id: str, record: Record, replay: str) -> None:
        event_key = f"{record.event_id}@{record.replay}" if record.replay else record.event_id
        change = Update(
            keys.delivery(webhook_id, record.at, event_key),
            set={"state": "replayed", "replayed_by": replay},
            when="#state = :state AND #tries = :tries",
            values={"state": record.state, "tries": record.tries},
        )
        try:
            self._table.write(change)
        except ConditionLost:
            return  # gone with its month, or marked by the same replay


def _from(item: Item) -> Record:
    known = {name: item[name] for name in _FIELDS if name in item}
    return Record(event=json.loads(item["event"]), **{"status": None, **known})


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
