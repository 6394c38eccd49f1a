"""Routes of the outgoing webhooks."""

from __future__ import annotations

from shared.aws.webhook_store import TableWebhooks
from shared.contracts.webhooks import PutWebhook, WebhookList, WebhookView
from shared.kernel import clock, ids
from shared.runtime.http import Answer, Call, O, etag, link, operation
from shared.trail.model import ChangedBy
from shared.webhooks import put
from shared.webhooks.signing import PREFIX

_PATH = "/v1/webhooks/{id}"


@operation(
    "PUT",
    _PATH,
    scopes=O,
    summary="Create or replace a webhook, or give it another secret",
    body=PutWebhook,
    answers={200: WebhookView, 201: WebhookView},
)
def put_webhook(call: Call) -> Answer:
    """The secret is in the answer that made it and nowhere else; who lost that answer rotates."""
    written = put.put_webhook(
        call.body.to_webhook(call.path["id"]),
        rotate=call.body.rotate_secret,
        expected=call.if_match,
        by=_by(call),
        store=TableWebhooks(call.container.table),
        now=clock.now(),
        new_secret=lambda: PREFIX + ids.secret(),
    )
    if not written.created or written.secret is None:
        return _answer(written)
    location = {"Location": link(_PATH, id=written.webhook.webhook_id)}
    return Answer(WebhookView.of(written), 201, _etag(written) | location)


@operation("GET", "/v1/webhooks", scopes=O, summary="All webhooks, without their secrets", answers={200: WebhookList})
def list_webhooks(call: Call) -> Answer:
    found = TableWebhooks(call.container.table).webhooks()
    return Answer(WebhookList(items=[WebhookView.of(put.Written(one)) for one in found]))


@operation("GET", _PATH, scopes=O, summary="A webhook, without its secret", answers={200: WebhookView})
def get_webhook(call: Call) -> Answer:
    return _answer(put.Written(put.found(call.path["id"], TableWebhooks(call.container.table))))


@operation(
    "DELETE",
    _PATH,
    scopes=O,
    summary="Remove a webhook; the answer is what it was",
    answers={200: WebhookView},
)
def delete_webhook(call: Call) -> Answer:
    """What is on its way there is dropped."""
    store = TableWebhooks(call.container.table)
    return _answer(put.Written(put.delete_webhook(call.path["id"], expected=call.if_match, by=_by(call), store=store)))


def _by(call: Call) -> ChangedBy:
    return ChangedBy(call.caller.actor, "", clock.micros(clock.now()), ids.digest(call.trace_id))


def _answer(written: put.Written) -> Answer:
    return Answer(WebhookView.of(written), headers=_etag(written))


def _etag(written: put.Written) -> dict[str, str]:
    return {"ETag": etag(written.webhook.version)}
