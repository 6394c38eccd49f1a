"""Changing orders in the table: head, lines and counters together, in transactions of at most 45 lines.

The last transaction of a larger change writes the head; until then each line's mark keeps a resumed change from moving
it twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import Any

from shared.aws import keys
from shared.aws.backorder_items import line_key, line_put, line_update, ordered_to_list
from shared.aws.earlier_log import apart, weighs_too_much
from shared.aws.order_reader import TableOrderReader
from shared.aws.rank_moves import LINES_TOGETHER, finish_move, moved_lines
from shared.aws.recording_store import count_demand, read_facts
from shared.aws.stock_items import change_stock, read_stock
from shared.aws.table import Check, ConditionLost, Path, Put, Table, Update, Write
from shared.backorders.lookup import OrderView
from shared.backorders.model import Backorder, LineChange
from shared.backorders.ports import Facts, LimitReached, OrderChange, Stale

_LINES = 45
_TRIES = 6


class TableChangingStore:
    """ChangingStore over the table."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._reader = TableOrderReader(table)

    def read(self, key: str) -> OrderView | None:
        return self._reader.read(key)

    def facts(self, key: str, skus: Iterable[str]) -> Facts:
        return read_facts(self._table, key, skus)

    def change(self, change: OrderChange) -> None:
        batches = [change.moves[i : i + _LINES] for i in range(0, len(change.moves), _LINES)] or [[]]
        for moves in batches[:-1]:
            self._guarded(moves, change)
        self._finish(change, batches[-1])

    def _finish(self, change: OrderChange, moves: list[LineChange]) -> None:
        if change.added is None:
            self._commit([*head_writes(change), *_line_writes(moves, change)])
            return
        line, demand = change.added
        writes: list[Write] = [*head_writes(change), *_line_writes(moves, change, handed=True)]
        stock = read_stock(self._table, [demand.sku])[demand.sku]
        try:
            self._table.transact([*writes, line_put(replace(line, counted=True)), count_demand(demand, stock)])
        except ConditionLost as lost:
            fresh = read_stock(self._table, [demand.sku])[demand.sku]
            full = demand.limit is not None and fresh.short > demand.limit - demand.units
            if full and lost.lost == (len(writes) + 1,):
                raise LimitReached([demand.sku]) from None
            raise Stale from None

    def reshape(self, change: OrderChange) -> None:
        if change.head.rank != change.view.head.rank:
            self._rerank(change)
        else:
            self._flag(change)

    def _flag(self, change: OrderChange) -> None:
        """Careful flags first and the head last when they appear; the head first when they go."""
        careful = _careful(change.head)
        shaped = _shaped(change)
        if len(shaped) > _LINES:
            self._moves_first(change)
        batches = [shaped[i : i + _LINES] for i in range(0, len(shaped), _LINES)]
        head = head_writes(change)
        for n, batch in enumerate(batches):
            with_head = n == (len(batches) - 1 if careful else 0)
            writes: list[Write] = list(head) if with_head else []
            for move in batch:
                update = line_update(move, mark=change.mark if move.deltas else None)
                writes.append(
                    replace(
                        update,
                        set={"careful": True} if careful else {},
                        remove=() if careful else ("careful",),
                    )
                )
            self._commit([*writes, *_counter_writes(batch, _pooled(change.view, change.head), reshaped=True)])

    def _rerank(self, change: OrderChange) -> None:
        if change.view.behind:
            finish_move(self._table, change.view)
            raise Stale  # an earlier change of rank had not ended: it has now
        shaped, (head, *apart) = _shaped(change), head_writes(change)
        if len(shaped) <= LINES_TOGETHER:
            self._commit([head, *apart, *moved_lines(self._table, shaped, change.head)])
            return
        self._moves_first(change)
        self._commit([replace(head, set={**head.set, "old_rank": change.view.head.rank}), *apart])
        self._follow(change.head.key)

    def _follow(self, key: str) -> None:
        """The head has decided: what cannot be done now, because the lines keep changing, the worker does."""
        for _ in range(_TRIES):
            view = self._reader.read(key)
            if view is None or not view.behind:
                return
            try:
                finish_move(self._table, view)
            except Stale:
                continue

    def _moves_first(self, change: OrderChange) -> None:
        """Units move before a head that is written ahead of its lines: once it is, the request counts as done."""
        if not change.moves:
            return
        for start in range(0, len(change.moves), _LINES):
            self._guarded(change.moves[start : start + _LINES], change)
        raise Stale  # read again: the moves are marked on their lines

    def _guarded(self, moves: list[LineChange], change: OrderChange) -> None:
        guard = Check(keys.backorder(change.head.key), "#version = :seen", _seen(change.view))
        self._commit([guard, *_line_writes(moves, change)])

    def _commit(self, writes: list[Write]) -> None:
        try:
            self._table.transact(writes)
        except ConditionLost:
            raise Stale from None


def _seen(view: OrderView) -> dict[str, Any]:
    return {"seen": view.head.version}


def _careful(head: Backorder) -> bool:
    return head.shipping == "hold" or head.release == "held"


def _shaped(change: OrderChange) -> list[LineChange]:
    """Every line of the order, with its move if it has one."""
    moves = {move.line.position: move for move in change.moves}
    return [moves.get(line.position, LineChange(line)) for line in change.view.lines]


def head_writes(change: OrderChange) -> tuple[Update, *tuple[Put, ...]]:
    """The head, and what it remembers apart from it once that has grown large."""
    before, after = change.view.head, change.head
    update = _head_update(before, after)
    new = [list(entry) for entry in after.log[len(before.log) :]]
    if not weighs_too_much(before):
        return (replace(update, append={**update.append, "log": new}),)
    answered = {mark: value for mark, value in after.done.items() if mark not in before.done}
    set_ = {**update.set, "done": answered, "log": new, "logged_apart": before.apart.count + len(before.log)}
    # the one entry that is written without a version
    function = "attribute_not_exists" if before.overtaken_at is None else "attribute_exists"
    return replace(update, set=set_, when=f"{update.when} AND {function}(#overtaken_at)"), apart(before)


def _head_update(before: Backorder, after: Backorder) -> Update:
    """The head without its log."""
    values: dict[Path, Any] = {
        "version": after.version,
        "done": after.done,
        "shipping": after.shipping,
        "release": after.release,
        "rank": after.rank,
        "priority": after.priority,
        "customer": asdict(after.customer),
    }
    if after.need_by is not None:
        values["need_by"] = after.need_by
    if after.payment != before.payment:
        values["payment"] = after.payment
    if after.remedy != before.remedy:
        values["remedy"] = after.remedy
    remove: tuple[Path, ...] = ("need_by",) if before.need_by is not None and after.need_by is None else ()
    if after.shipping == "hold":
        values |= {"gsi1pk": keys.HOLDING, "gsi1sk": after.id}
    elif before.shipping == "hold":
        remove += ("gsi1pk", "gsi1sk")
    append: dict[Path, list[Any]] = {}
    if len(after.lines) > len(before.lines):
        append["lines"] = [ordered_to_list(line) for line in after.lines[len(before.lines) :]]
    when = "#version = :seen AND #state = :open"
    return Update(
        keys.backorder(after.key),
        set=values,
        append=append,
        remove=remove,
        when=when,
        values={"seen": before.version, "open": "open"},
    )


def _line_writes(moves: list[LineChange], change: OrderChange, *, handed: bool = False) -> list[Write]:
    """`handed`: only if nothing came back from the warehouse meanwhile (what did may be paid for)."""
    when = "#released = :handed" if handed else None
    seen = [{"handed": move.line.released} if handed else None for move in moves]
    writes: list[Write] = [
        line_update(move, when=when, values=values, mark=change.mark) for move, values in zip(moves, seen, strict=True)
    ]
    return writes + _counter_writes(moves, _pooled(change.view, change.view.head))


def _pooled(view: OrderView, head: Backorder) -> bool:
    """Whether the order waits as a set, so that what it has of it is named in `partial`."""
    return head.shipping == "hold" and head.release == "automatic" and any(line.waiting for line in view.lines)


def _counter_writes(moves: list[LineChange], pooled: bool, *, reshaped: bool = False) -> list[Write]:
    """What the moves mean for the SKUs: demand leaves, allocated units become free, `partial` follows."""
    by_sku: dict[str, list[LineChange]] = {}
    for move in moves:
        if move.deltas or (reshaped and move.line.allocated):
            by_sku.setdefault(move.line.sku, []).append(move)
    return [_counters(sku, group, pooled) for sku, group in by_sku.items()]


def _counters(sku: str, group: list[LineChange], pooled: bool) -> Update:
    named: dict[Path, Any] = {}
    gone: list[Path] = []
    for move in group:
        path: Path = ("partial", line_key(move.line)["sk"])
        if pooled and move.after.allocated:
            named[path] = move.after.allocated
        elif move.line.allocated:
            gone.append(path)
    return change_stock(
        sku,
        waiting=sum(move.deltas.get("waiting", 0) for move in group),
        free=-sum(move.deltas.get("allocated", 0) for move in group),
        set_=named,
        remove=tuple(gone),
    )
