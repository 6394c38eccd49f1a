"""Order from another supplier what the preferred one could not bring in time.

It becomes an order of its own, at once; only what it takes away from the need counts for the preferred supplier.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shared.catalog.model import Supplier
from shared.kernel.errors import NotFound
from shared.purchasing.choose import Terms
from shared.purchasing.consolidate import Decision, Need, PlannedLine, consolidate
from shared.purchasing.costs import Costs
from shared.purchasing.draft import Run, cleared, order_lines, propose
from shared.purchasing.model import derived
from shared.purchasing.order_days import is_order_day, local_day
from shared.purchasing.ports import Demand, OrderBook, PlanBook
from shared.purchasing.sentence import counted, figures
from shared.purchasing.switching import Elsewhere, Home, Switch, best_switch
from shared.purchasing.verdicts import SupplierPlan
from shared.purchasing.weigh import moment_of, moments_of, parts_of


def order_elsewhere(
    needs: Sequence[Need], supplier: Supplier, run: Run, *, demand: Demand, plans: PlanBook, book: OrderBook
) -> SupplierPlan | None:
    """The order that was placed elsewhere, None if none was. Nothing is read for items that have one supplier.

    Raises Stale when a need has become smaller meanwhile, or somebody is planning the other supplier.
    """
    waiting = [need for need in needs if need.units > 0 and need.stock.short > need.stock.on_order]
    offered = _offered({one.supplier_id for n in waiting for one in n.item.other_suppliers}, supplier, run, book)
    oldest = demand.oldest_placed(waiting) if offered and not run.anyway else None
    if oldest is None:
        return None
    lines = consolidate(needs)
    parts = parts_of(lines, needs, run, demand, weighed=True)
    may_wait = supplier.hold_for == "any_quota" and any(line.rounding for line in lines)
    terms = Terms.of(supplier, Costs.of(supplier, run.settings))
    home = Home(list(moments_of(supplier, run, oldest)), terms, may_wait)
    switch = best_switch(parts, home, offered)
    return _placed(switch, supplier, run, plans) if switch else None


def _offered(supplier_ids: set[str], home: Supplier, run: Run, book: OrderBook) -> list[Elsewhere]:
    """Suppliers who take orders today, in the same currency."""
    found = []
    for supplier_id in sorted(supplier_ids):
        try:
            supplier = book.supplier(supplier_id)
        except NotFound:
            continue  # an item may name him longer than he is there
        if supplier.currency == home.currency and is_order_day(supplier, local_day(run.settings, run.now)):
            terms = Terms.of(supplier, Costs.of(supplier, run.settings))
            found.append(Elsewhere(supplier, moment_of(supplier, run.now, 0), terms))
    return found


def _placed(switch: Switch, home: Supplier, run: Run, plans: PlanBook) -> SupplierPlan:
    supplier, bought = switch.to.supplier, switch.option.quantities
    planned = tuple(
        PlannedLine(part.need, part.quantity(0), bought[part.need.item.sku], home.supplier_id) for part in switch.parts
    )
    planned = tuple(sorted(planned, key=lambda line: line.sku))
    reason = f"ordered here because {home.name} would break {counted(switch.kept)}; {figures(planned, None)}"
    decision = Decision(False, planned, reason)
    lines = order_lines(planned, supplier, run.now)
    order = propose(None, "draft", supplier, decision, lines, run, instead_of=home.supplier_id)
    if not run.dry:
        order = derived(cleared(order, planned, supplier, run), lines)
        planning = plans.planning(supplier.supplier_id)
        memory = replace(planning, version=planning.version + 1)
        plans.place(order, [(line, one.need) for line, one in zip(lines, planned, strict=True)], memory)
    return SupplierPlan(supplier.supplier_id, "ordered", reason, order, tuple(lines))
