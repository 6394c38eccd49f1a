"""Demand that went away: unsent orders shrink on the order-unit grid, sent ones while their supplier lets them.

What is left is announced as excess."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from shared.backorders.ports import Stale
from shared.catalog.model import Item, Supplier
from shared.kernel.clock import DAY
from shared.purchasing.consolidate import Need, cheapest_quantity
from shared.purchasing.lines import PurchaseOrderLine
from shared.purchasing.model import PurchaseOrder, derived, total
from shared.purchasing.ports import Change, Demand, OrderBook
from shared.purchasing.sentence import fewer

_DAY_MICROS = DAY // timedelta(microseconds=1)
NOBODY_WAITS = "nobody waits for any of it any more"


@dataclass(frozen=True)
class Excess:
    """Units of an order that nobody waits for: `taken_off` it, or still to come with it."""

    purchase_order_id: str
    sku: str
    units: int
    taken_off: bool


def shrink_orders(
    orders: Sequence[PurchaseOrder],
    suppliers: Mapping[str, Supplier],
    *,
    demand: Demand,
    book: OrderBook,
    at: int,
    at_once: int,
    write: bool,
) -> list[Excess]:
    """Compare what open orders bring with what is needed, newest order first. Sent ones change if their supplier is
    among those given, and he is told by mail.

    A write that loses against somebody else is left to the next run: the order is then as large as before, never
    smaller than what is needed.
    """
    found: list[Excess] = []
    lines = {order.id: book.lines(order) for order in orders}
    needs = demand.needs_of({line.sku for listed in lines.values() for line in listed if line.open})
    surplus = {sku: max(0, -need.units) for sku, need in needs.items()}
    newest_first = sorted(orders, key=lambda order: order.id, reverse=True)
    for order in newest_first:
        if may_shrink(order, suppliers.get(order.supplier_id), at):
            changes = _shrunk(order, lines[order.id], needs, surplus)[:at_once]
            left = _applied(lines[order.id], changes)
            if not order.unsent and _too_small(order, left, suppliers[order.supplier_id]):
                changes = []  # he would refuse it
            if write and changes:
                changes = _write(order, lines[order.id], changes, needs, book, at)
            lines[order.id] = _applied(lines[order.id], changes)
            for before, after in changes:
                surplus[before.sku] -= before.open - after.open
                found.append(Excess(order.id, before.sku, before.open - after.open, taken_off=True))
    return found + _announced([o for o in newest_first if not o.unsent], lines, surplus)


def may_shrink(order: PurchaseOrder, supplier: Supplier | None, at: int) -> bool:
    """Nobody has been told of the order yet, or its supplier lets units be taken off for some days after sending."""
    if order.collecting or order.closing is not None or order.answering is not None:
        return False
    if order.unsent:
        return True
    if supplier is None or order.sent_at is None or order.finished:
        return False
    return at < order.sent_at + supplier.amend_days * _DAY_MICROS


def _too_small(order: PurchaseOrder, lines: Sequence[PurchaseOrderLine], supplier: Supplier) -> bool:
    """What is left is less than the supplier takes an order for, or may be: his minimum is in another currency by now.
    Nothing left is no order."""
    left, least = any(line.open or line.received for line in lines), Decimal(supplier.min_order_value)
    return left and (Decimal(total(lines)) < least or (least > 0 and supplier.currency != order.currency))


def _shrunk(
    order: PurchaseOrder, lines: Sequence[PurchaseOrderLine], needs: Mapping[str, Need], surplus: Mapping[str, int]
) -> list[Change]:
    """Lines that become smaller: in the currency, at the prices and on the grid that they were ordered on, whatever the
    cards say by now."""
    changes = []
    for line in lines:
        units = surplus.get(line.sku, 0)
        if line.open and units and not line.despatches:  # what is on its way comes
            card = needs[line.sku].item
            item = line.as_ordered(card, card.bought_from(order.supplier_id))
            kept = _kept(line, units, card, item)
            if kept < line.open:
                ordered = line.ordered - line.open + kept
                cost = item.cost_of(ordered) if item else None
                less = line.shrink(ordered, cost) if order.unsent else line.take_off(ordered, cost)
                changes.append((line, less))
    return changes


def _kept(line: PurchaseOrderLine, surplus: int, card: Item, as_ordered: Item | None) -> int:
    """Open units that stay. A line that tops the order up stays whole, or the order would miss the minimum again: with
    a stocked item always, else while anybody waits for any of it. So does one whose grid nobody knows."""
    topped_up = line.excess - line.rounding
    if topped_up > 0 and (card.reorder_point is not None or surplus < line.open):
        return line.open
    if as_ordered is None:
        return line.open if surplus < line.open else 0
    return min(line.open, cheapest_quantity(line.open - surplus, as_ordered))


def _write(
    order: PurchaseOrder,
    lines: Sequence[PurchaseOrderLine],
    changes: list[Change],
    needs: Mapping[str, Need],
    book: OrderBook,
    at: int,
) -> list[Change]:
    result = _applied(lines, changes)
    changed = replace(order, value=total(result), version=order.version + 1)
    if not any(line.open or line.received for line in result):
        changed = replace(changed, stage="cancelled", reason=NOBODY_WAITS, mail=None if order.unsent else order.mail)
    elif order.unsent:
        changed = replace(changed, reason=fewer(order.reason, result))
    units = sum(before.open - line.open for before, line in changes)
    what = "shrunk" if order.unsent else "amended"
    changed = derived(changed, result).noted(at, what, "system", f"{units} units")
    if not order.unsent:
        changed = changed.with_mail("purchase_order_changed", at)
    try:
        book.save(changed, changes, needs)
    except Stale:
        return []
    return changes


def _applied(lines: Sequence[PurchaseOrderLine], changes: Sequence[Change]) -> list[PurchaseOrderLine]:
    after = {before.sku: changed for before, changed in changes}
    return [after.get(line.sku, line) for line in lines]


def _announced(
    orders: Sequence[PurchaseOrder], lines: Mapping[str, Sequence[PurchaseOrderLine]], surplus: Mapping[str, int]
) -> list[Excess]:
    planned: dict[str, int] = {}
    for listed in lines.values():
        for line in listed:
            planned[line.sku] = planned.get(line.sku, 0) + min(line.excess, line.open)
    left = {sku: units - planned.get(sku, 0) for sku, units in surplus.items()}
    found = []
    for order in orders:
        for line in lines[order.id]:
            units = min(line.open, left.get(line.sku, 0))
            if units > 0:
                left[line.sku] -= units
                found.append(Excess(order.id, line.sku, units, taken_off=False))
    return found
