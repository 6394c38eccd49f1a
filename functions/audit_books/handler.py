"""Every hour -> the books, replayed and compared with the counters; by hand -> one SKU looked at, or repaired."""

from __future__ import annotations

from typing import Any

from shared.audit.repair import Repair, repair_stock
from shared.audit.walk import Subject, audit_books, look_at_known
from shared.aws.audit_store import TableAudit
from shared.kernel import clock
from shared.kernel.clock import micros
from shared.kernel.errors import Invalid
from shared.runtime import telemetry
from shared.runtime.container import container

_KEPT_BACK_SECONDS = 30


@telemetry.entry
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """By hand: `{"walk": true}` begins a new walk, `{"sku": ...}` looks at one SKU, and
    `{"repair": {"repair_id", "sku", "actor", "reason"}}` repairs its counters."""
    store = TableAudit(container().table)
    if "repair" in event:
        done = repair_stock(_repair(event["repair"]), store=store)
        telemetry.log("stock_repaired", sku=done.sku, units=done.waiting, count=done.free)
        return vars(done)
    if "sku" in event:
        return {"violations": [vars(violation) for violation in look_at_known(Subject("sku", event["sku"]), store)]}

    def out_of_time() -> bool:
        return bool(context.get_remaining_time_in_millis() < _KEPT_BACK_SECONDS * 1000)

    audited = audit_books(store=store, now=clock.now(), out_of_time=out_of_time, anew="walk" in event)
    for violation in audited.violations:
        telemetry.log("books_violated", rule=violation.rule, where=violation.where, units=violation.units)
    telemetry.level("InvariantViolations", len(audited.violations))
    telemetry.level("ReconcileDrift", audited.drift)
    telemetry.level("RunsDone", 1)
    return {"violations": len(audited.violations), "suspects": audited.suspects, "looked_at": audited.looked_at}


def _repair(wanted: Any) -> Repair:
    names = ("repair_id", "sku", "actor", "reason")
    for name in names:
        if not isinstance(wanted, dict) or not isinstance(wanted.get(name), str) or not wanted[name].strip():
            raise Invalid.at(f"/repair/{name}", "is needed")
    return Repair(**{name: wanted[name] for name in names}, at=micros(clock.now()))
