"""Traces of a person in the table: found by walking all of it, taken out with conditions.

Nothing is indexed by address: it would cost a write with every order, and erasing must not depend on an index that
misses what was written before it was there. A walk reads the table once, in segments.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from shared.aws import keys
from shared.aws.backorder_items import entry_list, line_key, release_item
from shared.aws.clients import client
from shared.aws.marshal import Item, item_from_wire, item_to_wire, to_wire
from shared.aws.order_reader import TableOrderReader
from shared.aws.table import ConditionLost, Put, Table, Update, Write, guarded
from shared.backorders.lookup import OrderView
from shared.backorders.model import Customer, Line
from shared.backorders.ports import Stale
from shared.customers.model import ERASED, Kind, Place, Trace
from shared.kernel.errors import Contended
from shared.notifications.ports import mailbox_of

_TOGETHER = 45
_CANCELLING = "cancel"
_WORDED = frozenset({"cancel", "amend", "recall"})
"""Entries of an order's log whose note somebody wrote."""

_KINDS = ("backorder", "notice", "subscription", "mailbox")


class TableTraces:
    """`shared.customers.model.Traces` on DynamoDB."""

    segments = 16

    def __init__(self, table: Table) -> None:
        self._table = table

    def walk(self, email: str, start: Place) -> Iterator[tuple[Place, Trace | None]]:
        segment, after = start.segment, start.after
        while segment < self.segments:
            items, last = self._page(segment, after)
            for item in items:
                trace = _trace(item, email)
                if trace is not None:
                    yield Place(segment, trace.at), trace
            segment, after = (segment, last) if last else (segment + 1, None)
            yield Place(segment, after), None

    def _page(self, segment: int, after: Mapping[str, str] | None) -> tuple[list[Item], Mapping[str, str] | None]:
        """A megabyte of the table, of which only what may be about persons travels."""
        marks = {f":k{n}": to_wire(kind) for n, kind in enumerate(_KINDS)}
        request: dict[str, Any] = {
            "TableName": self._table.name,
            "ConsistentRead": True,
            "Segment": segment,
            "TotalSegments": self.segments,
            "FilterExpression": f"#kind IN ({', '.join(marks)})",
            "ExpressionAttributeNames": {"#kind": "kind"},
            "ExpressionAttributeValues": marks,
        }
        if after is not None:
            request["ExclusiveStartKey"] = item_to_wire(dict(after))
        answer = guarded(client("dynamodb").scan, **request)
        last = answer.get("LastEvaluatedKey")
        return [item_from_wire(wire) for wire in answer["Items"]], item_from_wire(last) if last else None


def _trace(item: Item, email: str) -> Trace | None:
    """What this item is of that person."""
    at = {"pk": item["pk"], "sk": item["sk"]}
    kind: Kind
    if item["kind"] == "backorder":
        if item["customer"]["email"].lower() != email.lower():
            return None
        kind = "order" if item["state"] == "open" else "recording"
        names = ("id", "order_id", "storefront")
        return Trace(kind, keys.order_of(item["pk"]), at, {name: item[name] for name in names})
    recipient = mailbox_of(email)
    if item["kind"] == "mailbox":
        return Trace("mailbox", "", at, _shown(item)) if at["pk"] == keys.mailbox(recipient)["pk"] else None
    if item.get("recipient") != recipient:
        return None
    kind = "notice" if item["kind"] == "notice" else "subscription"
    return Trace(kind, keys.order_of(item["pk"]) if kind == "notice" else "", at, _shown(item))


_TECHNICAL = frozenset({"pk", "sk", "gsi1pk", "gsi1sk", "kind", "ttl", "request_key", "digest"})


def _shown(item: Item) -> Item:
    return {name: value for name, value in item.items() if name not in _TECHNICAL}


class TableErasing:
    """`shared.customers.model.Erasing` on DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._reader = TableOrderReader(table)

    def read(self, key: str) -> OrderView | None:
        return self._reader.read(key)

    def forget_words(self, view: OrderView) -> None:
        worded = [line for line in view.lines if _said(line)]
        for start in range(0, len(worded), _TOGETHER):
            self._commit([_wordless(line) for line in worded[start : start + _TOGETHER]])
        self._forget_parcels(view)
        for item in self._table.query(keys.order(view.head.key)):
            if item["kind"] == "earlier":
                self._write(_wordless_log(item))
            elif item["kind"] == "notice" and item["recipient"] != ERASED:
                self._write(_nameless(item))
        entry = keys.customer_orders(view.head.storefront, view.head.customer.id)
        self._table.delete_idempotent([keys.directory_entry(entry, view.head.id)])

    def _forget_parcels(self, view: OrderView) -> None:
        """Whoever has a tracking number may see where the parcel went."""
        for release in view.releases:
            item = release_item(release)
            if any("tracking" in shipment for shipment in item["shipments"]):
                shipments = [{n: v for n, v in one.items() if n != "tracking"} for one in item["shipments"]]
                changed = {**item, "shipments": shipments, "version": release.version + 1}
                self._write(Put(changed, when="#version = :seen", values={"seen": release.version}))

    def forget_customer(self, view: OrderView, customer: Customer, at: int, actor: str, reason: str) -> None:
        head = view.head
        log = [*_unworded([list(entry) for entry in head.log]), [at, "erase", actor, reason]]
        self._write(
            Update(
                keys.backorder(head.key),
                set={"customer": vars(customer), "log": log, "version": head.version + 1, "erased_at": at},
                when="#version = :seen AND #state = :open",
                values={"seen": head.version, "open": "open"},
            )
        )

    def forget(self, trace: Trace) -> None:
        if trace.kind == "notice":
            key = dict(trace.at)
            self._write(Update(key, set={"recipient": ERASED}, when="attribute_exists(pk)"))
        else:
            self._table.delete_idempotent([dict(trace.at)])

    def _write(self, write: Write) -> None:
        self._commit([write])

    def _commit(self, writes: list[Write]) -> None:
        try:
            self._table.transact(writes)
        except (ConditionLost, Contended):
            raise Stale from None


def _said(line: Line) -> bool:
    return any(entry.move == _CANCELLING and entry.cause != ERASED for entry in line.log)


def _wordless(line: Line) -> Update:
    """The line with its log, but for what somebody wrote. Loses its condition when the log has grown meanwhile."""
    seen = [entry_list(entry) for entry in line.log]
    return Update(
        line_key(line), set={"log": [_unsaid(entry) for entry in seen]}, when="#log = :seen", values={"seen": seen}
    )


def _unsaid(entry: list[Any]) -> list[Any]:
    *rest, cause = entry
    return [*rest, ERASED if entry[1] == _CANCELLING else cause]


def _wordless_log(item: Item) -> Update:
    key = {"pk": item["pk"], "sk": item["sk"]}
    return Update(key, set={"log": _unworded(item["log"])}, when="attribute_exists(pk)")


def _unworded(log: list[list[Any]]) -> list[list[Any]]:
    return [[at, what, actor, ERASED if what in _WORDED and note else note] for at, what, actor, note in log]


def _nameless(item: Item) -> Update:
    return Update({"pk": item["pk"], "sk": item["sk"]}, set={"recipient": ERASED}, when="attribute_exists(pk)")
