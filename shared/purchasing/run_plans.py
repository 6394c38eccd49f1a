"""Run the plan over suppliers: by the hourly schedule on their order days, or when an operator asks for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from shared.backorders.ports import Stale
from shared.catalog.model import Supplier
from shared.kernel.clock import from_micros, micros
from shared.kernel.errors import Contended, FieldError, Invalid, ServiceError
from shared.purchasing.draft import Run
from shared.purchasing.excess import may_shrink, shrink_orders
from shared.purchasing.model import PurchaseOrder
from shared.purchasing.order_days import due_day, is_order_day, local_day, next_order_day
from shared.purchasing.plan import LEFT, plan_supplier
from shared.purchasing.ports import Demand, OrderBook, PlanBook, Planning, Schedule
from shared.purchasing.verdicts import SupplierPlan
from shared.settings.model import MerchantSettings

_HOUR = timedelta(hours=1)
_WORTH_NOTING = timedelta(days=1)
_TRIES = 6

Pause = Callable[[float], None]


def _never() -> bool:
    return False


def plan_due(
    now: datetime,
    settings: MerchantSettings,
    *,
    demand: Demand,
    plans: PlanBook,
    book: OrderBook,
    schedule: Schedule,
    out_of_time: Callable[[], bool] = _never,
    pause: Pause = time.sleep,
) -> list[SupplierPlan]:
    """The hourly run: suppliers whose order day has ended since the last run that ended well, once per order day.

    Unsent orders of all the others shrink to what is still needed. Fired twice, or late, it orders nothing twice and
    misses nothing. One supplier's failure does not stop the others, but the run then ends in Contended and the next one
    covers its time again.
    """
    since = _since(now, schedule)
    known = {supplier.supplier_id: supplier for supplier in demand.suppliers()}
    due = _due(now, since, settings, list(known.values()), schedule)
    open_orders = book.open_orders()
    planned = {supplier.supplier_id for supplier, _ in due}
    _shrink([one for one in open_orders if one.supplier_id not in planned], known, demand, plans, book, micros(now))
    plan = partial(plan_supplier, demand=demand, plans=plans, book=book, open_orders=open_orders, pause=pause)
    done, left = list[SupplierPlan](), list[str]()
    cause: ServiceError | None = None
    for supplier, run in due:
        try:
            if out_of_time():
                left.append(supplier.supplier_id)
                continue
            done += plan(supplier, replace(run, out_of_time=out_of_time)).all
        except ServiceError as error:
            cause = error
            left.append(supplier.supplier_id)
    if left:
        raise Contended(f"{len(left)} suppliers are not planned yet", retry_after=60) from cause
    if due or now - since >= _WORTH_NOTING:
        schedule.ran(micros(now))
    return done


def _shrink(
    orders: Sequence[PurchaseOrder],
    suppliers: Mapping[str, Supplier],
    demand: Demand,
    plans: PlanBook,
    book: OrderBook,
    at: int,
) -> None:
    """Orders that may still become smaller do, also on days on which nothing is ordered."""
    can = [order for order in orders if may_shrink(order, suppliers.get(order.supplier_id), at)]
    shrink_orders(can, suppliers, demand=demand, book=book, at=at, at_once=plans.at_once, write=True)


def _since(now: datetime, schedule: Schedule) -> datetime:
    """The time up to which no order day is left to be planned. Most runs find nothing due, and do not move it."""
    last = schedule.last_run()
    if last is not None:
        return from_micros(last)
    schedule.ran(micros(now - _HOUR))  # if this very first run is cut off, the next one covers its time again
    return now - _HOUR


def _due(
    now: datetime, since: datetime, settings: MerchantSettings, suppliers: Sequence[Supplier], schedule: Schedule
) -> list[tuple[Supplier, Run]]:
    """Suppliers to plan now: whose order day has ended, or whom an earlier run has not finished."""
    plannings = schedule.plannings()
    due = []
    for supplier in suppliers:
        planning = plannings.get(supplier.supplier_id, Planning(supplier.supplier_id))
        day = due_day(supplier, settings, since, now)
        unfinished = planning.collecting is not None or planning.requested is not None
        if unfinished or (day is not None and not planning.done(day)):
            due.append((supplier, Run(now, settings, day=day)))
    return due


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
    out_of_time: Callable[[], bool] = _never,
    pause: Pause = time.sleep,
) -> list[SupplierPlan]:
    """One result per supplier. What there is no time for is left to the next hourly run (`postponed`)."""
    chosen = _chosen(command, demand.suppliers())
    run = Run(now, settings, actor=command.actor, dry=command.dry, out_of_time=out_of_time)
    open_orders = book.open_orders()
    today = local_day(settings, now)

    def plan(supplier: Supplier) -> SupplierPlan:
        if not is_order_day(supplier, today):
            return _skipped(supplier, run, open_orders, demand, plans, book)
        if out_of_time():
            return _postponed(supplier, command, plans)
        return plan_supplier(supplier, run, demand=demand, plans=plans, book=book, open_orders=open_orders, pause=pause)

    return [one for supplier in chosen for one in plan(supplier).all]


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


def _skipped(
    supplier: Supplier,
    run: Run,
    open_orders: Sequence[PurchaseOrder],
    demand: Demand,
    plans: PlanBook,
    book: OrderBook,
) -> SupplierPlan:
    """Nothing is ordered today, but what is not sent yet shrinks all the same."""
    known = {supplier.supplier_id: supplier}
    can = [order for order in open_orders if order.supplier_id in known and may_shrink(order, supplier, run.at)]
    excess = shrink_orders(can, known, demand=demand, book=book, at=run.at, at_once=plans.at_once, write=not run.dry)
    day = next_order_day(supplier, local_day(run.settings, run.now)).isoformat()
    reason = f"today is not an order day of this supplier; the next one is {day}"
    return SupplierPlan(supplier.supplier_id, "skipped", reason, excess=tuple(excess))


def _postponed(supplier: Supplier, command: RequestedPlan, plans: PlanBook) -> SupplierPlan:
    for _ in range(_TRIES):
        if command.dry:
            break
        planning = plans.planning(supplier.supplier_id)
        try:
            plans.remember(replace(planning, requested=command.plan_id, version=planning.version + 1))
        except Stale:
            continue
        break
    else:
        raise Contended(f"supplier {supplier.supplier_id} is being planned by somebody else", retry_after=2)
    return SupplierPlan(supplier.supplier_id, "postponed", LEFT)
