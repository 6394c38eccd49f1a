"""What is answered about purchase orders and plans."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from shared.backorders.serves import Serves
from shared.contracts.common import iso
from shared.kernel import clock
from shared.purchasing.answers import state_of
from shared.purchasing.lines import PurchaseOrderLine
from shared.purchasing.model import PurchaseOrder
from shared.purchasing.verdicts import SupplierPlan


def purchase_order_view(
    order: PurchaseOrder,
    lines: Iterable[PurchaseOrderLine],
    *,
    stored: bool = True,
    serves: Mapping[str, Serves] = MappingProxyType({}),
) -> dict[str, Any]:
    """`PurchaseOrderView` of an order; lines that were taken off before it was sent are not shown."""
    mail, lines = order.mail, list(lines)
    return {
        "purchase_order_id": order.id if stored else None,
        "supplier_id": order.supplier_id,
        "status": order.status,
        "reason": order.reason,
        "order_by": iso(order.order_by),
        "currency": order.currency,
        "value": order.value,
        "created_at": iso(order.created_at),
        "sent_at": iso(order.sent_at),
        "acknowledged_at": iso(order.acknowledged_at),
        "seen": state_of(order, lines),
        "mail": {"kind": mail.kind, "state": mail.state, "at": iso(mail.at)} if mail else None,
        "lines": [_line(line) | _serves(serves.get(line.sku)) for line in lines if line.listed],
        "history": [{"at": iso(at), "event": e, "actor": actor, "detail": d} for at, e, actor, d in order.log],
    }


def _line(line: PurchaseOrderLine) -> dict[str, Any]:
    same = ("sku", "supplier_sku", "description", "ordered", "open", "received", "closed_short", "taken_off", "over")
    line = line.of_what_comes()
    later = line.later
    view: dict[str, Any] = {name: getattr(line, name) for name in same}
    view |= {
        "rejected": line.rejected_units,
        "expected": {"likely": iso(line.dates.likely), "by": iso(line.dates.by)},
        "confirmed": line.firm,
        "later": None,
    }
    if later is not None:
        dates = {"likely": iso(later.dates.likely), "by": iso(later.dates.by)}
        view["later"] = {"units": later.units, "expected": dates}
    return view | {name: getattr(line, name) for name in ("reply", "need", "rounding", "excess", "unit_cost")}


def _serves(found: Serves | None) -> dict[str, Any]:
    if found is None:
        return {"serves": None, "serves_more": None}
    named = [{"backorder_id": one.backorder_id, "line_id": one.line_id, "units": one.units} for one in found.named]
    return {"serves": named, "serves_more": found.more}


def plan_view(plan_id: str, at: datetime, plans: Sequence[SupplierPlan], *, dry: bool) -> dict[str, Any]:
    """`PlanView` of a run. Only held and ordered baskets are orders."""
    orders = [purchase_order_view(p.order, p.lines, stored=not dry) for p in plans if p.order is not None]
    return {
        "plan_id": plan_id,
        "dry_run": dry,
        "planned_at": clock.iso(at),
        "orders": orders,
        "suppliers": [_supplier(plan, dry=dry) for plan in plans],
    }


def kept_plan(view: dict[str, Any]) -> dict[str, Any]:
    """What is remembered of a plan for a repeat of the request: who was planned, and the orders' ids."""
    told = [one | {"not_ordered": [], "excess": []} for one in view["suppliers"] if one["outcome"] != "skipped"]
    return view | {"orders": [], "suppliers": told}


def _supplier(plan: SupplierPlan, *, dry: bool) -> dict[str, Any]:
    return {
        "supplier_id": plan.supplier_id,
        "outcome": plan.outcome,
        "reason": plan.reason,
        "purchase_order_id": plan.order.id if plan.order and not dry else None,
        "not_ordered": [{"sku": n.sku, "units": n.units, "reason": n.reason} for n in plan.not_ordered],
        "excess": [
            {
                "purchase_order_id": e.purchase_order_id,
                "sku": e.sku,
                "units": e.units,
                "taken_off": e.taken_off,
            }
            for e in plan.excess
        ],
    }
