"""Routes: what is known of a person handed out, and forgotten."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Any, Literal

from functions.api.backorder_queries import history_of
from functions.api.backorders import shown
from shared.aws.changing_store import TableChangingStore
from shared.aws.customer_store import TableErasing, TableTraces
from shared.aws.order_reader import TableOrderReader
from shared.aws.trail_store import TableTrail
from shared.contracts.customers import EraseBody, EraseView, ExportBody, ExportView
from shared.customers.erase import Erase, Erased, erase_customer
from shared.customers.export import Known, export_customer
from shared.customers.model import Place
from shared.kernel import clock, ids
from shared.runtime import cursors, telemetry
from shared.runtime.http import Answer, Call, O, operation
from shared.runtime.idempotency import answer_anew, answer_once
from shared.trail.model import Action

_KEPT_BACK_SECONDS = 14.0  # of the function's 29: an order of 2,000 lines may still have to be erased
_LINES_AT_ONCE = 1_000  # with their histories well below what the gateway takes


@operation(
    "POST",
    "/v1/customers/export",
    scopes=O,
    summary="What is known of the owner of a mailbox: orders, histories, mails, subscriptions; piece by piece",
    body=ExportBody,
    answers={200: ExportView},
)
def export(call: Call) -> Answer:
    """The whole table is walked, a piece with each request, until `next_cursor` is null."""
    return answer_anew(call, partial(_exported, call))


def _exported(call: Call) -> Answer:
    table = call.container.table
    traces, orders = TableTraces(table), TableOrderReader(table)
    start = _start(call)
    known = export_customer(
        call.body.email, start, traces=traces, orders=orders, enough=_enough(call), lines_at_once=_LINES_AT_ONCE
    )
    _note(call, "export", [view.head.id for view in known.orders], first=start == Place())
    return Answer(_known(call, known) | _walk(call, known.next, traces.segments))


def _known(call: Call, known: Known) -> dict[str, Any]:
    orders = [{"order": shown(call, view), "history": history_of(call, view)["items"]} for view in known.orders]
    return {"orders": orders, "others": [{"kind": one.kind, "known": dict(one.shown)} for one in known.others]}


@operation(
    "POST",
    "/v1/customers/erase",
    scopes=O,
    summary="Erase the owner of a mailbox: every count stays, and nobody can say whose it was; piece by piece",
    body=EraseBody,
    answers={200: EraseView},
)
def erase(call: Call) -> Answer:
    """The whole table is walked, a piece with each request, until `next_cursor` is null. Orders with open units are
    kept and named, unless they are to be cancelled with it; what is released goes on. Again, or after a crash, it goes
    on with what is left."""
    return (answer_anew if call.body.dry_run else answer_once)(call, partial(_erase, call))


def _erase(call: Call) -> Answer:
    body: EraseBody = call.body
    table, start = call.container.table, _start(call)
    traces = TableTraces(table)
    command = Erase(body.email, call.caller.actor, body.reason, body.cancel_open, body.dry_run)
    stores: dict[str, Any] = {"erasing": TableErasing(table), "changing": TableChangingStore(table)}
    done = erase_customer(command, start, traces=traces, **stores, now=clock.now(), enough=_enough(call))
    if not body.dry_run:
        _note(call, "erase", [one.backorder_id for one in done.orders], first=start == Place())
        telemetry.count("UnitsCancelled", sum(one.cancelled for one in done.orders), reason="operator")
    return Answer({"dry_run": body.dry_run, **_erased(done), **_walk(call, done.next, traces.segments)})


def _erased(done: Erased) -> dict[str, Any]:
    lists = {"orders": [asdict(one) for one in done.orders], "kept": [asdict(one) for one in done.kept]}
    return {**lists, "notices": done.notices, "subscriptions": done.subscriptions}


def _enough(call: Call) -> Any:
    return lambda: call.seconds_left() < _KEPT_BACK_SECONDS


def _start(call: Call) -> Place:
    """Where the walk goes on. A cursor works only for its caller and its person."""
    if call.body.cursor is None:
        return Place()
    position = cursors.decode(call.body.cursor, _filter(call), call.container.signing_keys.valid())
    segment = int(position.pop("segment"))
    return Place(segment, position or None)


def _walk(call: Call, following: Place | None, segments: int) -> dict[str, Any]:
    cursor, done = None, segments
    if following is not None and following.segment < segments:
        position = {"segment": str(following.segment), **(following.after or {})}
        cursor, done = cursors.encode(position, _filter(call), call.container.signing_keys.current()), following.segment
    return {"progress": {"done": done, "of": segments}, "next_cursor": cursor}


def _filter(call: Call) -> str:
    return ids.digest(call.route, call.caller.client, call.body.email.lower())


def _note(call: Call, what: Literal["export", "erase"], orders: list[str], *, first: bool) -> None:
    """That it was done, by whom and why; of the person only what is left: the ids of orders."""
    if orders or first:
        at = clock.micros(clock.now())
        key = ids.digest(call.trace_id)
        action = Action(
            at, key, call.caller.actor, what, f"{len(orders)} order(s)", call.body.reason, {"orders": orders}
        )
        TableTrail(call.container.table).note(action)
