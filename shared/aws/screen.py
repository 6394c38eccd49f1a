"""What the operator's screen shows, read from the table and the dead-letter queues. Nothing here writes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice

from shared.aws import keys
from shared.aws.dead_letter_queues import DeadLetterQueues
from shared.aws.order_reader import TableOrderReader
from shared.aws.purchasing_items import order_from
from shared.aws.purchasing_store import TableOrderBook
from shared.aws.table import Table
from shared.aws.watch_store import TableWatch
from shared.backorders.lookup import OrderView
from shared.forecasting.ports import RiskList
from shared.forecasting.risk import Risk
from shared.kernel import ids
from shared.kernel.clock import DAY, micros
from shared.purchasing.lines import PurchaseOrderLine
from shared.purchasing.model import PurchaseOrder
from shared.purchasing.otif import worth_reading
from shared.widgets.ports import DeadLetters

_AT_ONCE = 100
_REMEMBERED = 120 * DAY  # what was placed before and is finished had its first date long ago
_ORDERS = 1000
_WITH_LINES = 300


class TableScreen:
    """Screen over the table. Costs are bounded, however large the shop: a widget is read every minute."""

    def __init__(self, table: Table, queues: DeadLetterQueues) -> None:
        self._table = table
        self._queues = queues
        self._book = TableOrderBook(table)

    def open_orders(self, at_most: int) -> Iterator[OrderView]:
        """One read each. An order that was refused and recorded later has an entry of each attempt; the last counts."""
        reader = TableOrderReader(self._table)
        for entry in islice(self._table.query(keys.open_orders(), page=_AT_ONCE), at_most):
            view = reader.read(ids.backorder_key(entry["sk"]) or "")
            if view is not None and view.head.id == entry["sk"]:
                yield view

    def sent_orders(self, now: datetime) -> Iterator[tuple[PurchaseOrder, Sequence[PurchaseOrderLine]]]:
        """All open orders and the latest thousand others, the longest open first; lines of three hundred at most."""
        orders = {order.id: order for order in self._book.open_orders()}
        orders |= {order.id: order for order in self._latest(now)}
        read = 0
        for order in sorted(orders.values(), key=lambda one: (one.finished, one.id)):
            telling = read < _WITH_LINES and worth_reading(order, now)
            read += telling
            yield order, self._book.lines(order) if telling else []

    def _latest(self, now: datetime) -> Iterator[PurchaseOrder]:
        since = micros(now - _REMEMBERED)
        entries = self._table.query(keys.purchase_orders(), page=_AT_ONCE, backwards=True)
        newest = islice(entries, _ORDERS)
        while chunk := list(islice(newest, _AT_ONCE)):
            heads = self._table.get_many(keys.purchase_order(entry["sk"]) for entry in chunk)
            orders = [order_from(head) for head in heads.values()]
            yield from orders
            if all(order.created_at < since for order in orders):
                return

    def risks(self, limit: int) -> tuple[RiskList, list[Risk]] | None:
        watch = TableWatch(self._table)
        current = watch.last()
        return None if current is None else (current, watch.risks(current.made_at, 0, limit))

    def dead_letters(self) -> list[DeadLetters]:
        return self._queues.counts()
