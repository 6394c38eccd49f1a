"""Plan one supplier: what is needed becomes one purchase order, or is held with a reason everybody can read."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Literal

from shared.backorders.ports import Stale
from shared.catalog.model import Supplier
from shared.kernel import ids
from shared.kernel.clock import micros
from shared.kernel.errors import Contended
from shared.purchasing.consolidate import (
    Decision,
    Need,
    PlannedLine,
    consolidate,
    obstacle,
)
from shared.purchasing.draft import Run, cleared, order_lines, propose
from shared.purchasing.elsewhere import order_elsewhere
from shared.purchasing.excess import shrink_orders
from shared.purchasing.lines import PurchaseOrderLine
from shared.purchasing.model import PurchaseOrder, derived, total
from shared.purchasing.order_days import last_order_time
from shared.purchasing.ports import Demand, OrderBook, PlanBook, Planning, Verdict
from shared.purchasing.verdicts import NotOrdered, SupplierPlan
from shared.purchasing.weigh import weigh

NOTHING_NEEDED = "nothing needs to be ordered"
LEFT = "left to the next hourly run"
_TRIES = 6
_PAUSE_SECONDS = 0.2

Outcome = Literal["ordered", "held", "nothing"]
Pause = Callable[[float], None]


def plan_supplier(
    supplier: Supplier,
    run: Run,
    *,
    demand: Demand,
    plans: PlanBook,
    book: OrderBook,
    open_orders: Sequence[PurchaseOrder],
    pause: Pause = time.sleep,
) -> SupplierPlan:
    """Decide and, unless it is a dry run, write.

    Two runs at once order nothing twice: each order commits together with what planning remembers of the supplier, and
    only if no need has become smaller since it was read. Raises Contended.
    """
    mine = [order for order in open_orders if order.supplier_id == supplier.supplier_id]
    known, write = {supplier.supplier_id: supplier}, not run.dry
    excess = tuple(shrink_orders(mine, known, demand=demand, book=book, at=run.at, at_once=plans.at_once, write=write))
    planner = _Planner(supplier, run, demand, plans, book, pause)
    for attempt in range(_TRIES):
        planning = plans.planning(supplier.supplier_id)
        if planning.done(run.day) and planning.collecting is None and planning.requested is None:
            return SupplierPlan(supplier.supplier_id, "skipped", "planned already on this order day", excess=excess)
        try:
            return replace(planner.plan(planning), excess=excess)
        except (Stale, Contended):
            pause(ids.jitter(_PAUSE_SECONDS * 2**attempt))
    raise _contended(supplier)


def _contended(supplier: Supplier) -> Contended:
    return Contended(f"the demand for supplier {supplier.supplier_id} keeps changing", retry_after=2)


@dataclass(frozen=True)
class _Planner:
    """One supplier's run; raises Stale when something changed between reading and writing."""

    supplier: Supplier
    run: Run
    demand: Demand
    plans: PlanBook
    book: OrderBook
    pause: Pause
    elsewhere: list[SupplierPlan] = field(default_factory=list)

    def plan(self, planning: Planning) -> SupplierPlan:
        needs = self.demand.needs(self.supplier.supplier_id)
        if planning.collecting is not None and not self.run.dry:
            return self._go_on(planning, self._orderable(needs))
        plan = self._decide(planning, self._without_elsewhere(self._orderable(needs)))
        if not self.run.dry:
            self.demand.forget([need for need in needs if need.units <= 0])
        stuck = [(need, obstacle(need.item, self.supplier)) for need in needs if need.units > 0]
        not_ordered = tuple(NotOrdered(one.item.sku, one.units, why) for one, why in stuck if why)
        return replace(plan, not_ordered=not_ordered, elsewhere=tuple(self.elsewhere))

    def _without_elsewhere(self, needs: Sequence[Need]) -> list[Need]:
        """What is needed of this supplier, once others have got what only they can bring in time."""
        made = order_elsewhere(needs, self.supplier, self.run, demand=self.demand, plans=self.plans, book=self.book)
        if made is not None:
            self.elsewhere.append(made)
        gone = {line.sku for line in made.lines} if made else set()
        return [need for need in needs if need.item.sku not in gone]

    def _orderable(self, needs: Sequence[Need]) -> list[Need]:
        return [need for need in needs if not obstacle(need.item, self.supplier)]

    def _decide(self, planning: Planning, needs: Sequence[Need]) -> SupplierPlan:
        lines = consolidate(needs)
        held = self.book.read(planning.held) if planning.held else None
        if not lines:
            return self._nothing(planning, held)
        weighed = weigh(lines, needs, self.supplier, self.run, self.demand)
        decision = weighed.decision
        if decision.hold and not self.run.anyway:
            return self._hold(planning, held, decision, weighed.oldest)
        if decision.hold:
            decision = replace(decision, hold=False, reason="ordered on an operator's word, below the minimum")
        return self._order(planning, held, decision)

    def _nothing(self, planning: Planning, held: PurchaseOrder | None) -> SupplierPlan:
        if not self.run.dry:
            if held is not None and held.stage == "held":
                self.book.save(_dropped(held, self.run.at))
            self.plans.remember(replace(self._remembered(planning, "nothing", NOTHING_NEEDED), held=None))
        return SupplierPlan(self.supplier.supplier_id, "nothing", NOTHING_NEEDED)

    def _hold(
        self, planning: Planning, held: PurchaseOrder | None, decision: Decision, oldest: int | None
    ) -> SupplierPlan:
        lines = order_lines(decision.lines, self.supplier, self.run.now)
        order_by = self._order_by(oldest)
        order = replace(propose(held, "held", self.supplier, decision, lines, self.run), order_by=order_by)
        if not self.run.dry:
            memory = self._remembered(planning, "held", decision.reason, order_by)
            self.plans.hold(order, lines, replace(memory, held=order.id))
        return SupplierPlan(self.supplier.supplier_id, "held", decision.reason, order, tuple(lines))

    def _order(self, planning: Planning, held: PurchaseOrder | None, decision: Decision) -> SupplierPlan:
        lines = order_lines(decision.lines, self.supplier, self.run.now)
        order = propose(held, "draft", self.supplier, decision, lines, self.run)
        if not self.run.dry:
            memory = replace(self._remembered(planning, "ordered", decision.reason), held=None)
            if len(lines) > self.plans.at_once:
                order = replace(order, stage="awaiting_approval", status="awaiting_approval", collecting=True)
                memory = replace(memory, collecting=order.id)
                self.plans.place(order, (), memory)
                return self._collect(order, memory, decision.lines)
            order = derived(cleared(order, decision.lines, self.supplier, self.run), lines)
            needs = [line.need for line in decision.lines]
            self.plans.place(order, list(zip(lines, needs, strict=True)), memory)
        return SupplierPlan(self.supplier.supplier_id, "ordered", decision.reason, order, tuple(lines))

    # orders of more lines than one transaction takes

    def _go_on(self, planning: Planning, needs: Sequence[Need]) -> SupplierPlan:
        """An earlier run stopped while it added lines: add what is missing and finish that order."""
        order = self.book.read(planning.collecting or "")
        if order is None or not order.collecting:
            self.plans.remember(replace(planning, collecting=None, version=planning.version + 1))
            raise Stale
        have = {line.sku for line in self.book.lines(order)}
        return self._collect(order, planning, [line for line in consolidate(needs) if line.sku not in have])

    def _collect(self, order: PurchaseOrder, planning: Planning, wanted: Sequence[PlannedLine]) -> SupplierPlan:
        """Add the lines chunk by chunk; each counts as on order from its own transaction on."""
        for chunk in _chunks(wanted, self.plans.at_once):
            if self.run.out_of_time():
                lines = self.book.lines(order)
                return SupplierPlan(self.supplier.supplier_id, "postponed", LEFT, order, tuple(lines))
            self._add(order, chunk)
        lines = self.book.lines(order)
        order = self._finish(order, lines)
        self.plans.remember(replace(planning, collecting=None, requested=None, version=planning.version + 1))
        return SupplierPlan(self.supplier.supplier_id, "ordered", order.reason, order, tuple(lines))

    def _add(self, order: PurchaseOrder, chunk: Sequence[PlannedLine]) -> None:
        """A chunk whose needs have become smaller is computed again; nothing else of the order is."""
        lines = list(chunk)
        for attempt in range(_TRIES):
            try:
                made = order_lines(lines, self.supplier, self.run.now)
                self.plans.add(order, [(one, line.need) for one, line in zip(made, lines, strict=True)])
            except (Stale, Contended):
                self.pause(ids.jitter(_PAUSE_SECONDS * 2**attempt))
                lines = self._again(order, chunk)
                if not lines:
                    return
            else:
                return
        raise _contended(self.supplier)

    def _again(self, order: PurchaseOrder, chunk: Sequence[PlannedLine]) -> list[PlannedLine]:
        current = self.book.read(order.id)
        if current is None or not current.collecting:
            raise Stale
        have = {line.sku for line in self.book.lines(order)}
        return list(consolidate(self.demand.needs_of(x.sku for x in chunk if x.sku not in have).values()))

    def _finish(self, order: PurchaseOrder, lines: Sequence[PurchaseOrderLine]) -> PurchaseOrder:
        """The order by what was really committed; from here on it can be approved and sent."""
        current = self.book.read(order.id)
        if current is None or not current.collecting:
            raise Stale
        planned: list[PlannedLine] = []
        if self.run.settings.approval_value is not None:
            needs = self.demand.needs_of(line.sku for line in lines)
            planned = [PlannedLine(needs[line.sku], line.ordered, line.ordered) for line in lines]
        whole = replace(current, collecting=False, value=total(lines), version=current.version + 1)
        whole = cleared(whole, planned, self.supplier, self.run)
        whole = derived(whole, lines)
        self.book.save(whole)
        return whole

    # what planning remembers

    def _remembered(self, planning: Planning, outcome: Outcome, reason: str, order_by: int | None = None) -> Planning:
        day = self.run.day.isoformat() if self.run.day else None
        return replace(
            planning,
            planned_on=max(filter(None, (day, planning.planned_on)), default=None),
            requested=None,
            verdict=Verdict(self.run.at, outcome, reason, order_by),
            version=planning.version + 1,
        )

    def _order_by(self, oldest: int | None) -> int | None:
        """The run that orders a held basket at the latest."""
        if oldest is None:
            return None
        return micros(last_order_time(self.supplier, self.run.settings, oldest))


def _dropped(held: PurchaseOrder, at: int) -> PurchaseOrder:
    """A proposal nobody needs any more."""
    dropped = replace(held, stage="cancelled", status="cancelled", reason=NOTHING_NEEDED, version=held.version + 1)
    return dropped.noted(at, "dropped", "system")


def _chunks(lines: Sequence[PlannedLine], size: int) -> Iterator[list[PlannedLine]]:
    rest = iter(lines)
    while chunk := list(islice(rest, size)):
        yield chunk
