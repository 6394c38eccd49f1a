"""What webhooks need from the outside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from shared.trail.model import Action
from shared.webhooks.log import Record
from shared.webhooks.model import Webhook


class WebhookStore(Protocol):
    """The webhooks themselves."""

    def webhook(self, webhook_id: str) -> Webhook | None: ...

    def webhooks(self) -> list[Webhook]: ...

    def write(self, webhook: Webhook, *, expected: int, action: Action | None = None) -> None:
        """With the entry of the trail, or not at all. Raises PreconditionFailed if the stored version is not `expected`
        (0: nothing stored)."""

    def delete(self, webhook_id: str, *, expected: int, action: Action) -> None:
        """Raises PreconditionFailed likewise."""


class Deliveries(Protocol):
    """How far each (webhook, event) has come."""

    def tries(self, webhook_id: str, at: int, event_key: str) -> int:
        """Tries that have ended; 0 if none has. `at` is when the event happened, in microseconds."""

    def note(self, webhook_id: str, event_key: str, record: Record) -> None:
        """A try has ended. Nothing happens if as many are known already."""

    def due(self, until: int) -> Iterable[tuple[str, Record]]:
        """(webhook id, record) of what is to be tried again before that time (microseconds), the next one first."""


class DeliveryLog(Protocol):
    """What became of the deliveries of the last month."""

    def between(self, webhook_id: str, since: int, until: int) -> Iterable[Record]:
        """Of events that happened from `since` up to `until` (microseconds), oldest first."""

    def mark_replayed(self, webhook_id: str, record: Record, replay: str) -> None:
        """It was sent again by that replay. Nothing happens if it is no longer as it was."""


class Post(Protocol):
    """One HTTP request; the status, or None when there was no answer or the address is not a public one."""

    def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> int | None: ...
