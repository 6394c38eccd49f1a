"""Moving the lines of an order to their new places in the queues.

Up to 30 lines move together with their head. Of a larger order the head decides first and names both ranks; its lines
follow in transactions of 30, and whoever comes by (the request itself, the worker of releases) goes on where a crash or
another change left off.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from shared.aws import keys
from shared.aws.backorder_items import line_item, line_key
from shared.aws.hand_outs import settled_stock
from shared.aws.stock_items import change_stock
from shared.aws.table import Check, ConditionLost, Delete, Path, Put, Table, Update, Write
from shared.backorders.lookup import OrderView
from shared.backorders.model import BUCKETS, Backorder, Line, LineChange
from shared.backorders.ports import Stale
from shared.inventory.model import Stock
from shared.kernel import ids

LINES_TOGETHER = 30


def finish_move(table: Table, view: OrderView) -> None:
    """Bring the lines that stand at the order's former rank to its present one. Raises Stale."""
    head, behind = view.head, view.behind
    for start in range(0, len(behind), LINES_TOGETHER):
        batch = [LineChange(line) for line in behind[start : start + LINES_TOGETHER]]
        same, rank = "#rank = :rank", {"rank": head.rank}
        first: Write = Check(keys.backorder(head.key), same, rank)
        if start + LINES_TOGETHER >= len(behind):
            first = Update(keys.backorder(head.key), remove=("old_rank",), when=same, values=rank)
        try:
            table.transact([first, *moved_lines(table, batch, head)])
        except ConditionLost:
            raise Stale from None


def moved_lines(table: Table, moves: list[LineChange], head: Backorder) -> list[Write]:
    """The writes that bring lines to the rank of `head`, with whatever else moves on them.

    Demand that was not counted at the old place is counted here: at the new one the tally might never look.
    """
    stocks = {sku: _settled(table, sku) for sku in ids.ordered_unique(move.line.sku for move in moves)}
    writes: list[Write] = []
    for move in moves:
        careful = head.shipping == "hold" or head.release == "held"
        moved = replace(move.after, rank=head.rank, careful=careful, counted=not move.line.part)
        writes += [_unchanged(move.line), Put(line_item(moved), fresh=True)]
    by_sku: dict[str, list[LineChange]] = {}
    for move in moves:
        by_sku.setdefault(move.line.sku, []).append(move)
    return writes + [_counters(sku, group, head, stocks[sku]) for sku, group in by_sku.items()]


def _settled(table: Table, sku: str) -> Stock:
    """While units are on their way to it, a line keeps its place: there it takes them or is marked as having missed."""
    stock = settled_stock(table, sku)
    if stock is None:
        raise LookupError(f"a line of {sku}, of which there are no counters")
    return stock


def _unchanged(line: Line) -> Delete:
    """Delete the line at its old place if nothing moved since it was read."""
    units = {bucket: getattr(line, bucket) for bucket in BUCKETS}
    conditions = [f"#{bucket} = :{bucket}" for bucket in BUCKETS]
    conditions.append("size(#promises) = :promises")
    conditions.append("#careful = :careful" if line.careful else "attribute_not_exists(#careful)")
    seen: dict[str, Any] = {"promises": len(line.promises)} | ({"careful": True} if line.careful else {})
    return Delete(line_key(line), when=" AND ".join(conditions), values=units | seen)


def _counters(sku: str, group: list[LineChange], head: Backorder, stock: Stock) -> Update:
    named: dict[Path, Any] = {}
    gone: list[Path] = []
    for move in group:
        old = line_key(move.line)["sk"]
        if old in stock.partial:
            gone.append(("partial", old))
            if move.after.allocated:
                new = line_key(replace(move.line, rank=head.rank))["sk"]
                named[("partial", new)] = move.after.allocated
    first = head.rank < stock.head
    if first:
        named["head"] = head.rank
    uncounted = sum(move.line.ordered for move in group if not _is_counted(move.line, stock))
    # A tally that saw them where they were must not count them again, nor an allocation move the head over them.
    named |= {"tallies": stock.tallies + 1, "tallied_from": head.rank}
    return change_stock(
        sku,
        waiting=uncounted + sum(move.deltas.get("waiting", 0) for move in group),
        free=-sum(move.deltas.get("allocated", 0) for move in group),
        asked=uncounted,
        past=stock.asked,
        bump=True,
        set_=named,
        remove=tuple(gone),
        when=("#head >= :rank" if first else "#head <= :rank")
        + " AND #tallies = :tallies AND attribute_not_exists(#hand_out)",
        values={"rank": head.rank, "tallies": stock.tallies},
    )


def _is_counted(line: Line, stock: Stock) -> bool:
    """Whether the demand of a line is in the counters; a part of a large order is counted as a whole."""
    return line.part or line.counted or stock.counts(line.sort_key)
