"""Webhooks in the table: a handful of items in one partition, read together for every batch of events."""

from __future__ import annotations

from dataclasses import asdict

from shared.aws import keys
from shared.aws.marshal import Item
from shared.aws.table import ConditionLost, Delete, Put, Table, Write
from shared.aws.trail_store import action_put
from shared.kernel.errors import PreconditionFailed
from shared.trail.model import Action
from shared.webhooks.model import Key, Webhook


class TableWebhooks:
    """`shared.webhooks.ports.WebhookStore` on DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def webhook(self, webhook_id: str) -> Webhook | None:
        item = self._table.get(keys.webhook(webhook_id))
        return None if item is None else _from(item)

    def webhooks(self) -> list[Webhook]:
        return [_from(item) for item in self._table.query(keys.WEBHOOKS)]

    def write(self, webhook: Webhook, *, expected: int, action: Action | None = None) -> None:
        item = _item(webhook)
        put = Put(item, fresh=True) if expected == 0 else Put(item, when="#version = :is", values={"is": expected})
        self._commit([put, action_put(action)] if action else [put])

    def delete(self, webhook_id: str, *, expected: int, action: Action) -> None:
        gone = Delete(keys.webhook(webhook_id), when="#version = :is", values={"is": expected})
        self._commit([gone, action_put(action)])

    def _commit(self, writes: list[Write]) -> None:
        try:
            self._table.transact(writes)
        except ConditionLost as lost:
            raise PreconditionFailed("the webhook has been changed in between") from lost


def _item(webhook: Webhook) -> Item:
    values = asdict(webhook)
    return {
        "kind": "webhook",
        **keys.webhook(webhook.webhook_id),
        **{name: value for name, value in values.items() if value is not None},
        "types": list(webhook.types),
        "keys": [[key.secret, key.until] for key in webhook.keys],
    }


def _from(item: Item) -> Webhook:
    return Webhook(
        webhook_id=item["webhook_id"],
        url=item["url"],
        types=tuple(item["types"]),
        enabled=item["enabled"],
        disabled_because=item.get("disabled_because"),
        keys=tuple(Key(secret, until) for secret, until in item["keys"]),
        version=item["version"],
    )
