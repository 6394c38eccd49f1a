"""Routes: record, read, list, cancel, amend and switch backorders."""

from __future__ import annotations

from functools import partial
from typing import Any

from shared.aws.changing_store import TableChangingStore
from shared.aws.recording_store import TableRecordingStore
from shared.aws.supply_reader import with_supply
from shared.backorders.amend import Amendment, amend_backorder
from shared.backorders.change import Asked, Changed, cancel_backorder, find_order, switch_line
from shared.backorders.lookup import OrderView
from shared.backorders.record import record_backorder
from shared.contracts.backorder_commands import record_command
from shared.contracts.backorder_views import backorder_view, units_view
from shared.contracts.backorders import (
    AmendBody,
    BackorderBody,
    BackorderView,
    CancelBody,
    CancelledView,
    SwitchBody,
    SwitchedView,
)
from shared.kernel import clock, ids
from shared.kernel.errors import Conflict, Forbidden, InProgress, Invalid
from shared.runtime import links, quote_tokens, telemetry
from shared.runtime.http import SO, Answer, Call, S, etag, operation
from shared.runtime.order_metrics import count_cancelled, count_recorded, count_refused

REPLAYED = {"Idempotency-Replayed": "true"}


def storefront_of(call: Call) -> str | None:
    """The storefront whose orders the caller may see; None for operators, who see all."""
    return None if call.caller.operations else call.caller.client


def asked(call: Call) -> Asked:
    """Who asks for which order to be changed, and how a repeat of it is recognised."""
    key = call.idempotency_key or f"{call.if_match}:{ids.body_digest(call.raw_body)}"
    digest = ids.body_digest([call.route, dict(call.path), call.raw_body])
    return Asked(call.path["id"], call.caller.actor, key, digest, storefront_of(call))


@operation(
    "POST",
    "/v1/backorders",
    scopes=S,
    summary="Record an order whose lines may have to wait",
    body=BackorderBody,
    answers={201: BackorderView, 200: BackorderView},
)
def record(call: Call) -> Answer:
    body: BackorderBody = call.body
    if body.storefront and not call.caller.operations and body.storefront != call.caller.client:
        raise Forbidden.at("/storefront", "naming another storefront needs the operations scope")
    command = record_command(
        body,
        call.raw_body,
        storefront=body.storefront or call.caller.client,
        request_key=call.idempotency_key or "",
        actor=call.caller.actor,
        operations=call.caller.operations,
        trace=call.trace_id,
    )
    table = call.container.table
    quotes = quote_tokens.reader(call.container)
    call.container.signing_keys.current()  # looked up before anything is written: the answer needs it
    try:
        recorded = record_backorder(
            command, store=TableRecordingStore(table), now=clock.now(), told=call.told, read_quote=quotes
        )
    except InProgress:
        raise
    except (Invalid, Conflict, Forbidden) as refusal:
        count_refused(refusal)
        raise
    if recorded.replayed:
        view = find_order(recorded.order.id, TableChangingStore(table), None)
        status, replayed = (201, REPLAYED) if recorded.same_key else (200, {})
        return Answer(shown(call, view), status, _headers(view) | replayed)
    view = OrderView(recorded.order, recorded.lines, [])
    count_recorded(recorded.lines, "http")
    telemetry.log("backorder_recorded", backorder=view.head.id, lines=len(view.lines))
    return Answer(backorder_view(view, customer_page(call, view)), 201, _headers(view))


def customer_page(call: Call, view: OrderView) -> str | None:
    """The address of the page where the customer of this order decides; None if he was erased."""
    if view.head.erased_at is not None:
        return None
    return links.link(call.container, "customer", view.head.id, clock.now())


def _headers(view: OrderView) -> dict[str, str]:
    return {"Location": f"/v1/backorders/{view.head.id}", "ETag": etag(view.head.version)}


@operation(
    "GET",
    "/v1/backorders/{id}",
    scopes=SO,
    summary="Read a backorder",
    answers={200: BackorderView},
)
def read(call: Call) -> Answer:
    view = find_order(call.path["id"], TableChangingStore(call.container.table), storefront_of(call))
    return Answer(shown(call, view), headers={"ETag": etag(view.head.version)})


@operation(
    "POST",
    "/v1/backorders/{id}/cancel",
    scopes=SO,
    summary="Cancel waiting and allocated units",
    body=CancelBody,
    answers={200: CancelledView},
)
def cancel(call: Call) -> Answer:
    body: CancelBody = call.body
    lines = None if body.lines is None else tuple((x.line_id, x.quantity) for x in body.lines)
    run = partial(cancel_backorder, store=TableChangingStore(call.container.table), now=clock.now())
    changed = run(asked(call), lines, body.reason)
    count_cancelled(0 if changed.replayed else sum(changed.moved.values()), call.caller)
    extra = {"cancelled": units_view(changed.moved), "stayed": units_view(changed.stayed)}
    return answer(call, changed, extra)


@operation(
    "PATCH",
    "/v1/backorders/{id}",
    scopes=SO,
    summary="Amend a backorder: fewer units, split or hold, priority, customer, release",
    body=AmendBody,
    answers={200: BackorderView},
    needs_if_match=True,
)
def amend(call: Call) -> Answer:
    body: AmendBody = call.body
    whenever = "need_by" in body.model_fields_set and body.need_by is None
    if not whenever and not any(body.model_dump(exclude_none=True, exclude={"reason"}).values()):
        raise Invalid.at("", "nothing is to be changed")
    amendment = Amendment(
        if_match=call.if_match or 0,
        shipping=body.shipping,
        priority=body.priority,
        reason=body.reason,
        need_by=body.need_by,
        whenever=whenever,
        customer=body.customer.model_dump(exclude_none=True) if body.customer else None,
        release=body.release,
        lines=tuple((x.line_id, x.quantity) for x in body.lines or ()),
    )
    store = TableChangingStore(call.container.table)
    changed = amend_backorder(asked(call), amendment, operations=call.caller.operations, store=store, now=clock.now())
    count_cancelled(sum(changed.moved.values()), call.caller)
    return answer(call, changed, {})


@operation(
    "POST",
    "/v1/backorders/{id}/lines/{line_id}/switch",
    scopes=SO,
    summary="Switch units of a line to another item, keeping the place in the queue",
    body=SwitchBody,
    answers={200: SwitchedView},
)
def switch(call: Call) -> Answer:
    body: SwitchBody = call.body
    store = TableChangingStore(call.container.table)
    changed = switch_line(asked(call), call.path["line_id"], body.sku, body.quantity, store=store, now=clock.now())
    return answer(call, changed, {"added_line_id": changed.added})


def shown(call: Call, view: OrderView) -> dict[str, Any]:
    """The order as everybody reads it."""
    (supplied,) = with_supply(call.container.table, [view])
    return backorder_view(supplied, customer_page(call, supplied))


def answer(call: Call, changed: Changed, extra: dict[str, Any]) -> Answer:
    headers = {"ETag": etag(changed.view.head.version)} | (REPLAYED if changed.replayed else {})
    return Answer(shown(call, changed.view) | extra, headers=headers)
