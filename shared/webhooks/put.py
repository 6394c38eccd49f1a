"""Create, change, rotate or remove a webhook."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from shared.kernel import ids
from shared.kernel.errors import Conflict, NotFound, PreconditionFailed
from shared.trail.model import Action, ChangedBy
from shared.webhooks.addresses import check_url
from shared.webhooks.model import MOST_KEYS, MOST_WEBHOOKS, Webhook
from shared.webhooks.ports import WebhookStore

_TRIES = 3
_TOLD = ("url", "types", "enabled", "disabled_because")


@dataclass(frozen=True)
class Written:
    """The webhook as it is now; `secret` only if one was made for it."""

    webhook: Webhook
    secret: str | None = None

    @property
    def created(self) -> bool:
        return self.webhook.version == 1


def put_webhook(
    wanted: Webhook,
    *,
    rotate: bool,
    expected: int | None,
    by: ChangedBy,
    store: WebhookStore,
    now: datetime,
    new_secret: Callable[[], str],
) -> Written:
    """Store `wanted` (its keys and version count for nothing). A new webhook gets a key; `rotate` gives it another.

    The same again changes nothing. `expected` is the version the client has read, if it says so.
    Raises Invalid for an address that may not be used, Conflict for too many webhooks or keys, PreconditionFailed.
    The trail says what was changed, in the same transaction.
    """
    check_url(wanted.url)
    for left in reversed(range(_TRIES)):
        current = store.webhook(wanted.webhook_id)
        _match(current, expected)
        written = _written(wanted, current, rotate, now, new_secret)
        if written.webhook is current:
            return written
        if current is None and len(store.webhooks()) >= MOST_WEBHOOKS:
            raise Conflict(f"there are {MOST_WEBHOOKS} webhooks already; delete one first")
        try:
            action = _action(wanted.webhook_id, by, current, written.webhook, rotated=written.secret is not None)
            store.write(written.webhook, expected=current.version if current else 0, action=action)
        except PreconditionFailed:
            if store.webhook(wanted.webhook_id) == written.webhook:
                return written  # our own write, of which only the answer was lost: its secret must still be shown
            if not left or expected is not None:
                raise
            continue
        return written
    raise PreconditionFailed("the webhook keeps changing; read it again")


def delete_webhook(webhook_id: str, *, expected: int | None, by: ChangedBy, store: WebhookStore) -> Webhook:
    """Remove it; what is on its way there is dropped. Raises NotFound, PreconditionFailed."""
    current = found(webhook_id, store)
    _match(current, expected)
    store.delete(webhook_id, expected=current.version, action=_action(webhook_id, by, current, None))
    return current


def found(webhook_id: str, store: WebhookStore) -> Webhook:
    """The webhook of this id. Raises NotFound."""
    webhook = store.webhook(webhook_id)
    if webhook is None:
        raise NotFound("there is no webhook of this id")
    return webhook


def _action(
    webhook_id: str, by: ChangedBy, before: Webhook | None, after: Webhook | None, *, rotated: bool = False
) -> Action:
    """What changed, for the trail; of keys only that there is a new one."""
    changed: dict[str, Any] = {"new_secret": True} if rotated else {}
    for name in _TOLD:
        was, now = getattr(before, name, None), getattr(after, name, None)
        if was != now:
            changed[name] = {"before": was, "after": now}
    key = ids.digest(by.key, webhook_id, str(after.version) if after else "")  # one request may need several tries
    return Action(by.at, key, by.actor, "webhook", webhook_id, by.reason, changed)


def _match(current: Webhook | None, expected: int | None) -> None:
    if expected is not None and expected != (current.version if current else 0):
        raise PreconditionFailed("the webhook has changed since; read it again")


def _written(
    wanted: Webhook, current: Webhook | None, rotate: bool, now: datetime, new_secret: Callable[[], str]
) -> Written:
    if current is None:
        secret = new_secret()
        return Written(replace(wanted, version=1, keys=()).with_key(secret, now), secret)
    new = replace(wanted, version=current.version + 1, keys=current.keys)
    if not rotate:
        same = not current.disabled_because and replace(new, version=current.version) == current
        return Written(current if same else new)
    if len(current.live_keys(now)) >= MOST_KEYS:
        raise Conflict(f"{MOST_KEYS} keys sign at present; the oldest ends within a day")
    secret = new_secret()
    return Written(new.with_key(secret, now), secret)
