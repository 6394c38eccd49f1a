"""Removing large recordings that never opened, so that nothing of them is left and the order may be sent again."""

from __future__ import annotations

from shared.aws import keys
from shared.aws.marshal import Item
from shared.aws.reserving import give_back
from shared.aws.table import Check, ConditionLost, Delete, Table, Update, Write

LINES_PER_PART = 90
_DISCARDING = "#id = :id AND #state = :discarding"


def discard_recording(table: Table, key: str) -> None:
    """Remove an order that never opened: what was counted for it, lines with their part, then its head.

    An open order is not touched.

    Repeatable, also while somebody else is at it and the order is begun anew: every step holds only for this try.
    Raises Contended.
    """
    head = table.get(keys.backorder(key))
    if head is None or head["state"] == "open":
        return
    try:
        _mark_discarding(table, head)
        head = table.get(keys.backorder(key)) or head  # nothing more is counted for it from now on
        parts = list(table.query(keys.order(key), prefix=keys.PARTS))
        give_back(table, head, parts)
        for part in parts:
            _discard_part(table, head, part)
        _discard_head(table, head)
    except ConditionLost:
        return  # it was opened, or somebody else has removed it


def _mark_discarding(table: Table, head: Item) -> None:
    table.write(
        Update(
            _key_of(head),
            set={"state": "discarding"},
            when="#id = :id AND #state IN (:recording, :discarding)",
            values={"id": head["id"], "recording": "recording", "discarding": "discarding"},
        )
    )


def _discard_part(table: Table, head: Item, part: Item) -> None:
    """A part and its lines go at once, while their head is being discarded. Raises ConditionLost if it is not."""
    start = int(part["sk"].removeprefix(keys.PARTS)) * LINES_PER_PART
    writes: list[Write] = [
        Check(_key_of(head), _DISCARDING, _discarding(head)),
        Delete(_key_of(part), "#id = :id", {"id": head["id"]}),
    ]
    writes += [
        Delete(keys.line(values[1], part["rank"], part["id"], start + i)) for i, values in enumerate(part["lines"])
    ]
    try:
        table.transact(writes)
    except ConditionLost as lost:
        if 0 in lost.lost:
            raise  # else: somebody else has removed this part


def _discard_head(table: Table, head: Item) -> None:
    """With its entries in the lists. Last: whoever begins anew does so after all of this."""
    customer = keys.customer_orders(head["storefront"], head["customer"]["id"])
    entries = [keys.directory_entry(p, head["id"]) for p in (customer, keys.open_orders())]
    table.transact([Delete(_key_of(head), _DISCARDING, _discarding(head)), *map(Delete, entries)])


def _key_of(item: Item) -> dict[str, str]:
    return {"pk": item["pk"], "sk": item["sk"]}


def _discarding(head: Item) -> dict[str, str]:
    return {"id": head["id"], "discarding": "discarding"}
