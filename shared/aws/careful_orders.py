"""Orders as allocation looks at them: whole, or no further than it must."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from shared.allocation.careful import CarefulOrder, Glimpse
from shared.aws import keys
from shared.aws.order_reader import Outline, TableOrderReader, as_careful, is_hold
from shared.aws.table import Table
from shared.backorders.ports import Stale
from shared.kernel import ids

_HEAD_LISTS = frozenset({"lines", "log"})


def read_order(table: Table, backorder_id: str) -> CarefulOrder:
    """Raises Stale if there is none (any more)."""
    found = TableOrderReader(table).lines(ids.backorder_key(backorder_id) or "")
    if found is None:
        raise Stale
    return as_careful(*found)


def glimpse_of(table: Table, backorder_id: str) -> Glimpse:
    """The order's head, and what of its lines is asked for. Raises Stale if there is none."""
    reader = TableOrderReader(table)
    outline = reader.outline(ids.backorder_key(backorder_id) or "", keys.RELEASES)
    if outline is None:
        raise Stale
    head, ordered = outline.head, Counter[str]()
    for line in head.lines:
        ordered[line.sku] += line.ordered
    return Glimpse(
        is_hold(head.shipping, head.release), head.overtaken_at, ordered, lambda skus: _waiting(reader, outline, skus)
    )


def is_in_one_parcel(table: Table, backorder_id: str) -> bool:
    """What its head says. Raises Stale if there is none."""
    item = table.get(keys.backorder(ids.backorder_key(backorder_id) or ""), later=_HEAD_LISTS)
    if item is None or item["state"] != "open":
        raise Stale
    return is_hold(item["shipping"], item["release"])


def _waiting(reader: TableOrderReader, outline: Outline, skus: Iterable[str]) -> Mapping[str, int]:
    wanted = set(skus)
    positions = [n for n, line in enumerate(outline.head.lines) if line.sku in wanted]
    lines = reader.lines_at(outline, positions)
    if lines is None:
        return {}
    waits = Counter[str]()
    for line in lines:
        waits[line.sku] += line.waiting
    return {sku: waits[sku] for sku in wanted}
