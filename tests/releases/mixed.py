"""A seed of the simulation that is played in a shop which an earlier release left, in the middle of its work.

The items are there before the seed furnishes its own; the changes nobody had read and the messages on their way come
when things may already go wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from shared.audit.wire import plain
from shared.aws.marshal import item_from_wire
from shared.kernel.clock import from_micros
from tests.releases.revived import Frozen, before, key_of
from tests.simulation.ports.universe import MemoryUniverse
from tests.simulation.run import Outcome, run
from tests.simulation.subscriber import Wish
from tests.simulation.swarm import Plan

_LATER = timedelta(minutes=1)


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
        self._remember()
        rows = self.world.rows  # type: ignore[attr-defined]
        for change in self.shop["unread"]:
            new = change["new"]
            rows.commit(key_of(new or change["old"]), new and item_from_wire(new))
        for message in self.shop["messages"]:
            self._send(message)

    def _remember(self) -> None:
        """What the seed's client would know if it had been there: secrets, what endpoints took, who asked to be told."""
        for item in (plain(one) for one in self.shop["items"]):
            kind, hook = item.get("kind"), self.memory.hooks.get(item["sk"])
            if kind == "webhook" and hook is not None:
                hook.secrets |= {secret for secret, _ in item["keys"]}
            elif kind == "delivery" and item["state"] == "delivered":
                owner = self.memory.hooks.get(item["pk"].partition("#")[2])
                if owner is not None:
                    owner.taken_before.add(item["sk"].partition("#")[2].partition("@")[0])
            elif kind == "subscription":
                asked_at = from_micros(item["subscribed_at"])
                self.memory.wishes.append(Wish(item["sku"], item["recipient"], asked_at, asked_at, made=True))

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
