"""Webhooks on the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from shared.contracts.common import Model, iso
from shared.contracts.events import TYPES
from shared.webhooks.addresses import MAX_URL
from shared.webhooks.model import Webhook
from shared.webhooks.put import Written


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
