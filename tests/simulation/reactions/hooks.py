"""Webhooks: every event reaches every webhook that takes it, signed, and not again once it was taken."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.kernel.clock import from_micros
from shared.webhooks.retries import PAUSES
from shared.webhooks.signing import signatures
from tests.simulation import waiting
from tests.simulation.integrator import Heard, Hook
from tests.simulation.reactions.kept import Kept, Violation, unsure
from tests.simulation.universe import Universe

_NOTED = ("delivered", "given_up", "replayed", "tried again")
STATES = (
    *(f"delivery {state}" for state in _NOTED),
    "webhook gone",
    *(f"endpoint answers {status}" for status in (204, 410, 500, 503, None)),
)
_REMEMBERED = timedelta(days=25)
"""Less than deliveries are kept for."""
_MISSED = timedelta(hours=2)
"""Long enough for the hourly look at what is due to have come twice."""


@dataclass(frozen=True)
class _Seen:
    """One webhook: its card, its deliveries by event key, and those that wait in the queue for their time."""

    hook: Hook
    card: dict[str, Any] | None
    records: dict[str, dict[str, Any]]
    waiting: set[str]
    unsure: timedelta
    at: datetime

    def is_untouched_since(self, at: datetime) -> bool:
        """Whether nobody changed it, and no 410 switched it off, from then on."""
        gone = [heard.at for heard in self.hook.endpoint.heard if heard.status == 410]
        return max([self.hook.settled, *gone]) < at


def reached(universe: Universe, kept: Kept) -> Iterator[str]:
    for record in kept["delivery"]:
        yield f"delivery {record['state']}"
        if record["tries"] > 1:
            yield "delivery tried again"
    for card in kept["webhook"]:
        if card.get("disabled_because"):
            yield "webhook gone"
    for hook in universe.memory.hooks.values():
        for heard in hook.endpoint.heard:
            yield f"endpoint answers {heard.status}"


def broken(universe: Universe, kept: Kept) -> Iterator[Violation]:
    on_the_way = set(waiting.deliveries(universe.world))
    for hook in universe.memory.hooks.values():
        seen = _seen(universe, kept, hook, on_the_way)
        yield from _reached_by_all(universe, seen)
        yield from _truly_delivered(seen)
        yield from _not_again(seen)
        yield from _signed(seen)
        yield from _switched_off(seen)
        yield from _replayed(seen)


def _seen(universe: Universe, kept: Kept, hook: Hook, on_the_way: Collection[tuple[str, str]]) -> _Seen:
    cards = [card for card in kept["webhook"] if card["webhook_id"] == hook.webhook_id]
    mine = [record for record in kept["delivery"] if record["pk"] == f"WD#{hook.webhook_id}"]
    return _Seen(
        hook,
        cards[0] if cards else None,
        {record["sk"].partition("#")[2]: record for record in mine},
        {key for webhook_id, key in on_the_way if webhook_id == hook.webhook_id},
        unsure(universe),
        universe.world.clock.now(),
    )


def _reached_by_all(universe: Universe, seen: _Seen) -> Iterator[Violation]:
    card, now = seen.card, universe.world.clock.now()
    if card is None or not card["enabled"]:
        return
    for event in universe.world.engine.events.published:
        about = event.envelope["detail"].get("metadata")
        if about is None or (card["types"] and about["type"] not in card["types"]):
            continue
        recent = seen.is_untouched_since(event.put_at) and event.put_at > now - _REMEMBERED
        if recent and about["id"] not in seen.records and about["id"] not in seen.waiting:
            yield "events_reach_webhooks", seen.hook.webhook_id, f"{about['type']} {about['id']} at {event.put_at}"


def _truly_delivered(seen: _Seen) -> Iterator[Violation]:
    """What stands in the log is what the endpoint did, and what is to be tried again waits for it."""
    taken = Counter(heard.event_id for heard in seen.hook.endpoint.heard if heard.status == 204)
    for key, record in seen.records.items():
        state, name = record["state"], f"{seen.hook.webhook_id} {key}"
        event = key.partition("@")[0]
        if state == "delivered" and not taken[event] and event not in seen.hook.taken_before:
            yield "delivered_was_taken", name, "the endpoint never took it"
        tried_out = record["tries"] == len(PAUSES) + 1 or record.get("status") == 410
        tried_at = from_micros(record["tried_at"]) - seen.unsure
        was_on = seen.card is not None and seen.card["enabled"] and seen.is_untouched_since(tried_at)
        if state in {"given_up", "replayed"} and was_on and not tried_out:
            yield "given_up_in_the_end", name, f"after {record['tries']} tries, answered {record.get('status')}"
        waits = key in seen.waiting or (record.get("gsi1pk") and from_micros(record["due"]) > seen.at - _MISSED)
        if state == "retrying" and seen.card and seen.is_untouched_since(tried_at) and not waits:
            yield "retries_wait", name, f"tried {record['tries']} times, and nothing is on its way"


def _not_again(seen: _Seen) -> Iterator[Violation]:
    """Once it is noted that somebody took an event, he gets it no more: but for a replay, which has a right to."""
    heard: dict[str, list[Heard]] = defaultdict(list)
    for one in seen.hook.endpoint.heard:
        heard[one.event_id].append(one)
    again = {key.partition("@")[0] for key in (*seen.records, *seen.waiting) if "@" in key}
    for key, record in seen.records.items():
        if record["state"] != "delivered" or key.partition("@")[0] in again:
            continue
        last = from_micros(record["tried_at"]) + seen.unsure
        late = [one.at for one in heard[key] if one.at > last]
        if late:
            yield "delivered_once", f"{seen.hook.webhook_id} {key}", f"noted at {last}, and sent again at {late[0]}"


def _signed(seen: _Seen) -> Iterator[Violation]:
    if seen.hook.unheard:
        return
    for heard in seen.hook.endpoint.heard:
        about = heard.event_id, int(heard.headers["webhook-timestamp"]), heard.body
        given = heard.headers["webhook-signature"].split()
        if not any(signatures([secret], *about) in given for secret in seen.hook.secrets):
            yield "requests_are_signed", seen.hook.webhook_id, f"{heard.event_id} at {heard.at}"


def _switched_off(seen: _Seen) -> Iterator[Violation]:
    """Once it is noted that an endpoint said that it is gone, it is sent nothing more, until its owner says otherwise."""
    for key, record in seen.records.items():
        at = from_micros(record["tried_at"])
        if record.get("status") != 410 or seen.hook.settled >= at - seen.unsure:
            continue
        late = [heard.at for heard in seen.hook.endpoint.heard if heard.at > at + seen.unsure]
        if late or (seen.card and seen.card["enabled"]):
            yield "gone_is_switched_off", f"{seen.hook.webhook_id} {key}", f"410 noted at {at}, sent at {late[:1]}"


def _replayed(seen: _Seen) -> Iterator[Violation]:
    """What a replay said that it sends again is noted under its name, or on its way."""
    for name, (events, asked_at) in seen.hook.replays.items():
        found = {key for key in (*seen.records, *seen.waiting) if key.endswith(f"@{name}")}
        if seen.card and seen.is_untouched_since(asked_at) and len(found) < events:
            yield "replays_are_sent", f"{seen.hook.webhook_id} {name}", f"told {events}, found {len(found)}"
