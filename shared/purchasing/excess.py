"""Demand that went away: unsent orders shrink on the order-unit grid, sent ones are announced as excess."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from shared.backorders.ports import Stale
from shared.catalog.model import Item
from shared.purchasing.consolidate import Need, round_up
from shared.purchasing.lines import PurchaseOrderLine
from shared.purchasing.model import PurchaseOrder, derived, total
from shared.purchasing.ports import Change, Demand, OrderBook

NOBODY_WAITS = "nobody waits for any of it any more"


@dataclass(frozen=True)
class Excess:
    """Units of an order that nobody waits for: `taken_off` an unsent order, or still to come with a sent one."""

    purchase_order_id: str
    sku: str
    units: int
    taken_off: bool


def shrink_orders(
    orders: Sequence[PurchaseOrder], *, demand: Demand, book: OrderBook, at: int, at_once: int, write: bool
) -> list[Excess]:
    """Compare what a supplier's open orders bring with what is needed, newest order first.

    A write that loses against somebody else is left to the next run: the order is then as large as before, never
    smaller than what is needed.
    """
    found: list[Excess] = []
    lines = {order.id: book.lines(order) for order in orders}
    needs = demand.needs_of({line.sku for listed in lines.values() for line in listed if line.open})
    surplus = {sku: max(0, -need.units) for sku, need in needs.items()}
    newest_first = sorted(orders, key=lambda order: order.id, reverse=True)
    for order in newest_first:
        if order.unsent and not order.collecting and order.closing is None:
            changes = _shrunk(order, lines[order.id], needs, surplus)[:at_once]
            if write and changes:
                changes = _write(order, lines[order.id], changes, needs, book, at)
            lines[order.id] = _applied(lines[order.id], changes)
            for before, after in changes:
                surplus[before.sku] -= before.ordered - after.ordered
                found.append(Excess(order.id, before.sku, before.ordered - after.ordered, taken_off=True))
    return found + _announced([o for o in newest_first if not o.unsent], lines, surplus)


def _shrunk(
    order: PurchaseOrder, lines: Sequence[PurchaseOrderLine], needs: Mapping[str, Need], surplus: Mapping[str, int]
) -> list[Change]:
    """Lines that become smaller, by the terms of the supplier whom the order goes to."""
    changes = []
    for line in lines:
        units = surplus.get(line.sku, 0)
        if line.open and units:
            card = needs[line.sku].item
            item = card.bought_from(order.supplier_id) or card
            kept = _kept(line, units, item)
            if kept < line.open:
                ordered = line.ordered - line.open + kept
                changes.append((line, line.shrink(ordered, item.cost_of(ordered))))
    return changes


def _kept(line: PurchaseOrderLine, surplus: int, item: Item) -> int:
    """Open units that stay. A line that tops the order up stays whole, or the order would miss the minimum again: with
    a stocked item always, else while anybody waits for any of it."""
    topped_up = line.excess - line.rounding
    if topped_up > 0 and (item.reorder_point is not None or surplus < line.open):
        return line.open
    return min(line.open, round_up(line.open - surplus, item.moq, item.pack_size))


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
    if not any(line.ordered for line in result):
        changed = replace(changed, stage="cancelled", reason=NOBODY_WAITS, mail=None)
    units = sum(before.ordered - line.ordered for before, line in changes)
    changed = derived(changed, result).noted(at, "shrunk", "system", f"{units} units")
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
