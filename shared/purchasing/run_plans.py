"""Run the plan over suppliers: by the hourly schedule on their order days, or when an operator asks for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.backorders.ports import Stale
from shared.catalog.model import Supplier
from shared.kernel.clock import from_micros, micros
from shared.kernel.errors import Contended, FieldError, Invalid, ServiceError
from shared.purchasing.draft import Run
from shared.purchasing.excess import shrink_orders
from shared.purchasing.order_days import due_day, is_order_day, local_day, next_order_day
from shared.purchasing.plan import SupplierPlan, plan_supplier
from shared.purchasing.ports import Demand, OrderBook, PlanBook, Planning, Schedule
from shared.settings.model import MerchantSettings

_HOUR = timedelta(hours=1)
LINES_PER_CALL = 4000
"""Lines one HTTP call writes at most: about 85 transactions, well inside its 20 seconds."""

_TRIES = 6

Pause = Callable[[float], None]


def plan_due(
    now: datetime,
    settings: MerchantSettings,
    *,
    demand: Demand,
    plans: PlanBook,
    book: OrderBook,
    schedule: Schedule,
    pause: Pause = time.sleep,
) -> list[SupplierPlan]:
    """The hourly run: suppliers whose order day has ended since the last run that ended well, once per order day.

    Unsent orders of all the others shrink to what is still needed. Fired twice, or late, it orders nothing twice and misses nothing. One supplier's failure does not stop the others, but
    the run then ends in Contended and the next one covers its time again.
    """
    last = schedule.last_run()
    since = from_micros(last) if last is not None else now - _HOUR
    plannings = schedule.plannings()
    due = []
    for supplier in demand.suppliers():
        planning = plannings.get(supplier.supplier_id, Planning(supplier.supplier_id))
        day = due_day(supplier, settings, since, now)
        unfinished = planning.collecting is not None or planning.requested is not None
        if unfinished or (day is not None and not planning.done(day)):
            due.append((supplier, Run(now, settings, day=day)))
    open_orders = book.open_orders()
    planned = {supplier.supplier_id for supplier, _ in due}
    others = [order for order in open_orders if order.unsent and order.supplier_id not in planned]
    shrink_orders(others, demand=demand, book=book, at=micros(now), at_once=plans.at_once, write=True)
    done, failed = [], []
    for supplier, run in due:
        try:
            done.append(
                plan_supplier(
                    supplier, run, demand=demand, plans=plans, book=book, open_orders=open_orders, pause=pause
                )
            )
        except ServiceError as error:
            failed.append((supplier.supplier_id, error))
    if failed:
        names = ", ".join(supplier_id for supplier_id, _ in failed)
        raise Contended(f"not planned: {names}", retry_after=60) from failed[0][1]
    schedule.ran(micros(now))
    return done


@dataclass(frozen=True)
class RequestedPlan:
    """A plan an operator asks for. Order days and holding rules count, the cut-off does not."""

    plan_id: str
    suppliers: Sequence[str] | None = None
    dry: bool = False
    actor: str = "operations"


def plan_now(
    command: RequestedPlan,
    now: datetime,
    settings: MerchantSettings,
    *,
    demand: Demand,
    plans: PlanBook,
    book: OrderBook,
    pause: Pause = time.sleep,
) -> list[SupplierPlan]:
    """One result per supplier. What does not fit into one call is left to the next hourly run (`postponed`)."""
    chosen = _chosen(command, demand.suppliers())
    open_orders = book.open_orders()
    today = local_day(settings, now)
    results, left = [], LINES_PER_CALL
    for supplier in chosen:
        if not is_order_day(supplier, today):
            day = next_order_day(supplier, settings, today).isoformat()
            reason = f"not an order day of this supplier; the next one is {day}"
            results.append(SupplierPlan(supplier.supplier_id, "skipped", reason))
            continue
        if left <= 0 and not command.dry:
            results.append(_postpone(supplier, command.plan_id, plans))
            continue
        run = Run(now, settings, actor=command.actor, dry=command.dry, max_lines=left)
        plan = plan_supplier(
            supplier, run, demand=demand, plans=plans, book=book, open_orders=open_orders, pause=pause
        )
        left -= len(plan.lines)
        results.append(plan)
    return results


def _chosen(command: RequestedPlan, suppliers: Sequence[Supplier]) -> list[Supplier]:
    if command.suppliers is None:
        return list(suppliers)
    known = {supplier.supplier_id: supplier for supplier in suppliers}
    unknown = tuple(
        FieldError(f"/suppliers/{n}", "there is no such supplier")
        for n, supplier_id in enumerate(command.suppliers)
        if supplier_id not in known
    )
    if unknown:
        raise Invalid("the plan names suppliers that do not exist", errors=unknown)
    return [known[supplier_id] for supplier_id in dict.fromkeys(command.suppliers)]


def _postpone(supplier: Supplier, plan_id: str, plans: PlanBook) -> SupplierPlan:
    for _ in range(_TRIES):
        planning = plans.planning(supplier.supplier_id)
        try:
            plans.remember(replace(planning, requested=plan_id, version=planning.version + 1))
        except Stale:
            continue
        return SupplierPlan(supplier.supplier_id, "postponed", "left to the next hourly run")
    raise Contended(f"supplier {supplier.supplier_id} is being planned by somebody else", retry_after=2)
