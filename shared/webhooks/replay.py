"""Send events of the past again, to one webhook: what was given up, or everything.

A replay has a name. What it sends are deliveries of their own, recognised by that name, so that the same replay asked
for twice delivers once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.kernel.clock import micros
from shared.kernel.errors import Conflict
from shared.webhooks.deliver import Delivery
from shared.webhooks.log import Record
from shared.webhooks.model import Webhook
from shared.webhooks.ports import DeliveryLog

MOST = 1_000
"""Events of one request: some three seconds of sending."""

_BATCH = 100
_MOST_LOOKED_AT = 10 * MOST

Which = Literal["given_up", "all"]


@dataclass(frozen=True)
class Wanted:
    """Events that happened from `since` up to `until`; those that were given up, or all."""

    since: datetime
    until: datetime
    which: Which


@dataclass(frozen=True)
class Replayed:
    """How many events were sent again; `more_since` (microseconds) is where to go on, None if that was all."""

    events: int
    more_since: int | None = None


def replay(
    webhook: Webhook,
    wanted: Wanted,
    name: str,
    *,
    log: DeliveryLog,
    send: Callable[[Sequence[Delivery]], object],
) -> Replayed:
    """Send them again, oldest first. Raises Conflict if the webhook is switched off: everything would be dropped.

    They are on their way before they are marked, so that a crash in between repeats a delivery, which is recognised,
    and loses none. A request ends at a change of time, so that the next one begins with what it left out.
    """
    if not webhook.enabled:
        raise Conflict("the webhook is switched off: nothing would be delivered")
    if wanted.since >= wanted.until:  # until before what is kept
        return Replayed(0, None)
    records = log.between(webhook.webhook_id, micros(wanted.since), micros(wanted.until))
    chosen, more = _choose(webhook, wanted, name, records)
    for start in range(0, len(chosen), _BATCH):
        batch = chosen[start : start + _BATCH]
        send([Delivery(webhook.webhook_id, record.event, replay=name) for record in batch])
        for record in batch:
            if record.state == "given_up":
                log.mark_replayed(webhook.webhook_id, record, name)
    return Replayed(len(chosen), more)


def _choose(webhook: Webhook, wanted: Wanted, name: str, records: Iterable[Record]) -> tuple[list[Record], int | None]:
    chosen: list[Record] = []
    last = None
    for looked_at, record in enumerate(records):
        if (len(chosen) >= MOST or looked_at >= _MOST_LOOKED_AT) and record.at != last:
            return chosen, record.at
        last = record.at
        if webhook.takes(record.type) and _wanted(record, wanted.which, name):
            chosen.append(record)
    return chosen, None


def _wanted(record: Record, which: Which, name: str) -> bool:
    if which == "all":
        return not record.replay
    return record.state == "given_up" or record.replayed_by == name
