"""Queue deliver-webhooks -> an event of the bus is spread over the webhooks; a delivery is one HTTP request."""

from __future__ import annotations

from functools import cache
from typing import Any

from shared.aws.deliveries_store import TableDeliveries, later, read_delivery
from shared.aws.queues import send_all
from shared.aws.webhook_store import TableWebhooks
from shared.kernel import clock
from shared.outgoing.network import post
from shared.runtime import environment, telemetry
from shared.runtime.batches import run_batch
from shared.runtime.container import container
from shared.webhooks.deliver import Courier, Outcome, spread
from shared.webhooks.model import Webhook


@telemetry.entry
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    wired, now = container(), clock.now()
    store = TableWebhooks(wired.table)
    queue_url = wired.environment[environment.DELIVER_WEBHOOKS_QUEUE_URL]

    @cache
    def webhooks() -> list[Webhook]:
        return store.webhooks()

    courier = Courier(
        store=store,
        deliveries=TableDeliveries(wired.table, now),
        post=post,
        later=lambda delivery: send_all(queue_url, [later(delivery, now)]),
        now=now,
    )

    def on_message(body: dict[str, Any]) -> None:
        if "detail" in body:
            found = spread(body["detail"], body.get("replay-name", ""), webhooks())
            send_all(queue_url, [later(delivery, now) for delivery in found])
            return
        outcome = courier.deliver(read_delivery(body))
        telemetry.count("WebhooksDelivered", int(outcome is Outcome.DELIVERED))
        telemetry.count("WebhooksFailed", int(outcome is Outcome.GAVE_UP))

    return run_batch(event, on_message, context)
