"""Past purchase orders as lead times are learned from them, and what was learned, beside the supplier's card."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice

from shared.aws import keys
from shared.aws.backorder_items import LINE_LISTS, line_from
from shared.aws.catalog_items import learned_map, supplier_from
from shared.aws.purchasing_items import order_from
from shared.aws.stock_items import read_stock
from shared.aws.table import ConditionLost, Table, Update
from shared.backorders.model import Line
from shared.catalog.model import Supplier
from shared.inventory.model import Stock
from shared.kernel import ids
from shared.promising.kept import decided
from shared.promising.lead_times.learn import WINDOW, Kept, PastOrder
from shared.promising.lead_times.learned import LeadTime
from shared.promising.lead_times.learner import ORDERS_OF_A_SUPPLIER
from shared.purchasing.model import PurchaseOrder

_ORDERS, _SKUS, _LINES = 50, 100, 50


class TableLeadTimes:
    """Reads are two per order looked at: its place in the directory and its head; at most 128 of a supplier. For the
    customers behind them one more for each of fifty orders, and two for each of a hundred SKUs."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def suppliers(self) -> list[Supplier]:
        return [supplier_from(card) for card in self._table.query(keys.SUPPLIERS)]

    def past_orders(self, suppliers: Iterable[Supplier]) -> Iterator[PastOrder]:
        """The latest orders of each supplier that were sent, as they stand."""
        for supplier in suppliers:
            directory = keys.purchase_orders(supplier.supplier_id)
            entries = self._table.query(directory, page=ORDERS_OF_A_SUPPLIER, backwards=True)
            wanted = [keys.purchase_order(entry["sk"]) for entry in islice(entries, ORDERS_OF_A_SUPPLIER)]
            for head in self._table.get_many(wanted).values():
                order = order_from(head)
                if order.sent_at is not None:
                    yield _past(order, order.sent_at)

    def customers(self, orders: Iterable[PastOrder], now: int) -> Kept:
        """How promises to customers were kept in four weeks, of the SKUs that came, or should have, with the latest
        purchase orders: of each the lines on both sides of its queue's head, where lines are served. A sample, the same
        size for every shop."""
        since = now - WINDOW
        late = [one for one in orders if one.received_at is None and one.by is not None and since <= one.by < now]
        came = [one for one in orders if one.received_at is not None and one.received_at >= since]
        latest = sorted([*late, *came], key=lambda one: one.sent_at)[-_ORDERS:]
        skus = ids.ordered_unique(sku for one in latest for sku in self._skus(one.id))[:_SKUS]
        counts = [decided(self._about_the_head(stock), since, now) for stock in read_stock(self._table, skus).values()]
        kept, broken = (sum(count[n] for count in counts) for n in (0, 1))
        return Kept(kept + broken, broken)

    def _skus(self, purchase_order_id: str) -> Iterator[str]:
        partition = keys.purchase_order(purchase_order_id)["pk"]
        entries = self._table.query(partition, prefix=keys.PURCHASE_ORDER_LINES, page=_SKUS)
        return (entry["sku"] for entry in islice(entries, _SKUS))

    def _about_the_head(self, stock: Stock) -> Iterator[Line]:
        head, queue = keys.rank_sort(stock.head), keys.queue(stock.sku)
        before = self._table.query(queue, last=head, page=_LINES, backwards=True, later=LINE_LISTS)
        behind = self._table.query(queue, first=head, page=_LINES, later=LINE_LISTS)
        yield from map(line_from, chain(islice(before, _LINES), islice(behind, _LINES)))

    def note(self, supplier_id: str, learned: LeadTime) -> bool:
        """Beside the card, whose version stays: that is for what clients say. False if there is no such card now."""
        write = Update(keys.supplier(supplier_id), set={"learned": learned_map(learned)}, when="attribute_exists(pk)")
        try:
            self._table.write(write)
        except ConditionLost:
            return False
        return True


def _past(order: PurchaseOrder, sent_at: int) -> PastOrder:
    given_up = order.finished and order.first_received_at is None
    return PastOrder(
        order.id,
        order.supplier_id,
        sent_at,
        received_at=order.first_received_at,
        said=order.first_said,
        by=order.first_by,
        ended_at=max((at for at, *_ in order.log), default=sent_at) if given_up else None,
    )
