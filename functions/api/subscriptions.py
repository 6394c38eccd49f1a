"""Routes of those who only ask to be told when an item is there again, and of the page where they take it back."""

from __future__ import annotations

from functions.api.backorders import REPLAYED
from shared.aws.notices_store import TableNotices
from shared.aws.subscription_store import TableSubscriptions
from shared.contracts.subscriptions import OneClickForm, SubscriptionBody, SubscriptionView
from shared.kernel import clock
from shared.notifications.language import language
from shared.runtime import links, telemetry
from shared.runtime.forms import FORM, MULTIPART, read_one_click
from shared.runtime.http import PUBLIC, Answer, Call, S, operation
from shared.runtime.pages import page, visitors_language
from shared.subscriptions.model import parse_subscriber_id
from shared.subscriptions.subscribe import subscribe, unsubscribe


@operation(
    "POST",
    "/v1/items/{sku}/subscriptions",
    scopes=S,
    summary="Tell somebody once when the item is there again",
    body=SubscriptionBody,
    answers={201: SubscriptionView, 200: SubscriptionView},
)
def subscribe_to_item(call: Call) -> Answer:
    body: SubscriptionBody = call.body
    command = body.command(call.path["sku"], call.caller.client, call.idempotency_key or "")
    done = subscribe(command, store=TableSubscriptions(call.container.table), now=clock.now())
    view = SubscriptionView.of(done.subscription, body.email)
    if done.replayed:
        return Answer(view, 201 if done.same_key else 200, REPLAYED if done.same_key else {})
    telemetry.log("subscribed", sku=command.sku)
    telemetry.count("WaitJoins")
    return Answer(view, 201)


@operation(
    "GET",
    "/u/{token}",
    scopes=PUBLIC,
    summary="The page where somebody asks for no more mails about items that are there again; changes nothing",
    answers={200: None},
    html=True,
)
def subscription_page(call: Call) -> Answer:
    return _shown(call, *_opened(call), done=False)


@operation(
    "POST",
    "/u/{token}",
    scopes=PUBLIC,
    summary="No more mails about items that are there again: by the page, or one click in a mail program (RFC 8058)",
    body=OneClickForm,
    answers={200: None},
    media=(FORM, MULTIPART),
    html=True,
)
def leave_by_one_click(call: Call) -> Answer:
    """As often as you like; neither a login, a cookie nor a second page is needed."""
    sku, recipient = _opened(call)
    read_one_click(call)
    page_ = _shown(call, sku, recipient, done=True)
    left = unsubscribe(sku, recipient, call.trace_id, store=TableSubscriptions(call.container.table), now=clock.now())
    telemetry.log("unsubscribed", sku=sku)
    telemetry.count("WaitLeaves", int(left))
    return page_


def _opened(call: Call) -> tuple[str, str]:
    """(sku, recipient) that the link names; BadLink when it is none of ours."""
    return parse_subscriber_id(links.opened(call.container, "subscriber", call.path["token"], clock.now()))


def _shown(call: Call, sku: str, recipient: str, *, done: bool) -> Answer:
    """The page. The subscription may be over, or forgotten: it says the same then."""
    table = call.container.table
    found = TableSubscriptions(table).find(sku, recipient)
    words = language(found.locale) if found else visitors_language(call.headers)
    name = TableNotices(table).describe([sku]).get(sku, "").strip()
    return page(
        "subscription", words, {"contact": call.container.settings().contact, "item": name or sku, "done": done}
    )
