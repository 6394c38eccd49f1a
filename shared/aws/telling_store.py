"""Telling subscribers, over the table: claims and outcomes, the mails of a round, and what is spare."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from shared.aws import keys
from shared.aws.marshal import Item
from shared.aws.order_lists import TableQueueReader
from shared.aws.subscription_store import leaving_from, over, subscription_from
from shared.aws.table import ConditionLost, Path, Put, Table, Update
from shared.backorders.ports import Stale
from shared.subscriptions.model import Subscription
from shared.subscriptions.rounds import Listener, Round

_CHUNK = 25


class TableTelling:
    """`shared.subscriptions.ports.Telling` on DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def round(self, sku: str) -> Round:
        return _round_from(self._table.get(keys.subscriber_round(sku)))

    def note_due(self, sku: str, round_: Round, due: int | None) -> None:
        with contextlib.suppress(ConditionLost):
            self._table.write(_put_round(sku, round_, replace(round_, due=due, version=round_.version + 1)))

    def listeners(self, sku: str, at_most: int) -> Iterator[Listener]:
        entries = islice(self._table.query_index(keys.subscribers(sku), page=_CHUNK), at_most)
        while chunk := [entry["sk"] for entry in islice(entries, _CHUNK)]:
            about = {recipient: _about(sku, recipient) for recipient in chunk}
            found = self._table.get_many(key for three in about.values() for key in three)
            for three in about.values():
                item, closed, left = (found.get((key["pk"], key["sk"])) for key in three)
                if item is not None and item["state"] == "waiting":  # the index lags behind
                    yield Listener(subscription_from(item), closed is not None, leaving_from(left))

    def claim(self, subscription: Subscription, before: Round, after: Round, at: int) -> None:
        claim = Update(
            keys.subscription(subscription.sku, subscription.recipient),
            set=_set({"state": "claimed", "claimed_at": at}, keys.claimed_subscriber(at, subscription.recipient)),
            when="#state = :waiting AND #subscribed_at = :seen",
            values={"waiting": "waiting", "seen": subscription.subscribed_at},
        )
        try:
            self._table.transact([_put_round(subscription.sku, before, after), claim])
        except ConditionLost as lost:
            raise Stale from lost

    def give_back(self, subscription: Subscription, before: Round, after: Round, at: int) -> None:
        sku, recipient = subscription.sku, subscription.recipient
        back = Update(
            keys.subscription(sku, recipient),
            set=_set({"state": "waiting", "place": at}, keys.waiting_subscriber(sku, at, recipient)),
            when="#state = :claimed",
            values={"claimed": "claimed"},
        )
        with contextlib.suppress(ConditionLost):  # he has left meanwhile, or the round went on without us
            self._table.transact([_put_round(sku, before, after), back])

    def close(self, subscription: Subscription, state: str, at: int) -> bool:
        # A mail that was given up as unknown is known to be sent when its sender comes back late.
        when = "#state IN (:waiting, :claimed, :unknown) AND #state <> :to AND #subscribed_at = :seen"
        open_ = {"waiting": "waiting", "claimed": "claimed", "unknown": "unknown", "seen": subscription.subscribed_at}
        try:
            self._table.write(over(subscription.sku, subscription.recipient, state, at, when, open_))
        except ConditionLost:
            return False
        return True

    def claimed_before(self, at: int) -> Iterator[Subscription]:
        """Subscriptions whose mail was claimed before that time and has no outcome."""
        for entry in self._table.query_index(keys.CLAIMED_SUBSCRIBERS):
            if keys.parse_time(entry["gsi1sk"]) >= at:
                return
            item = self._table.get({"pk": entry["pk"], "sk": entry["sk"]})
            if item is not None and item["state"] == "claimed":
                yield subscription_from(item)

    def due(self, at: int) -> Iterator[tuple[str, int]]:
        """(sku, when) of the items that are to be looked at by that time."""
        for entry in self._table.query_index(keys.DUE_SUBSCRIBERS):
            when = keys.parse_time(entry["gsi1sk"])
            if when > at:
                return
            yield keys.subscribed_sku(entry["pk"]), when


class TableShelf:
    """`shared.subscriptions.ports.Shelf`: the counters, and the queue for those whom they do not know yet."""

    def __init__(self, table: Table) -> None:
        self._queue = TableQueueReader(table)

    def spare(self, sku: str) -> int:
        stock = self._queue.stock(sku)
        if stock is None:
            return 0
        if not stock.available_now:
            return 0
        wanted, coming = 0, stock.hand_out.units if stock.hand_out else {}
        for line in self._queue.waiting(stock):
            wanted += max(0, line.waiting - coming.get(line.sort_key, 0))
            if wanted >= stock.free:
                return 0
        return min(stock.available_now, stock.free - wanted)


def _set(values: dict[Path, Any], index: keys.Key) -> dict[Path, Any]:
    return {**values, **dict(index.items())}


def _about(sku: str, recipient: str) -> tuple[keys.Key, keys.Key, keys.Key]:
    """What decides whether somebody is told: what he asked for, whether his mailbox is closed, whether he has left."""
    return keys.subscription(sku, recipient), keys.mailbox(recipient), keys.left_mailbox(recipient)


def _round_from(item: Item | None) -> Round:
    if item is None:
        return Round()
    return Round(item["began"], item["mails"], item["version"], item.get("due"))


def _put_round(sku: str, before: Round, after: Round) -> Put:
    """The round as it is from now on, in place of what was read."""
    index = {} if after.due is None else keys.due_subscribers(sku, after.due)
    item: Item = {"kind": "subscribers", **keys.subscriber_round(sku), **index, "began": after.began}
    item |= {"mails": after.mails, "version": after.version, "due": after.due}
    if before.version == 0:
        return Put(item, fresh=True)
    return Put(item, when="#version = :seen", values={"seen": before.version})
