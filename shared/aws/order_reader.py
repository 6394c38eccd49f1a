"""Reading whole orders from the table."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from shared.allocation.careful import CarefulOrder
from shared.aws import keys
from shared.aws.backorder_items import LINE_LISTS, head_from, line_from, release_from
from shared.aws.consent_items import consents_from
from shared.aws.earlier_log import whole
from shared.aws.marshal import Item
from shared.aws.table import Check, Table
from shared.backorders.lookup import OrderView
from shared.backorders.model import Backorder, Line
from shared.consent.model import Consents
from shared.fulfilment.model import Release, ReleaseView
from shared.kernel import ids
from shared.kernel.errors import Contended

_TRIES = 4
_RELEASES_TOO = keys.RELEASES + "~"


class Outline(NamedTuple):
    """An order without its lines; `ranks` are those its lines may stand at."""

    head: Backorder
    ranks: list[int]
    releases: list[Release]
    consents: Consents


class TableOrderReader:
    """OrderReader over the table. Head, consents and releases are one query, lines one read per hundred."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def read(self, key: str) -> OrderView | None:
        """Raises Contended only if the order was re-ranked under every try."""
        found = self._read(key, _RELEASES_TOO)
        return None if found is None else OrderView(found[0].head, found[1], found[0].releases, found[0].consents)

    def lines(self, key: str) -> tuple[Backorder, list[Line]] | None:
        """Head and lines only: who asks what is open does not need the parcels. Raises Contended as `read`."""
        found = self._read(key, keys.RELEASES)
        return None if found is None else (found[0].head, found[1])

    def _read(self, key: str, last: str) -> tuple[Outline, list[Line]] | None:
        for _ in range(_TRIES):
            outline = self.outline(key, last)
            if outline is None:
                return None
            lines = self.lines_at(outline, range(len(outline.head.lines)))
            if lines is not None:
                return outline, lines
        raise Contended("the order is being re-ranked", retry_after=1)

    def releases(self, key: str) -> tuple[Backorder, list[Release]] | None:
        """Head and releases only: who asks what is to be shipped does not need the lines."""
        outline = self.outline(key)
        return None if outline is None else (outline.head, outline.releases)

    def release(self, key: str, n: int) -> ReleaseView | None:
        """One release with the lines it is about, however many others the order has. Raises Contended as `read`."""
        for _ in range(_TRIES):
            outline = self.outline(key)
            release = next((r for r in outline.releases if r.n == n), None) if outline else None
            if outline is None or release is None:
                return None
            lines = self.lines_at(outline, [line.position for line in release.lines])
            if lines is not None:
                return ReleaseView(outline.head, release, lines)
        raise Contended("the order is being re-ranked", retry_after=1)

    def outline(self, key: str, last: str = _RELEASES_TOO) -> Outline | None:
        """What the order's own partition says, up to that key."""
        items = list(self._table.query(keys.order(key), last=last))
        head_items = [i for i in items if i["kind"] == "backorder"]
        if not head_items or head_items[0]["state"] != "open":
            return None
        head = whole(self._table, head_from(head_items[0], [i for i in items if i["kind"] == "part"]))
        old_rank = head_items[0].get("old_rank")
        ranks = [head.rank] if old_rank is None else [head.rank, old_rank]
        consents = next((consents_from(i) for i in items if i["kind"] == "consent"), Consents())
        return Outline(head, ranks, [release_from(i) for i in items if i["kind"] == "release"], consents)

    def lines_at(self, outline: Outline, positions: Collection[int]) -> list[Line] | None:
        """The lines at these positions, in order; None if the order was re-ranked in between."""
        head = outline.head
        wanted: list[Item] = [
            keys.line(head.lines[position].sku, rank, head.id, position)
            for rank in outline.ranks
            for position in positions
        ]
        found = [line_from(item) for item in self._table.get_many(wanted, later=LINE_LISTS).values()]
        return sorted(found, key=lambda line: line.position) if len(found) == len(positions) else None


def skus_of_order(table: Table, key: str) -> list[str]:
    """The SKUs an order names, in its order; empty if it does not exist."""
    items = list(table.query(keys.order(key), last=keys.RELEASES))
    heads = [i for i in items if i["kind"] == "backorder"]
    if not heads:
        return []
    order = head_from(heads[0], [i for i in items if i["kind"] == "part"])
    return list(dict.fromkeys(line.sku for line in order.lines))


def as_careful(head: Backorder, lines: Iterable[Line]) -> CarefulOrder:
    """The order as allocation looks at it."""
    return CarefulOrder(head.id, is_hold(head.shipping, head.release), head.overtaken_at, tuple(lines), head.version)


def is_hold(shipping: str, release: str) -> bool:
    """Whether an order is shipped in one parcel, and nobody has stopped that."""
    return shipping == "hold" and release == "automatic"


def as_read(order: CarefulOrder) -> Check:
    """A set is that of the order as it was read: a line switched or cancelled meanwhile makes it another."""
    key = keys.backorder(ids.backorder_key(order.backorder_id) or "")
    return Check(key, "#version = :version", {"version": order.version})
