"""What the tables are made from in these tests, and their HTML as it is kept: `python -m tests.unit.widgets.scenes`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from shared.backorders.lookup import OrderView
from shared.forecasting.ports import RiskList
from shared.forecasting.rhythm import Rhythm
from shared.forecasting.risk import Risk
from shared.kernel.clock import micros
from shared.purchasing.lines import PurchaseOrderLine
from shared.purchasing.model import PurchaseOrder
from shared.widgets.make import WIDGETS, make_widget
from shared.widgets.ports import DeadLetters
from tests.unit.notifications import orders
from tests.unit.purchasing.test_order_lines import line as purchased
from tests.unit.purchasing.test_order_lines import order as purchase_order

GOLDEN = Path(__file__).parent / "golden"
NOW = datetime(2026, 1, 20, 9, 30, tzinfo=UTC)
REDRIVE = "arn:aws:lambda:eu-west-1:111122223333:function:backorders-redrive-dead-letters"


@dataclass
class Shop:
    """A Screen over what it is given."""

    orders: Sequence[OrderView] = ()
    purchases: Sequence[tuple[PurchaseOrder, Sequence[PurchaseOrderLine]]] = ()
    listed: tuple[RiskList, list[Risk]] | None = None
    queues: Sequence[DeadLetters] = ()

    def open_orders(self, at_most: int) -> Iterable[OrderView]:
        return self.orders[:at_most]

    def sent_orders(self, now: datetime) -> Iterable[tuple[PurchaseOrder, Sequence[PurchaseOrderLine]]]:  # noqa: ARG002
        return self.purchases

    def risks(self, limit: int) -> tuple[RiskList, list[Risk]] | None:
        return self.listed and (self.listed[0], self.listed[1][:limit])

    def dead_letters(self) -> list[DeadLetters]:
        return list(self.queues)


def waiting(order_id: str, days_ago: int, *units: int, promised: int | None = 30) -> OrderView:
    """An order placed so long ago, with a line for each number of units."""
    lines = [orders.line(n, waiting=waits, promised=promised) for n, waits in enumerate(units)]
    view = orders.order(*lines)
    placed_at = micros(NOW - timedelta(days=days_ago))
    return replace(view, head=replace(view.head, order_id=order_id, placed_at=placed_at))


def bought(
    supplier_id: str, *, first: int | None, came: int | None = None, units: int = 10
) -> tuple[PurchaseOrder, list[PurchaseOrderLine]]:
    """A sent order of ten units, first confirmed for so many days from now, of which `units` came."""
    day = datetime(2026, 1, 20, 12, tzinfo=UTC)
    at = None if first is None else micros(day + timedelta(days=first))
    line = purchased(10, first_date=at, due=micros(day) if at is None else at, unit_cost="2.50")
    order = replace(purchase_order("sent", sent_at=1), supplier_id=supplier_id)
    if came is not None:
        line = line.receive(units, at=micros(day + timedelta(days=came)))
        order = replace(order, status="partially_received" if line.open else "received")
    return order, [line]


def risk(sku: str, probability: int, runs_out: int | None) -> Risk:
    return Risk(sku, "acme", -3, 12, 20, 9, 18, 31, probability, "14.2", "35.50", "EUR", runs_out)


THROUGH = datetime(2026, 1, 19, tzinfo=UTC).toordinal()
FULL = Shop(
    orders=[
        waiting("100231", 40, 3, promised=9),
        waiting("100198", 55, *range(1, 1115), promised=9),
        waiting("100377", 2, 1, promised=None),
        orders.order(orders.line(shipped=2)),
    ],
    purchases=[
        bought("acme", first=-12),
        bought("acme", first=-3, came=-3),
        bought("acme", first=-9, came=-4),
        *[bought("punctual", first=-5, came=-6) for _ in range(6)],
        bought("silent", first=None),
    ],
    listed=(
        RiskList(THROUGH, micros(NOW - timedelta(hours=4)), 140, 2, Rhythm((7,) * 7, (5,) * 7)),
        [risk("TEAPOT", 97, 3), risk("LANTERN", 21, None)],
    ),
    queues=[
        DeadLetters("tally-demand-dead", 0, can_go_back=True),
        DeadLetters("allocate-stock-dead.fifo", 1203, can_go_back=True),
        DeadLetters("fan-out-changes-dead", 2, can_go_back=False),
    ],
)
EMPTY = Shop(queues=[DeadLetters("tally-demand-dead", 0, can_go_back=True)])
SHOPS = {"full": FULL, "empty": EMPTY}


def made(widget: str, shop: Shop, **parameters: object) -> str:
    asked = {"widget": widget, "widgetContext": {"theme": "light"}, **parameters}
    return make_widget(asked, screen=shop, now=NOW, zone=UTC, redrive=REDRIVE)


def kept(widget: str, shop: str) -> Path:
    return GOLDEN / f"{widget}-{shop}.html"


if __name__ == "__main__":
    for widget in WIDGETS:
        for name, shop in SHOPS.items():
            kept(widget, name).write_text(made(widget, shop), encoding="utf-8")
