"""Subscriptions in the table: one item each, in an index while they wait. What is over keeps no address."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from shared.aws import keys
from shared.aws.marshal import Item
from shared.aws.table import ConditionLost, Put, Table, Update
from shared.backorders.ports import Stale
from shared.kernel.errors import NotFound
from shared.subscriptions.model import ENDED_KEPT, KEPT, Leaving, Subscription

_FIELDS = (
    *("sku", "recipient", "email", "locale", "country", "by", "subscribed_at", "request_key", "digest", "state"),
    "after",
)
_INDEX = ("gsi1pk", "gsi1sk")
_SECOND = 1_000_000


class TableSubscriptions:
    """`shared.subscriptions.ports.Subscribing` on DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def watch(self, sku: str) -> None:
        """The mark on the counters is never taken away: it costs whoever has no subscribers any more one look."""
        counters = self._table.get(keys.stock(sku))
        if counters is None:
            raise NotFound("there is no such item")
        if not counters.get("subscribed"):
            self._table.write(Update(keys.stock(sku), set={"subscribed": True}, when="attribute_exists(pk)"))

    def find(self, sku: str, recipient: str) -> Subscription | None:
        item = self._table.get(keys.subscription(sku, recipient))
        return subscription_from(item) if item else None

    def write(self, wanted: Subscription, over: Subscription | None) -> None:
        item = subscription_item(wanted)
        put = Put(item, fresh=True)
        if over is not None:
            seen = {"state": over.state, "at": over.subscribed_at}
            put = Put(item, when="#state = :state AND #subscribed_at = :at", values=seen)
        try:
            self._table.write(put)
        except ConditionLost as lost:
            raise Stale from lost

    def left(self, recipient: str) -> Leaving | None:
        return leaving_from(self._table.get(keys.left_mailbox(recipient)))

    def leave(self, recipient: str, leaving: Leaving) -> None:
        ttl = leaving.at // _SECOND + int(KEPT.total_seconds())
        item = {"kind": "left", **keys.left_mailbox(recipient), "at": leaving.at, "mark": leaving.mark, "ttl": ttl}
        with contextlib.suppress(ConditionLost):  # noted already: the answer to it was lost
            when = "attribute_not_exists(#mark) OR #mark <> :mark"
            self._table.write(Put(item, when=when, values={"mark": leaving.mark}))

    def end(self, sku: str, recipient: str, at: int) -> bool:
        try:
            self._table.write(over(sku, recipient, "ended", at, "attribute_exists(pk) AND #state <> :to", {}))
        except ConditionLost:
            return False
        return True


def subscription_item(one: Subscription) -> Item:
    return {
        "kind": "subscription",
        **keys.subscription(one.sku, one.recipient),
        **keys.waiting_subscriber(one.sku, one.place, one.recipient),
        **{name: getattr(one, name) for name in (*_FIELDS, "place")},
        "ttl": one.expires_at // _SECOND,
    }


def subscription_from(item: Item) -> Subscription:
    values = {name: item[name] for name in _FIELDS if name in item}
    return Subscription(**{"email": "", "country": None, **values}, place=item["place"])


def leaving_from(item: Item | None) -> Leaving | None:
    """Leavings of earlier releases have no mark: their time is it."""
    return Leaving(item.get("mark", str(item["at"])), item["at"]) if item else None


def over(sku: str, recipient: str, state: str, at: int, when: str, values: Mapping[str, Any]) -> Update:
    """The end of a subscription in that state; it is forgotten altogether after a while."""
    ttl = (at + ENDED_KEPT // timedelta(microseconds=1)) // _SECOND
    return Update(
        keys.subscription(sku, recipient),
        set={"state": state, "ended_at": at, "ttl": ttl},
        remove=(*_INDEX, "email"),
        when=when,
        values={**values, "to": state},
    )
