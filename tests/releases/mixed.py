"""A seed of the simulation that is played in a shop which an earlier release left, in the middle of its work.

The items are there before the seed furnishes its own; the changes nobody had read and the messages on their way come
when things may already go wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from shared.aws.marshal import item_from_wire
from tests.releases.revived import Frozen, before, key_of
from tests.simulation.ports.universe import MemoryUniverse
from tests.simulation.run import Outcome, run
from tests.simulation.swarm import Plan

_LATER = timedelta(minutes=1)
_NOT_HERE = {"deliver-webhooks", "record-mail-outcomes"}  # this mode has no receivers, and nobody reports on mails


def played(plan: Plan, shop: Frozen) -> Outcome:
    """The seed, from when the shop was taken down at the earliest."""
    start = max(plan.start, datetime.fromisoformat(shop["at"]) + _LATER)
    kind = type("MixedUniverse", (_MixedUniverse,), {"shop": shop})
    return run(replace(plan, start=start), kind=kind)


class _MixedUniverse(MemoryUniverse):
    shop: Frozen

    def build(self) -> None:
        super().build()
        rows = self.world.rows  # type: ignore[attr-defined]
        hear, rows._on_change = rows._on_change, lambda _old, _new: None
        for key, item in before(self.shop).items():
            rows.commit(key, item_from_wire(item))
        rows._on_change = hear
        for tags in _mailed(self.shop):
            self.world.engine.ses.mailbox.append({"tags": tags})

    def __post_init__(self) -> None:
        super().__post_init__()
        rows = self.world.rows  # type: ignore[attr-defined]
        for change in self.shop["unread"]:
            new = change["new"]
            rows.commit(key_of(new or change["old"]), new and item_from_wire(new))
        for message in self.shop["messages"]:
            if message["queue"] not in _NOT_HERE:
                self._send(message)

    def _send(self, message: Frozen) -> None:
        fifo: dict[str, Any] = {}
        if message["queue"].endswith(".fifo"):
            fifo = {"MessageGroupId": message["group"], "MessageDeduplicationId": f"old-{id(message)}"}
        self.world.send(message["queue"], message["body"], MessageAttributes=message["attributes"], **fifo)


def _mailed(shop: Frozen) -> Iterator[dict[str, str]]:
    """The tags of the mails that left before: the questions at the end count the mails of each notice."""
    orders = {item["pk"]["S"]: item["id"]["S"] for item in shop["items"] if item["sk"]["S"] == "HEAD" and "id" in item}
    for item in shop["items"]:
        if item.get("state") == {"S": "sent"} and "mail_kind" in item:
            yield {"kind": item["mail_kind"]["S"], "backorder_id": orders[item["pk"]["S"]]}
