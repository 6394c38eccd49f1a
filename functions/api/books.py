"""Routes: the books looked at and repaired, and the trail of what operators did."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial

from shared.audit.repair import Repair, missing, repair_stock
from shared.audit.walk import Subject, look_at_known
from shared.aws.audit_store import TableAudit
from shared.aws.trail_store import TableTrail
from shared.contracts.operating import ActionPage, AuditBody, AuditView, RepairBody, RepairView, action_view
from shared.kernel import clock
from shared.runtime import telemetry
from shared.runtime.http import Answer, Call, O, operation
from shared.runtime.idempotency import answer_anew, answer_once
from shared.runtime.queries import page

_SCOPES = {"sku": "sku", "backorder_id": "order", "purchase_order_id": "purchase"}


@operation(
    "POST",
    "/v1/audits",
    scopes=O,
    summary="Look at the books of one SKU, order or purchase order now: lines, ledger and counters; nothing written",
    body=AuditBody,
    answers={200: AuditView, 404: None},
)
def audit(call: Call) -> Answer:
    return answer_anew(call, partial(_audited, call))


def _audited(call: Call) -> Answer:
    ((name, value),) = call.body.model_dump(exclude_none=True).items()
    found = look_at_known(Subject(_SCOPES[name], value), TableAudit(call.container.table))
    return Answer({"violations": [asdict(violation) for violation in found]})


@operation(
    "POST",
    "/v1/repairs",
    scopes=O,
    summary="Bring the counters of a SKU to what lines and ledger say, by an entry of the ledger that says who and why",
    body=RepairBody,
    answers={200: RepairView, 404: None},
)
def repair(call: Call) -> Answer:
    return (answer_anew if call.body.dry_run else answer_once)(call, partial(_repaired, call))


def _repaired(call: Call) -> Answer:
    body: RepairBody = call.body
    store = TableAudit(call.container.table)
    if body.dry_run:
        done = missing(body.sku, store=store)
    else:
        at = clock.micros(clock.now())
        done = repair_stock(Repair(body.repair_id, body.sku, call.caller.actor, body.reason, at), store=store)
        telemetry.log("stock_repaired", sku=done.sku, units=done.waiting, count=done.free)
    return Answer({"repair_id": body.repair_id, "dry_run": body.dry_run, **asdict(done)})


@operation(
    "GET",
    "/v1/actions",
    scopes=O,
    summary="What operators did beside orders and stock, latest first: settings, plans, webhooks, exports, erasures",
    answers={200: ActionPage},
    query=("limit", "cursor"),
)
def actions(call: Call) -> Answer:
    asked = page(call)
    found, position = TableTrail(call.container.table).latest((asked.after or {}).get("at"), asked.limit)
    cursor = asked.cursor({"at": position} if position else None)
    return Answer({"items": [action_view(one) for one in found], "next_cursor": cursor})
