"""Planning and the table: what is needed of whom, what was decided, and orders as they are placed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from shared.aws import keys
from shared.aws.catalog_items import item_from, note_held, supplier_from
from shared.aws.marshal import Item
from shared.aws.prospects_store import TableProspects
from shared.aws.purchasing_items import (
    entries,
    line_map,
    line_on_stock,
    line_put,
    order_put,
    planning_from,
    planning_put,
)
from shared.aws.purchasing_store import LINES_WITH_HEAD
from shared.aws.stock_items import change_stock, stock_from
from shared.aws.table import TRANSACTION_LIMIT, Check, ConditionLost, Delete, Put, Table, Update, Write
from shared.backorders.ports import Stale
from shared.catalog.model import Supplier
from shared.kernel import ids
from shared.kernel.errors import Contended
from shared.purchasing.consolidate import Need
from shared.purchasing.lines import PurchaseOrderLine
from shared.purchasing.model import PurchaseOrder
from shared.purchasing.ports import Planning

_HELD_PAGE = 500
_QUEUE_PAGE = 10
_QUEUE_PAGES = 10
_STILL_NEEDED = "#short >= :short AND #on_order <= :ordered"
_AS_SEEN = "#short = :short AND #on_order = :ordered"
_UNINDEXED = ("gsi1pk", "gsi1sk")

Placed = tuple[PurchaseOrderLine, Need]


class TableDemand(TableProspects):
    """Demand over the table: the sparse index says which SKUs to look at, cards and counters what they need."""

    def suppliers(self) -> list[Supplier]:
        return [supplier_from(card) for card in self._table.query(keys.SUPPLIERS)]

    def needs(self, supplier_id: str) -> list[Need]:
        """An item that changed its supplier while it stood in the index is moved, and found with the new one."""
        found = self._table.query_index(keys.need(supplier_id))
        needs = self.needs_of(key["gsi1sk"] for key in found)
        mine = []
        for need in needs.values():
            if need.item.supplier_id == supplier_id:
                mine.append(need)
            else:
                self._move(need)
        return mine

    def needs_of(self, skus: Iterable[str]) -> dict[str, Need]:
        wanted = [key for sku in skus for key in (keys.item(sku), keys.stock(sku))]
        found = self._table.get_many(wanted).values()
        cards = {item["sku"]: item_from(item) for item in found if item["kind"] == "item"}
        stocks = {item["sku"]: stock_from(item) for item in found if item["kind"] == "stock"}
        return {sku: Need(card, stocks[sku]) for sku, card in cards.items() if sku in stocks}

    def _move(self, need: Need) -> None:
        index = {"gsi1pk": keys.need(need.item.supplier_id), "gsi1sk": need.item.sku}
        self._table.write(change_stock(need.item.sku, set_=dict(index)))

    def oldest_placed(self, needs: Sequence[Need]) -> int | None:
        """Exact unless a hundred lines with a head start stand in front: then no later than those say."""
        placed = [at for need in needs if need.stock.waiting > 0 and (at := self._oldest(need)) is not None]
        return min(placed, default=None)

    def _oldest(self, need: Need) -> int | None:
        """A line's rank is when it was placed less its head start, so nobody behind a rank was placed before it."""
        waiting = self._table.query(
            keys.queue(need.item.sku),
            first=keys.rank_sort(need.stock.head),
            keep="#waiting > :none",
            values={"none": 0},
            page=_QUEUE_PAGE * 5,
        )
        oldest: int | None = None
        for _ in range(_QUEUE_PAGES):
            lines = [keys.parse_line(_key(item)) for item in islice(waiting, _QUEUE_PAGE)]
            if not lines or (oldest is not None and lines[0][1] >= oldest):
                break
            placed = self._placed({backorder_id for _, _, backorder_id, _ in lines})
            oldest = min((*placed, *([oldest] if oldest is not None else [])), default=None)
        return oldest

    def _placed(self, backorder_ids: Iterable[str]) -> list[int]:
        wanted = [keys.backorder(key) for one in backorder_ids if (key := ids.backorder_key(one)) is not None]
        return [head["placed_at"] for head in self._table.get_many(wanted).values() if head["state"] == "open"]

    def forget(self, needs: Sequence[Need]) -> None:
        """Out of the index, unless the counters moved; items with a reorder point stay in it."""
        writes = [_forgotten(need) for need in needs if need.item.reorder_point is None]
        for start in range(0, len(writes), TRANSACTION_LIMIT):
            chunk = writes[start : start + TRANSACTION_LIMIT]
            try:
                self._table.transact(chunk)
            except (ConditionLost, Contended):
                for write in chunk:
                    self._forget_one(write)

    def _forget_one(self, write: Update) -> None:
        try:
            self._table.write(write)
        except (ConditionLost, Contended):
            return  # somebody has begun to wait: it stays listed


class TablePlans:
    """PlanBook and Schedule over the table."""

    at_once = LINES_WITH_HEAD

    def __init__(self, table: Table) -> None:
        self._table = table
        self._held: set[str] = set()
        """Suppliers for whom something was held when this was read."""

    def planning(self, supplier_id: str) -> Planning:
        item = self._table.get(keys.planning(supplier_id))
        return self._read(planning_from(item)) if item else Planning(supplier_id)

    def plannings(self) -> Mapping[str, Planning]:
        found = map(planning_from, self._table.query(keys.PLANNING, prefix=keys.PLANNED_SUPPLIERS))
        return {planning.supplier_id: self._read(planning) for planning in found}

    def _read(self, planning: Planning) -> Planning:
        if planning.held_until is not None:
            self._held.add(planning.supplier_id)
        return planning

    def _noted(self, planning: Planning) -> list[Write]:
        """What promises have to know of it, beside the supplier's card: written with what is held, and once more when
        nothing is any longer."""
        if planning.held_until is None and planning.supplier_id not in self._held:
            return []
        return [note_held(planning.supplier_id, planning.held_until)]

    def last_run(self) -> int | None:
        item = self._table.get(keys.PLANNING_RUN)
        return item["at"] if item else None

    def ran(self, at: int) -> None:
        """Never moves back."""
        later = Update(
            keys.PLANNING_RUN, set={"kind": "planning_run", "at": at}, when="attribute_not_exists(pk) OR #at < :at",
            values={"at": at},
        )  # fmt: skip
        try:
            self._table.write(later)
        except ConditionLost:
            return

    def remember(self, planning: Planning) -> None:
        self._transact([planning_put(planning), *self._noted(planning)])

    def place(self, order: PurchaseOrder, lines: Sequence[Placed], planning: Planning) -> None:
        writes: list[Write] = [order_put(order), planning_put(planning), *entries(order), *self._noted(planning)]
        self._transact([*writes, *_new_lines(order, lines)])
        if order.version > 1:  # it was held: its proposed lines have become real ones
            self._table.delete_idempotent(_key(page) for page in self._held_pages(order))

    def add(self, order: PurchaseOrder, lines: Sequence[Placed]) -> None:
        collecting = Check(keys.purchase_order(order.id), "#collecting = :yes", {"yes": True})
        self._transact([collecting, *_new_lines(order, lines)])

    def hold(self, order: PurchaseOrder, lines: Sequence[PurchaseOrderLine], planning: Planning) -> None:
        writes: list[Write] = [order_put(order), planning_put(planning), *entries(order), *self._noted(planning)]
        pages = list(_pages(order, lines))
        written = {page.item["sk"] for page in pages}
        old = self._held_pages(order) if order.version > 1 else []
        surplus = [Delete(_key(page)) for page in old if page["sk"] not in written]
        self._transact([*writes, *pages, *surplus])

    def _held_pages(self, order: PurchaseOrder) -> list[Item]:
        return list(self._table.query(keys.purchase_order(order.id)["pk"], prefix=keys.HELD_LINES))

    def _transact(self, writes: Sequence[Write]) -> None:
        try:
            self._table.transact(writes)
        except ConditionLost:
            raise Stale from None


def _forgotten(need: Need) -> Update:
    values = {"short": need.stock.short, "ordered": need.stock.on_order}
    return change_stock(need.item.sku, remove=_UNINDEXED, when=_AS_SEEN, values=values)


def _new_lines(order: PurchaseOrder, lines: Sequence[Placed]) -> Iterator[Write]:
    for line, need in lines:
        values = {"short": need.stock.short, "ordered": need.stock.on_order}
        yield line_put(order.id, line, fresh=True)
        stock = line_on_stock(order, None, line, when=_STILL_NEEDED, values=values)
        assert stock is not None, "a new line always brings something"
        yield stock


def _pages(order: PurchaseOrder, lines: Sequence[PurchaseOrderLine]) -> Iterator[Put]:
    for n, start in enumerate(range(0, len(lines), _HELD_PAGE)):
        page = [line_map(line) for line in lines[start : start + _HELD_PAGE]]
        yield Put({"kind": "held_lines", **keys.held_lines(order.id, n), "lines": page})


def _key(item: Item) -> dict[str, str]:
    return {"pk": item["pk"], "sk": item["sk"]}
