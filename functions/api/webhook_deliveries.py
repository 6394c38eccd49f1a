"""Routes: what became of a webhook's deliveries, and sending them again."""

from __future__ import annotations

from functools import partial
from itertools import islice

from shared.aws.deliveries_store import KEPT, TableDeliveries, later
from shared.aws.queues import send_all
from shared.aws.trail_store import TableTrail
from shared.aws.webhook_store import TableWebhooks
from shared.contracts.webhooks import DeliveryPage, DeliveryView, ReplayBody, ReplayView
from shared.kernel import clock, ids
from shared.runtime import environment, telemetry
from shared.runtime.http import Answer, Call, O, operation
from shared.runtime.idempotency import answer_once
from shared.runtime.queries import choice, page
from shared.trail.model import Action
from shared.webhooks import put
from shared.webhooks.log import STATES
from shared.webhooks.replay import Wanted, replay

_LOOKED_AT = 500  # of a list by state: a page ends there, short or even empty


@operation(
    "GET",
    "/v1/webhooks/{id}/deliveries",
    scopes=O,
    summary="What became of the events of the last 30 days at a webhook, the latest first",
    answers={200: DeliveryPage},
    query=("status", "limit", "cursor"),
)
def deliveries(call: Call) -> Answer:
    """An event appears once it was tried. Behind a cursor come older events only, whatever happened since."""
    state, asked = choice(call, "status", STATES), page(call)
    put.found(call.path["id"], TableWebhooks(call.container.table))
    log = TableDeliveries(call.container.table, clock.now())
    after = str(asked.after["at"]) if asked.after else None
    found: list[DeliveryView] = []
    position, looked_at = None, 0
    size = _LOOKED_AT if state else asked.limit
    for position, record in islice(log.newest(call.path["id"], after=after, page=size), size):  # noqa: B007
        looked_at += 1
        if state in {None, record.state}:
            found.append(DeliveryView.of(record))
        if len(found) == asked.limit:
            break
    ended = looked_at < size and len(found) < asked.limit
    cursor = None if ended or position is None else asked.cursor({"at": position})
    return Answer(DeliveryPage(items=found, next_cursor=cursor))


@operation(
    "POST",
    "/v1/webhooks/{id}/replay",
    scopes=O,
    summary="Send events of the last 30 days to a webhook again: those that were given up, or all",
    body=ReplayBody,
    answers={202: ReplayView},
)
def send_again(call: Call) -> Answer:
    """Under the same event ids, with three days of tries. Events of a type that the webhook no longer takes are left
    out; so is what is still being tried, unless all are asked for. At most about a thousand a request."""
    return answer_once(call, partial(_send_again, call))


def _send_again(call: Call) -> Answer:
    body: ReplayBody = call.body
    table, now = call.container.table, clock.now()
    webhook = put.found(call.path["id"], TableWebhooks(table))
    since, until = body.since or now - KEPT, body.until or now + clock.DAY
    name = ids.digest(webhook.webhook_id, call.caller.client, call.idempotency_key or "")
    queue = call.container.environment[environment.DELIVER_WEBHOOKS_QUEUE_URL]
    done = replay(
        webhook,
        Wanted(since, until, body.which),
        name,
        log=TableDeliveries(table, now),
        send=lambda batch: send_all(queue, [later(delivery, now) for delivery in batch]),
    )
    asked = {"which": body.which, "since": since.isoformat(), "until": until.isoformat(), "events": done.events}
    action = Action(clock.micros(now), name, call.caller.actor, "replay", webhook.webhook_id, detail=asked)
    TableTrail(table).note(action)
    telemetry.log("webhook_replayed", count=done.events)
    return Answer(ReplayView.of(name, done).model_dump(), 202)
