"""Releases and shipments in the table.

A shipment is decided by one conditional write of its release; its lines follow one by one, each marked with the
shipment so that it moves once, and a worker finishes what a crash left. A recall is one transaction.
"""

from __future__ import annotations

from shared.aws import keys
from shared.aws.backorder_items import line_key, line_update, release_item
from shared.aws.order_reader import TableOrderReader
from shared.aws.rank_moves import finish_move
from shared.aws.stock_items import change_stock
from shared.aws.table import TRANSACTION_LIMIT, Check, ConditionLost, Put, Table, Update, Write
from shared.backorders.lookup import OrderView
from shared.backorders.model import Line, LineChange
from shared.backorders.ports import Stale
from shared.fulfilment.model import Release, ReleaseView, Shipment
from shared.kernel import ids


class TableFulfilmentStore:
    """FulfilmentStore over the table."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._reader = TableOrderReader(table)

    def read(self, key: str) -> OrderView | None:
        return self._reader.read(key)

    def read_release(self, key: str, n: int) -> ReleaseView | None:
        return self._reader.release(key, n)

    def follow(self, view: OrderView) -> None:
        finish_move(self._table, view)

    def hand_over(self, view: OrderView, changes: list[LineChange]) -> None:
        """Lines of an order that stops holding units for its set leave `partial` in the same transaction. A set
        leaves only as it was read: with a line switched meanwhile it may not be complete."""
        head = view.head
        guard = Check(keys.backorder(head.key), "#version = :seen", {"seen": head.version})
        for start in range(0, len(changes), 40):
            batch = changes[start : start + 40]
            writes: list[Write] = [guard] if head.shipping == "hold" else []
            writes += [line_update(change) for change in batch]
            handed = [change.line for change in batch if change.deltas.get("allocated", 0) < 0]
            self._commit(writes + _unnamed(handed))

    def create(self, release: Release) -> None:
        """From the second on it is conditioned on the order: an earlier one may be being recalled, and after that
        nothing more may leave."""
        writes: list[Write] = [Put(release_item(release), fresh=True)]
        if release.n > 1:
            head = keys.backorder(ids.backorder_key(release.backorder_id) or "")
            writes.append(Check(head, "#release = :automatic", {"automatic": "automatic"}))
        self._commit(writes)

    def confirm(self, before: Release, after: Release) -> None:
        try:
            self._table.write(Put(release_item(after), when="#version = :before", values={"before": before.version}))
        except ConditionLost:
            raise Stale from None

    def apply_shipment(self, lines: list[Line], release: Release, shipment: Shipment) -> int:
        mark = f"{release.n}:{release.shipments.index(shipment) + 1}"
        by_position = {line.position: line for line in lines}
        moved = 0
        for position, units, back in shipment.lines:
            line = by_position[position]
            if mark in line.did:
                continue
            change = _shipment_change(line, shipment, units, back, f"{release.id}#{mark}")
            try:
                self._table.write(line_update(change, mark=mark))
            except ConditionLost:
                continue  # another run wrote it
            moved += units + back
        return moved

    def recall(
        self, view: OrderView, release: Release, changes: list[LineChange], at: int, actor: str, note: str
    ) -> None:
        """Every line of the order becomes careful first, so that allocation asks the head before it releases. The
        order no longer waits as a set: what it has is its own."""
        recalled = {change.line.position for change in changes}
        for line in view.lines:
            if line.position not in recalled and not line.careful:
                self._table.write(Update(line_key(line), set={"careful": True}, when="attribute_exists(pk)"))
        writes: list[Write] = [
            Put(release_item(release), when="#version = :before", values={"before": release.version - 1}),
            Update(
                keys.backorder(view.head.key),
                set={"release": "held"},
                plus={"version": 1},
                append={"log": [[at, "recall", actor, note]]},
                when="attribute_exists(pk)",
            ),
        ]
        for change in changes:
            update = line_update(change)
            writes.append(
                Update(
                    update.key,
                    set={"careful": True},
                    plus=update.plus,
                    append=update.append,
                    when=update.when,
                    values=update.values,
                )
            )
        unnamed = _unnamed([line for line in view.lines if line.allocated]) if view.head.shipping == "hold" else []
        if len(writes) + len(unnamed) > TRANSACTION_LIMIT:
            for write in unnamed:
                self._table.write(write)
            unnamed = []
        self._commit(writes + unnamed)

    def finish(self, view: OrderView) -> None:
        if view.head.shipping == "hold":
            unlisted = Update(keys.backorder(view.head.key), remove=("gsi1pk", "gsi1sk"), when="attribute_exists(pk)")
            self._table.write(unlisted)
        self._table.delete_idempotent([keys.directory_entry(keys.open_orders(), view.head.id)])

    def _commit(self, writes: list[Write]) -> None:
        if len(writes) > TRANSACTION_LIMIT:
            raise ValueError("more writes than a transaction holds")
        try:
            self._table.transact(writes)
        except ConditionLost:
            raise Stale from None


def _unnamed(lines: list[Line]) -> list[Write]:
    """What the lines have is no longer shared out among incomplete orders."""
    by_sku: dict[str, list[Line]] = {}
    for line in lines:
        by_sku.setdefault(line.sku, []).append(line)
    return [
        change_stock(sku, remove=tuple(("partial", line_key(line)["sk"]) for line in group))
        for sku, group in by_sku.items()
    ]


def _shipment_change(line: Line, shipment: Shipment, units: int, back: int, cause: str) -> LineChange:
    change = LineChange(line)
    if units:
        change = change.move("ship", "released", units, at=shipment.at, actor=shipment.actor, cause=cause)
    if back:
        change = change.move("recall", "released", back, at=shipment.at, actor=shipment.actor, cause=cause)
    return change
