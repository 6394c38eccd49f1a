"""Deliver one event to one webhook: at least once, under the same id however often, and in the end given up.

A delivery carries how many tries were made before it. What comes twice is recognised by that number: the table knows
how many tries have ended, and a delivery that is behind it is somebody else's yesterday.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any

from shared.kernel import clock
from shared.kernel.errors import PreconditionFailed
from shared.webhooks.log import Record, State
from shared.webhooks.model import GONE, Webhook
from shared.webhooks.ports import Deliveries, Post, WebhookStore
from shared.webhooks.retries import pause
from shared.webhooks.signing import signatures

_GONE = 410
_SECOND = 1_000_000


class Outcome(Enum):
    DELIVERED = "delivered"
    LATER = "later"
    GAVE_UP = "gave up"
    DROPPED = "dropped"


_STATES: dict[Outcome, State] = {
    Outcome.DELIVERED: "delivered",
    Outcome.LATER: "retrying",
    Outcome.GAVE_UP: "given_up",
}


@dataclass(frozen=True)
class Delivery:
    """An event (envelope of the bus) on its way to a webhook.

    tries   that were made before
    due     microseconds; not to be tried earlier
    replay  name of the replay that published the event again, else empty: a replay is delivered again
    """

    webhook_id: str
    event: dict[str, Any]
    tries: int = 0
    due: int = 0
    replay: str = ""

    @property
    def event_key(self) -> str:
        """What is delivered once per webhook."""
        event_id = str(self.event["metadata"]["id"])
        return f"{event_id}@{self.replay}" if self.replay else event_id

    @property
    def at(self) -> int:
        """When the event happened, in microseconds. Raises ValueError if it does not say."""
        return clock.micros(clock.parse_iso(self.event["metadata"]["time"]))


def spread(event: dict[str, Any], replay: str, webhooks: Iterable[Webhook]) -> Iterator[Delivery]:
    """One delivery for every webhook that takes the event."""
    for webhook in webhooks:
        if webhook.takes(event["metadata"]["type"]):
            yield Delivery(webhook.webhook_id, event, replay=replay)


@dataclass(frozen=True)
class Courier:
    """Whoever delivers: the stores, the network, and `later`, which takes a delivery until it is due."""

    store: WebhookStore
    deliveries: Deliveries
    post: Post
    later: Callable[[Delivery], object]
    now: datetime

    def deliver(self, delivery: Delivery) -> Outcome:
        """Try it, if it is due. The next try is on its way before this one counts as ended, so that a crash in
        between repeats a request but never loses one."""
        webhook = self.store.webhook(delivery.webhook_id)
        if webhook is None or not webhook.enabled:
            return Outcome.DROPPED
        if self.deliveries.tries(delivery.webhook_id, delivery.at, delivery.event_key) > delivery.tries:
            return Outcome.DROPPED
        if delivery.due > clock.micros(self.now):
            self.later(delivery)
            return Outcome.LATER
        status = self.post(webhook.url, *request(webhook, delivery.event, self.now))
        outcome = self._judge(webhook, delivery, status)
        tried, tries = clock.micros(self.now), delivery.tries + 1
        record = Record(delivery.event, delivery.at, _STATES[outcome], tries, status, tried, delivery.replay)
        self.deliveries.note(delivery.webhook_id, delivery.event_key, record)
        return outcome

    def _judge(self, webhook: Webhook, delivery: Delivery, status: int | None) -> Outcome:
        """What an answer means, and what follows from it."""
        if status is not None and status // 100 == 2:
            return Outcome.DELIVERED
        if status == _GONE:
            self._disable(webhook)
            return Outcome.GAVE_UP
        wait = pause(delivery.tries + 1)
        if wait is None:
            return Outcome.GAVE_UP
        self.later(replace(delivery, tries=delivery.tries + 1, due=clock.micros(self.now) + wait * _SECOND))
        return Outcome.LATER

    def _disable(self, webhook: Webhook) -> None:
        off = replace(webhook, enabled=False, disabled_because=GONE, version=webhook.version + 1)
        try:
            self.store.write(off, expected=webhook.version)
        except PreconditionFailed:
            # Changed meanwhile, perhaps because it had moved: what answered 410 is no longer what it says.
            return


def request(webhook: Webhook, event: dict[str, Any], now: datetime) -> tuple[dict[str, str], bytes]:
    """(headers, body) of one try. The body is the same at every try, the time and so the signature are not."""
    metadata = event["metadata"]
    payload = {
        "type": metadata["type"],
        "timestamp": metadata["time"],
        "version": metadata["version"],
        "data": event["data"],
    }
    body = json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()
    timestamp = clock.micros(now) // _SECOND
    secrets = [key.secret for key in webhook.live_keys(now)]
    headers = {
        "content-type": "application/json",
        "user-agent": "backorders",
        "webhook-id": metadata["id"],
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signatures(secrets, metadata["id"], timestamp, body),
    }
    return headers, body
