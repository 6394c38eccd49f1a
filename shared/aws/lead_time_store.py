"""Past purchase orders as lead times are learned from them, and what was learned, beside the supplier's card."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from shared.aws import keys
from shared.aws.catalog_items import learned_map, supplier_from
from shared.aws.purchasing_items import order_from
from shared.aws.table import ConditionLost, Table, Update
from shared.catalog.model import Supplier
from shared.promising.lead_times.learn import PastOrder
from shared.promising.lead_times.learned import LeadTime
from shared.promising.lead_times.learner import ORDERS_OF_A_SUPPLIER
from shared.purchasing.model import PurchaseOrder


class TableLeadTimes:
    """Reads are two per order looked at: its place in the directory and its head; at most 64 of a supplier."""

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
