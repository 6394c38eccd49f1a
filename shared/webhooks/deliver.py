"""Deliver one event to one webhook: at least once, under the same id however often, and in the end given up.

A delivery carries how many tries were made before it. What comes twice is recognised by that number: the table knows
how many tries have ended, and a delivery that is behind it is somebody else's yesterday. The next try soon is a message
that waits in the queue; a later one stands in the log, and whoever looks every hour sends its message in time.
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
from shared.webhooks.retries import A_WHILE, pause
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


def tries_due(deliveries: Deliveries, now: datetime) -> Iterator[Delivery]:
    """What has to be tried again before anybody looks next, as deliveries that wait until they are due."""
    for webhook_id, record in deliveries.due(clock.micros(now) + A_WHILE * _SECOND):
        yield Delivery(webhook_id, record.event, record.tries, record.due, record.replay)


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
        if self.deliveries.tries(delivery.webhook_id, delivery.at, delivery.event_key) > delivery.tries:
            return Outcome.DROPPED
        if webhook is None or not webhook.enabled:
            if delivery.tries:  # what was begun ends, so that it can be replayed once the webhook is on again
                given_up = self._ended(delivery, Outcome.GAVE_UP)
                self.deliveries.note(delivery.webhook_id, delivery.event_key, given_up)
            return Outcome.DROPPED
        if delivery.due > clock.micros(self.now):
            self.later(delivery)
            return Outcome.LATER
        status = self.post(webhook.url, *request(webhook, delivery.event, self.now))
        outcome, wait = self._judge(webhook, delivery, status)
        ended = self._ended(delivery, outcome, status, wait)
        if ended.due and not ended.waits_here:
            self.later(replace(delivery, tries=ended.tries, due=ended.due))
        self.deliveries.note(delivery.webhook_id, delivery.event_key, ended)
        return outcome

    def _ended(self, delivery: Delivery, outcome: Outcome, status: int | None = None, wait: int = 0) -> Record:
        tried = clock.micros(self.now)
        due = tried + wait * _SECOND if wait else 0
        tries = delivery.tries + 1
        return Record(delivery.event, delivery.at, _STATES[outcome], tries, status, tried, due, delivery.replay)

    def _judge(self, webhook: Webhook, delivery: Delivery, status: int | None) -> tuple[Outcome, int]:
        """What an answer means, and in how many seconds it is tried again."""
        if status is not None and status // 100 == 2:
            return Outcome.DELIVERED, 0
        if status == _GONE:
            self._disable(webhook)
            return Outcome.GAVE_UP, 0
        wait = pause(delivery.tries + 1)
        return (Outcome.GAVE_UP, 0) if wait is None else (Outcome.LATER, wait)

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
