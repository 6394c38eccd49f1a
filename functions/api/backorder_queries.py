"""Routes: lists, history and explanations of backorders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from functions.api.backorders import customer_page, storefront_of
from shared.aws import keys
from shared.aws.changing_store import TableChangingStore
from shared.aws.order_lists import Slice, TableOrderLists, TableQueueReader
from shared.aws.planning_store import TablePlans
from shared.aws.promise_store import TablePromiseStore
from shared.aws.supply_reader import with_supply
from shared.backorders import explain, queries
from shared.backorders.change import find_order
from shared.backorders.explain import Background
from shared.backorders.lookup import OrderView
from shared.contracts.backorder_views import backorder_view, explanation_view, history_view
from shared.contracts.backorders import BackorderPage, ExplanationView, HistoryView
from shared.kernel import clock, ids
from shared.kernel.errors import Invalid, NotFound
from shared.promising.repromise import with_basis
from shared.runtime.http import SO, Answer, Call, operation
from shared.runtime.queries import Page, choice, page

STATUSES = ("open", "partially_ready", "ready", "partially_shipped", "shipped", "cancelled")


@operation(
    "GET",
    "/v1/backorders",
    scopes=SO,
    summary="List backorders by order, customer, SKU or status; status alone walks the open ones, oldest first",
    answers={200: BackorderPage},
    query=("order_id", "status", "sku", "customer_id", "storefront", "limit", "cursor"),
)
def list_backorders(call: Call) -> Answer:
    status, asked = choice(call, "status", STATUSES), page(call)
    own = storefront_of(call)
    storefront = call.query.get("storefront", own or call.caller.client)
    if own is not None and storefront != own:
        return Answer({"items": [], "next_cursor": None})
    found = _found(call, storefront, asked)
    items = [
        backorder_view(view, customer_page(call, view))
        for view in with_supply(call.container.table, found.orders)
        if (status is None or view.status == status)
        and (own is None or view.head.storefront == own)
        and ("storefront" not in call.query or view.head.storefront == storefront)
        and _matches(call, view.head.order_id, view.head.customer.id, {line.sku for line in view.lines})
    ]
    position = {"at": found.position} if found.position else None
    return Answer({"items": items, "next_cursor": asked.cursor(position)})


def _matches(call: Call, order_id: str, customer_id: str, skus: set[str]) -> bool:
    wanted = call.query
    return (
        wanted.get("order_id", order_id) == order_id
        and wanted.get("customer_id", customer_id) == customer_id
        and ("sku" not in wanted or wanted["sku"] in skus)
    )


def _found(call: Call, storefront: str, asked: Page) -> Slice:
    """The narrowest walk the query allows; what it does not narrow is filtered afterwards."""
    table, after = call.container.table, (asked.after or {}).get("at")
    lists = TableOrderLists(table)
    if "order_id" in call.query:
        view = TableChangingStore(table).read(ids.digest(storefront, call.query["order_id"]))
        return Slice([view] if view else [], None)
    if "customer_id" in call.query:
        return lists.in_directory(keys.customer_orders(storefront, call.query["customer_id"]), after, asked.limit)
    if "sku" in call.query:
        return lists.of_sku(call.query["sku"], after, asked.limit)
    return lists.in_directory(keys.open_orders(), after, asked.limit)


@operation(
    "GET",
    "/v1/backorders/{id}/history",
    scopes=SO,
    summary="Everything that happened to a backorder, oldest first",
    answers={200: HistoryView},
)
def history(call: Call) -> Answer:
    view = find_order(call.path["id"], TableChangingStore(call.container.table), storefront_of(call))
    return Answer(history_of(call, view))


def history_of(call: Call, view: OrderView) -> dict[str, Any]:
    """Moves, promises, mails and answers of an order, oldest first."""
    table = call.container.table
    mails = list(enumerate(TableQueueReader(table).notices(view.head.key), start=1))
    told = [_mail_event(f"mail_{one['state']}", one.get("sent_at") or one["claimed_at"], one, n) for n, one in mails]
    reported = [(n, one) for n, one in mails if one.get("delivery") not in {None, one["state"]}]
    told += [_mail_event(f"mail_{one['delivery']}", one["delivery_at"], one, n) for n, one in reported]
    return history_view(view, told)


def _mail_event(event: str, at: int, notice: Mapping[str, Any], revision: int) -> dict[str, Any]:
    return {"at": at, "event": event, "actor": "system", "cause": notice["mail_kind"], "revision": revision}


@operation(
    "GET",
    "/v1/backorders/{id}/lines/{line_id}/explanation",
    scopes=SO,
    summary="Why a line waits: its place, what it is pegged to, what would make it sooner",
    answers={200: ExplanationView},
)
def explanation(call: Call) -> Answer:
    table = call.container.table
    view = find_order(call.path["id"], TableChangingStore(table), storefront_of(call))
    line = view.line(call.path["line_id"])
    if line is None:
        raise NotFound("there is no such line")
    reader = TableQueueReader(table)
    place = reader.place(line)
    if place is None:
        raise Invalid("the item of this line is gone")
    line = with_basis(line, place.stock)
    settled = not line.waiting or reader.settled(line, place.stock, view.head.key)
    pegged = queries.covers(line, place)
    background = _background(call, line.sku) if line.waiting else None
    because = explain.not_ordered_because(pegged, background) if background else None
    sooner = explain.sooner(line, view, place, pegged, background)
    careful = background is not None and explain.quoted_carefully(pegged, background)
    return Answer(
        explanation_view(view.head.id, line, place, pegged)
        | {"settled": settled, "not_ordered_because": because, "sooner": sooner}
        | {"why": explain.why(line, view, place, pegged, because, settled=settled, careful=careful)}
    )


def _background(call: Call, sku: str) -> Background | None:
    table = call.container.table
    supply = TablePromiseStore(table).supply(sku)
    if supply is None:
        return None
    planning = TablePlans(table).planning(supply.supplier.supplier_id) if supply.supplier else None
    others = supply.item.alternatives
    alternatives = list(call.container.catalog.items(others).values()) if others else []
    return Background(supply, planning, alternatives, call.container.settings(), clock.now())
