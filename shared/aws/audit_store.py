"""The books in the table, in the pieces an audit looks at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict

from shared.audit.books import Item
from shared.audit.invariants import Violation
from shared.audit.repair import Repair, Repaired
from shared.audit.walk import Progress, Subject
from shared.aws import keys
from shared.aws.order_reader import TableOrderReader
from shared.aws.stock_items import change_stock
from shared.aws.table import ConditionLost, Put, Table
from shared.backorders.ports import Stale
from shared.kernel import ids

_COUNTERS = ("waiting", "free", "received", "corrections")
_READ = ("waiting", "free", "version", "tallies", "handings")
_AS_READ = " AND ".join(f"#{name} = :{name}" for name in _READ)


class TableAudit:
    """AuditStore and RepairStore over the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    # the walk

    def progress(self) -> Progress:
        item = self._table.get(keys.AUDIT)
        if item is None:
            return Progress()
        suspects = {
            Subject(scope, name): frozenset(Violation(*violation) for violation in violations)
            for scope, name, violations in item["suspects"]
        }
        after = Subject(*item["after"]) if item["after"] else None
        return Progress(after, suspects, item["ended_at"], item["version"])

    def remember(self, progress: Progress, seen: int) -> None:
        suspects = [
            [subject.scope, subject.name, sorted([v.rule, v.where, v.detail, v.units] for v in violations)]
            for subject, violations in progress.suspects.items()
        ]
        after = [progress.after.scope, progress.after.name] if progress.after else []
        item: Item = {"kind": "audit", **keys.AUDIT, "after": after, "suspects": suspects}
        item |= {"ended_at": progress.ended_at, "version": seen + 1}
        when = "attribute_not_exists(pk)" if seen == 0 else "#version = :seen"
        try:
            self._table.write(Put(item, when=when, values={"seen": seen} if seen else {}))
        except ConditionLost:
            return  # another run went on meanwhile: it looks again at what this one has seen

    def subjects(self, after: Subject | None) -> Iterator[Subject]:
        scopes = ("sku", "order", "purchase")
        left = scopes[scopes.index(after.scope) :] if after else scopes
        for scope in left:
            name = after.name if after and after.scope == scope else None
            yield from (Subject(scope, found) for found in self._names(scope, name))

    def _names(self, scope: str, after: str | None) -> Iterator[str]:
        if scope == "purchase":
            return (entry["sk"] for entry in self._table.query(keys.purchase_orders(), after=after))
        directory = keys.items_directory() if scope == "sku" else keys.open_orders()
        return (entry["sk"] for entry in self._table.query(directory, after=after))

    def items(self, subject: Subject) -> Iterable[Item]:
        if subject.scope == "sku":
            return self.sku(subject.name)
        if subject.scope == "order":
            return self._order(subject.name)
        head = keys.purchase_order(subject.name)
        lines = list(self._table.query(head["pk"], prefix=keys.PURCHASE_ORDER_LINES))
        return lines or filter(None, [self._table.get(head)])  # a held one has none of its own

    def sku(self, sku: str) -> list[Item]:
        """Counters, ledger, lines, heads and parts of the large orders among them, and what is on order."""
        own = list(self._table.query(keys.sku(sku)))
        lines = list(self._table.query(keys.queue(sku)))
        parted = {keys.parse_line(line)[2] for line in lines if line.get("part")}
        large = [item for order in sorted(parted) for item in self._head_and_parts(order)]
        orders = [po for item in own if item["kind"] == "stock" for po in item["inbound"]]
        wanted = [keys.purchase_order(po) for po in orders] + [keys.purchase_order_line(po, sku) for po in orders]
        return [*own, *lines, *large, *self._table.get_many(wanted).values()]

    def _head_and_parts(self, backorder_id: str) -> Iterator[Item]:
        partition = keys.order(ids.backorder_key(backorder_id) or "")
        return self._table.query(partition, last=keys.PARTS + "~")

    def _order(self, backorder_id: str) -> list[Item]:
        """Head, parts, releases and lines; nothing for an entry whose order was refused or is not open."""
        key = ids.backorder_key(backorder_id) or ""
        view = TableOrderReader(self._table).read(key)
        if view is None or view.head.id != backorder_id:
            return []
        own = list(self._table.query(keys.order(key), last=keys.RELEASES + "~"))
        lines = [keys.line(line.sku, line.rank, line.backorder_id, line.position) for line in view.lines]
        return [*own, *self._table.get_many(lines).values()]

    # repair

    def repaired(self, command: Repair) -> tuple[str, Repaired] | None:
        entry = self._table.get(keys.ledger(command.sku, keys.repair_cause(command.repair_id)))
        if entry is None:
            return None
        return entry["reason"], Repaired(command.sku, **{name: entry[name] for name in _COUNTERS})

    def write(self, command: Repair, repaired: Repaired, stock: Item) -> None:
        entry: Item = {
            "kind": "ledger",
            **keys.ledger(command.sku, keys.repair_cause(command.repair_id)),
            "what": "repair",
            "units": 0,
            **{name: value for name, value in asdict(command).items() if name != "repair_id"},
            "cause": command.repair_id,
        }
        deltas = {name: getattr(repaired, name) for name in _COUNTERS}
        seen = {name: stock[name] for name in _READ}
        counters = change_stock(command.sku, **deltas, bump=True, when=_AS_READ, values=seen)
        entry |= deltas
        try:
            self._table.transact([Put(entry, fresh=True), counters])
        except ConditionLost:
            raise Stale from None
