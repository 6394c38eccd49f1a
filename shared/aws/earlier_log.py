"""The earlier part of a long order's log, and the requests it answered: apart from the head, which is one item.

An order may be changed thousands of times (2,000 lines, cancelled one by one), and an item holds 400 KB. Whoever
changes an order whose head has grown moves what it remembers into an item of its own, in the same transaction.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from shared.aws import keys
from shared.aws.marshal import Item
from shared.aws.table import Put, Table
from shared.backorders.model import Backorder
from shared.backorders.remembered import Apart

_MOST_BYTES = 24_000
"""Of log and answered requests in a head; beyond that every change would pay for writing them again."""
_ABOUT = 40  # an entry's numbers and quotes


def weighs_too_much(head: Backorder) -> bool:
    """Whether what a head remembers should move out of it."""
    entries = sum(len(f"{what}{actor}{note}".encode()) + _ABOUT for _, what, actor, note in head.log)
    return bool(head.log) and entries + sum(len(f"{m}{v}") for m, v in head.done.items()) > _MOST_BYTES


def apart(head: Backorder) -> Put:
    """What the head remembers, as an item beside it, named by how many entries stand before it."""
    item: Item = {"kind": "earlier", **keys.earlier(head.key, head.apart.count), "done": head.done}
    item["log"] = [list(entry) for entry in head.log]
    return Put(item, fresh=True)


def whole(table: Table, head: Backorder) -> Backorder:
    """The head with everything it ever remembered. Costs a read only where something stands apart."""
    if not head.apart.count:
        return head
    log: list[tuple[int, str, str, str]] = []
    done: dict[str, str] = {}
    for item in table.query(keys.order(head.key), prefix=keys.EARLIER):
        log += [_entry(values) for values in item["log"]]
        done |= item["done"]
    return replace(head, apart=Apart(head.apart.count, tuple(log), done))


def _entry(values: list[Any]) -> tuple[int, str, str, str]:
    at, what, actor, note = values
    return at, what, actor, note
