"""The trail of operators' actions: one partition in order of time, written once and never changed."""

from __future__ import annotations

from itertools import islice

from shared.aws import keys
from shared.aws.marshal import Item
from shared.aws.table import Put, Table
from shared.trail.model import Action


class TableTrail:
    """`shared.trail.model.Trail` on DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def note(self, action: Action) -> None:
        self._table.put_idempotent([action_put(action).item])

    def latest(self, after: str | None, limit: int) -> tuple[list[Action], str | None]:
        """The last actions, latest first, and where to go on (None: that was the first one ever)."""
        found = self._table.query(keys.ACTIONS, after=after, page=limit, backwards=True)
        items = list(islice(found, limit))
        return [_action_from(item) for item in items], items[-1]["sk"] if len(items) == limit else None


def action_put(action: Action) -> Put:
    """The write of an action, to go with what it did."""
    item: Item = {"kind": "action", **keys.action(action.at, action.key)}
    item |= {"actor": action.actor, "what": action.what, "about": action.about, "detail": dict(action.detail)}
    if action.reason:
        item["reason"] = action.reason
    return Put(item, fresh=True)


def _action_from(item: Item) -> Action:
    at, key = keys.parse_action(item["sk"])
    return Action(at, key, item["actor"], item["what"], item["about"], item.get("reason", ""), item["detail"])
