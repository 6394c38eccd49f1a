"""Webhooks on the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from shared.contracts.common import Instant, Model, WrongAt, iso
from shared.contracts.events import TYPES
from shared.webhooks.addresses import MAX_URL
from shared.webhooks.log import Record, State
from shared.webhooks.model import Webhook
from shared.webhooks.put import Written
from shared.webhooks.replay import Replayed, Which


def _known(type_: str) -> str:
    if type_ not in TYPES:
        raise ValueError("must be a type of event such as backorder.recorded")
    return type_


def _unique(types: list[str]) -> list[str]:
    if len(set(types)) < len(types):
        raise ValueError("must not name anything twice")
    return types


EventType = Annotated[str, AfterValidator(_known), Field(json_schema_extra={"enum": list(TYPES)})]


class PutWebhook(Model):
    """Where events go."""

    url: Annotated[str, Field(min_length=1, max_length=MAX_URL, description="public https address, port 443")]
    types: Annotated[list[EventType], AfterValidator(_unique), Field(min_length=1, max_length=len(TYPES))] | None = (
        Field(None, description="which events; null is all")
    )
    enabled: bool = Field(True, description="false drops events instead of sending them")
    rotate_secret: bool = Field(
        False, description="make another secret; the present one goes on signing beside it for 24 hours"
    )

    def to_webhook(self, webhook_id: str) -> Webhook:
        return Webhook(webhook_id, self.url, tuple(sorted(self.types or ())), self.enabled)


class WebhookView(Model):
    """A webhook as stored. Its secret is shown once, by the answer to the request that made it."""

    webhook_id: str
    url: str
    types: list[str] | None
    enabled: bool
    disabled_because: str | None = Field(description="`gone`: the address answered 410, which switched it off")
    old_secret_until: str | None = Field(description="until when a secret before the last also signs")
    secret: str | None = Field(description="`whsec_` and Base64, only when it was just made; else null")
    version: int

    @classmethod
    def of(cls, written: Written) -> WebhookView:
        webhook = written.webhook
        old = [key.until for key in webhook.keys if key.until is not None]
        return cls(
            webhook_id=webhook.webhook_id,
            url=webhook.url,
            types=list(webhook.types) or None,
            enabled=webhook.enabled,
            disabled_because=webhook.disabled_because,
            old_secret_until=iso(max(old)) if old else None,
            secret=written.secret,
            version=webhook.version,
        )


class WebhookList(Model):
    """All webhooks: there are twenty at most, so there is never a next page."""

    items: list[WebhookView]
    next_cursor: None = None


class DeliveryView(Model):
    """What became of one event at one webhook."""

    event_id: str = Field(description="the `webhook-id` of its requests")
    type: str
    time: str | None = Field(description="when it happened")
    status: State = Field(description="`replayed`: it had been given up and was sent again, as a delivery of its own")
    tries: int
    http_status: int | None = Field(description="of the last answer; null if there was none")
    tried_at: str | None = Field(description="when it was last tried")
    next_try_at: str | None = Field(description="not before then it is tried again; null if it is not")
    replay: str | None = Field(description="the replay that sent it, if one did")

    @classmethod
    def of(cls, record: Record) -> DeliveryView:
        return cls(
            event_id=record.event_id,
            type=record.type,
            time=iso(record.at),
            status=record.state,
            tries=record.tries,
            http_status=record.status,
            tried_at=iso(record.tried_at),
            next_try_at=iso(record.due) if record.due else None,
            replay=record.replay or None,
        )


class DeliveryPage(Model):
    """Deliveries, the latest event first; of one status, pages may be short."""

    items: list[DeliveryView]
    next_cursor: str | None


class ReplayBody(Model):
    """Which events of the last 30 days are sent again."""

    since: Instant | None = Field(None, description="events that happened from then on; null is 30 days ago")
    until: Instant | None = Field(None, description="events that happened before; null is now")
    which: Which = Field("given_up", description="those that nobody took in three days of trying, or all")

    @model_validator(mode="after")
    def _in_order(self) -> ReplayBody:
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise WrongAt("must be later than since", "until")
        return self


class ReplayView(Model):
    """What is on its way again, under the same event ids."""

    replay: str = Field(description="its name, which its deliveries bear")
    events: int
    more_since: str | None = Field(description="send another request from there on; null if that was all")

    @classmethod
    def of(cls, name: str, done: Replayed) -> ReplayView:
        return cls(replay=name, events=done.events, more_since=iso(done.more_since))
