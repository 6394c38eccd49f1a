"""Routes: purchase plans and purchase orders."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from shared.aws.order_lists import TableQueueReader
from shared.aws.planning_store import TableDemand, TablePlans
from shared.aws.purchasing_store import TableOrderBook
from shared.aws.trail_store import TableTrail
from shared.backorders.serves import Serves, serves
from shared.contracts.purchasing import (
    AcknowledgeBody,
    InstructBody,
    PlanBody,
    PlanView,
    PurchaseOrderPage,
    PurchaseOrderView,
)
from shared.contracts.purchasing_views import kept_plan, plan_view, purchase_order_view
from shared.kernel import clock, ids
from shared.purchasing.acknowledge import acknowledge
from shared.purchasing.answers import Acknowledge
from shared.purchasing.change import must_read
from shared.purchasing.close import Instruct, cancel, close_short
from shared.purchasing.model import STATUSES
from shared.purchasing.order_held import approve_or_order
from shared.purchasing.run_plans import RequestedPlan, plan_now
from shared.runtime import telemetry
from shared.runtime.http import Answer, Call, O, operation
from shared.runtime.idempotency import answer_once
from shared.runtime.queries import choice, page
from shared.trail.model import Action

_KEPT_BACK_SECONDS = 9.0  # of the function's 29: the answer leaves within 20
_ORDERS_NOTED = 1000
_LINES_PER_PAGE = 3000  # keeps a page of very long orders well below the gateway's limit

View = dict[str, Any]


@operation(
    "POST",
    "/v1/purchase-plans",
    scopes=O,
    summary="Plan purchase orders as the schedule would now; order days and holding rules count, the cut-off does not",
    body=PlanBody,
    answers={200: PlanView, 202: PlanView},
)
def plan(call: Call) -> Answer:
    made: list[View] = []

    def run() -> Answer:
        made.append(_plan(call, _plan_id(call)))
        _note(call, made[0])
        postponed = any(one["outcome"] == "postponed" for one in made[0]["suppliers"])
        return Answer(kept_plan(made[0]), 202 if postponed else 200)

    answer = answer_once(call, run)
    if not made:
        made.append(_plan(call, answer.body["plan_id"]) if call.body.dry_run else _as_it_is_now(call, answer.body))
    return Answer(made[0], answer.status, answer.headers)


def _plan_id(call: Call) -> str:
    return ids.timed_id("pp", clock.micros(clock.now()), call.caller.client, call.idempotency_key or "")


def _plan(call: Call, plan_id: str) -> View:
    body: PlanBody = call.body
    now, table = clock.now(), call.container.table
    plans = plan_now(
        RequestedPlan(plan_id, body.suppliers, body.dry_run, call.caller.actor),
        now,
        call.container.settings(),
        demand=TableDemand(table),
        plans=TablePlans(table),
        book=TableOrderBook(table),
        out_of_time=lambda: call.seconds_left() < _KEPT_BACK_SECONDS,
    )
    ordered = sum(one.outcome == "ordered" for one in plans)
    rounded = [x.rounding + x.excess for one in plans if one.outcome == "ordered" for x in one.lines]
    telemetry.count("UnitsRounded", 0 if body.dry_run else sum(rounded))
    telemetry.log("purchase_plan", outcome="dry_run" if body.dry_run else "planned", count=ordered)
    return plan_view(plan_id, now, plans, dry=body.dry_run)


def _note(call: Call, done: View) -> None:
    """Who planned why, and what came of it, if he says why: the orders themselves name only who."""
    reason = call.body.reason
    if done["dry_run"] or reason is None:
        return
    orders = [one["purchase_order_id"] for one in done["orders"]][:_ORDERS_NOTED]
    about, at = done["plan_id"], clock.micros(clock.now())
    action = Action(at, ids.digest(about), call.caller.actor, "plan", about, reason, {"orders": orders})
    TableTrail(call.container.table).note(action)


def _as_it_is_now(call: Call, first: View) -> View:
    """A repeated plan: the orders it made then, in their present state."""
    made = [one["purchase_order_id"] for one in first["suppliers"] if one["purchase_order_id"]]
    return first | {"orders": [_view(call, order_id) for order_id in made]}


@operation(
    "GET",
    "/v1/purchase-orders",
    scopes=O,
    summary="List purchase orders, oldest first",
    answers={200: PurchaseOrderPage},
    query=("status", "supplier_id", "limit", "cursor"),
)
def list_orders(call: Call) -> Answer:
    status, asked = choice(call, "status", STATUSES), page(call)
    found, position = TableOrderBook(call.container.table).page(
        supplier_id=call.query.get("supplier_id"),
        status=status,
        after=(asked.after or {}).get("id"),
        limit=asked.limit,
        max_lines=_LINES_PER_PAGE,
    )
    cursor = asked.cursor({"id": position} if position else None)
    return Answer({"items": [purchase_order_view(*pair) for pair in found], "next_cursor": cursor})


@operation(
    "GET",
    "/v1/purchase-orders/{id}",
    scopes=O,
    summary="A purchase order, each line with those it serves as the queue stands now",
    answers={200: PurchaseOrderView},
    query=("sku",),
)
def read_order(call: Call) -> Answer:
    table = call.container.table
    book = TableOrderBook(table)
    order = must_read(book, call.path["id"])
    lines = book.lines(order)
    asked = [line for line in lines if call.query.get("sku", line.sku) == line.sku]
    found = {line.sku: Serves() for line in asked if not line.open}
    found |= serves(order.id, [line.sku for line in asked if line.open], TableQueueReader(table))
    return Answer(purchase_order_view(order, lines, serves=found))


@operation(
    "POST",
    "/v1/purchase-orders/{id}/acknowledge",
    scopes=O,
    summary="The supplier's answer, per line; lines that are left out stay as they are",
    body=AcknowledgeBody,
    answers={200: PurchaseOrderView},
)
def acknowledge_order(call: Call) -> Answer:
    body: AcknowledgeBody = call.body
    book = TableOrderBook(call.container.table)
    command = Acknowledge(call.path["id"], body.answers(), call.caller.actor, body.seen)
    act = partial(acknowledge, command, book=book, suppliers=book.supplier, zone=call.container.settings().zone)
    return _once(call, lambda: act(now=clock.now()))


@operation(
    "POST",
    "/v1/purchase-orders/{id}/approve",
    scopes=O,
    summary="Approve an order; it is sent. A held one is ordered anyway, one whose mail's fate is unknown sent again",
    body=InstructBody,
    answers={200: PurchaseOrderView},
)
def approve_order(call: Call) -> Answer:
    table, settings = call.container.table, call.container.settings()
    act = partial(approve_or_order, demand=TableDemand(table), plans=TablePlans(table), settings=settings)
    return _instruct(call, act)


@operation(
    "POST",
    "/v1/purchase-orders/{id}/cancel",
    scopes=O,
    summary="Call off what is still open of an order",
    body=InstructBody,
    answers={200: PurchaseOrderView},
)
def cancel_order(call: Call) -> Answer:
    return _instruct(call, cancel)


@operation(
    "POST",
    "/v1/purchase-orders/{id}/close-short",
    scopes=O,
    summary="Stop waiting for the rest of an order",
    body=InstructBody,
    answers={200: PurchaseOrderView},
)
def close_order_short(call: Call) -> Answer:
    book = TableOrderBook(call.container.table)
    order = book.read(call.path["id"])
    still_open = sum(line.open for line in book.lines(order)) if order else 0
    answer = _instruct(call, close_short)
    replayed = "Idempotency-Replayed" in answer.headers
    telemetry.count("UnitsClosedShort", 0 if replayed else still_open)
    return answer


def _instruct(call: Call, act: Callable[..., object]) -> Answer:
    command = Instruct(call.path["id"], call.caller.actor, call.body.reason or "")
    book = TableOrderBook(call.container.table)
    return _once(call, lambda: act(command, book=book, now=clock.now()))


def _once(call: Call, act: Callable[[], object]) -> Answer:
    """Act under the Idempotency-Key and answer with the order as it is now."""

    def run() -> Answer:
        act()
        return Answer({"purchase_order_id": call.path["id"]})

    first = answer_once(call, run)
    return Answer(_view(call, first.body["purchase_order_id"]), first.status, first.headers)


def _view(call: Call, purchase_order_id: str) -> View:
    book = TableOrderBook(call.container.table)
    order = must_read(book, purchase_order_id)
    return purchase_order_view(order, book.lines(order))
