"""A buyer's desk in this process: the table, the mailbox and the clock, and the use cases wired to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from shared.audit import check_table
from shared.aws.catalog_store import TableCatalog
from shared.aws.demand_store import TableDemandStore
from shared.aws.mail import Mailer
from shared.aws.planning_store import TableDemand, TablePlans
from shared.aws.purchasing_store import TableOrderBook
from shared.aws.receiving_store import TableReceivingStore
from shared.aws.recording_store import TableRecordingStore
from shared.aws.stock_items import change_stock, read_stock
from shared.aws.table import Table
from shared.backorders.model import Customer
from shared.backorders.record import RecordBackorder, WantedLine, record_backorder
from shared.catalog.model import Item, Supplier
from shared.inventory.model import Stock
from shared.inventory.tally import Uncounted, tally_demand
from shared.kernel import ids
from shared.kernel.errors import ServiceError
from shared.notifications.render import render, written_in
from shared.purchasing.acknowledge import acknowledge
from shared.purchasing.answers import Acknowledge, LineAnswer
from shared.purchasing.change import refresh_head
from shared.purchasing.chase import Chased, chase_purchase_orders
from shared.purchasing.close import Instruct, approve, cancel, close_short
from shared.purchasing.letters import SupplierLetters
from shared.purchasing.lines import PurchaseOrderLine
from shared.purchasing.model import PurchaseOrder
from shared.purchasing.order_held import approve_or_order
from shared.purchasing.run_plans import RequestedPlan, plan_due, plan_now
from shared.purchasing.send import Sent, send_purchase_order
from shared.purchasing.verdicts import SupplierPlan
from shared.receiving.model import CountedLine
from shared.receiving.receive import Received, ReceiveGoods, receive_goods
from shared.settings.model import MerchantSettings
from tests.functions.service import Service

ANN = Customer("ann", "ann@example.com", "Ann", "en", "SE")


def no_pause(_seconds: float) -> None:
    """Tests do not wait."""


@dataclass
class Desk:
    """One supplier `s1` unless a test adds more; every item costs 1 EUR unless it says otherwise."""

    service: Service
    settings: MerchantSettings = field(default_factory=MerchantSettings)
    recorded: int = 0

    @property
    def table(self) -> Table:
        return Table("Table")

    @property
    def now(self) -> datetime:
        return self.service.clock.now()

    @property
    def book(self) -> TableOrderBook:
        return TableOrderBook(self.table)

    def wait(self, **delta: float) -> None:
        """Let time pass."""
        self.service.clock.advance_to(self.now + timedelta(**delta))

    # what there is

    def supplier(self, supplier_id: str = "s1", **card: Any) -> Supplier:
        defaults: dict[str, Any] = {"lead_time_likely": 10, "lead_time_by": 20, "order_weekdays": (0, 1, 2, 3, 4)}
        supplier = Supplier(supplier_id, "Northwind", f"{supplier_id}@example.com", **defaults | card)
        TableCatalog(self.table).write_suppliers([supplier])
        return supplier

    def item(self, sku: str, **card: Any) -> Item:
        item = Item(sku, **{"supplier_id": "s1", "unit_cost": "1", "description": f"Thing {sku}"} | card)
        TableCatalog(self.table).write_items([item], moved=())
        return item

    def items(self, count: int) -> list[str]:
        """Many items at once."""
        skus = [f"S{n:04}" for n in range(count)]
        for start in range(0, count, 25):
            cards = [Item(sku, "s1", unit_cost="1") for sku in skus[start : start + 25]]
            TableCatalog(self.table).write_items(cards, moved=())
        return skus

    def stock(self, sku: str) -> Stock:
        return read_stock(self.table, [sku])[sku]

    def order(self, *lines: tuple[str, int], placed_at: datetime | None = None, priority: str = "standard") -> None:
        """A customer waits for these units."""
        self.recorded += 1
        self.service.clock.tick()
        number = f"o{self.recorded}"
        command = RecordBackorder(
            storefront="shop",
            order_id=number,
            request_key=number,
            digest=number,
            customer=ANN,
            shipping="split",
            payment={"mode": "deferred"},
            currency="EUR",
            lines=tuple(WantedLine(str(n), sku, units, "2") for n, (sku, units) in enumerate(lines)),
            priority=priority,
            placed_at=placed_at,
            operations=True,
        )
        made = record_backorder(
            command, store=TableRecordingStore(self.table), now=self.now, told=self.now, pause=no_pause
        )
        parts = [part["sk"] for part in self.table.query(f"B#{made.order.key}", prefix="PART#")]
        skus = [line.sku for line in made.lines]
        uncounted = [Uncounted(made.order.key, part) for part in range(len(parts))]
        tally_demand(skus, uncounted, store=TableDemandStore(self.table), now=self.now)

    def give_up(self, sku: str, units: int) -> None:
        """Units nobody waits for any more, on the counters only."""
        self.table.write(change_stock(sku, waiting=-units))

    # what the buyer does

    def plan(self, *, dry: bool = False, suppliers: Sequence[str] | None = None, **options: Any) -> list[SupplierPlan]:
        self.service.clock.tick()
        return plan_now(
            RequestedPlan("pp_1", suppliers, dry, "operations:bo"),
            self.now,
            self.settings,
            demand=TableDemand(self.table),
            plans=TablePlans(self.table),
            book=self.book,
            pause=no_pause,
            **options,
        )

    def run_schedule(self, **options: Any) -> list[SupplierPlan]:
        plans = TablePlans(self.table)
        demand = TableDemand(self.table)
        wired: dict[str, Any] = {"demand": demand, "plans": plans, "book": self.book, "schedule": plans}
        return plan_due(self.now, self.settings, pause=no_pause, **wired | options)

    def ordered(self) -> tuple[PurchaseOrder, list[PurchaseOrderLine]]:
        """The one order a plan makes now."""
        (plan,) = [one for one in self.plan() if one.outcome == "ordered"]
        assert plan.order is not None
        return self.read(plan.order.id)

    def sent(self) -> tuple[PurchaseOrder, list[PurchaseOrderLine]]:
        """The one order a plan makes now, sent."""
        order, _ = self.ordered()
        self.send(order.id)
        return self.read(order.id)

    def read(self, order_id: str) -> tuple[PurchaseOrder, list[PurchaseOrderLine]]:
        order = self.book.read(order_id)
        assert order is not None
        return order, self.book.lines(order)

    def line(self, order_id: str, sku: str) -> PurchaseOrderLine:
        return next(line for line in self.read(order_id)[1] if line.sku == sku)

    def orders(self, status: str | None = None) -> list[PurchaseOrder]:
        found, _ = self.book.page(supplier_id=None, status=status, after=None, limit=100, max_lines=10_000)
        return [order for order, _ in found]

    def mail(self) -> SupplierLetters:
        return SupplierLetters(
            Mailer("orders@example.com", "backorders"),
            render,
            written_in,
            lambda id_: f"https://orders.example.com/p/{id_}",
        )

    def send(self, order_id: str, **wired: Any) -> Sent:
        order, _ = self.read(order_id)
        defaults: dict[str, Any] = {
            "book": self.book,
            "suppliers": self.book.supplier,
            "mail": self.mail(),
            "settings": self.settings,
            "now": self.now,
            "pause": no_pause,
        }
        revision = order.mail.revision if order.mail else 0
        return send_purchase_order(order_id, **{"revision": revision} | defaults | wired)

    def answer(self, order_id: str, *answers: LineAnswer) -> tuple[PurchaseOrder, list[PurchaseOrderLine]]:
        command = Acknowledge(order_id, answers, "operations:bo")
        return acknowledge(
            command, book=self.book, suppliers=self.book.supplier, now=self.now, zone=UTC, pause=no_pause
        )

    def instruct(self, act: Callable[..., Any], order_id: str) -> PurchaseOrder:
        command = Instruct(order_id, "operations:bo", "because")
        order: PurchaseOrder = act(command, book=self.book, now=self.now, pause=no_pause)[0]
        return order

    def approve(self, order_id: str) -> PurchaseOrder:
        return self.instruct(approve, order_id)

    def approve_or_order(self, order_id: str) -> PurchaseOrder:
        plans, demand = TablePlans(self.table), TableDemand(self.table)
        return self.instruct(partial(approve_or_order, demand=demand, plans=plans, settings=self.settings), order_id)

    def cancel(self, order_id: str) -> PurchaseOrder:
        return self.instruct(cancel, order_id)

    def close_short(self, order_id: str) -> PurchaseOrder:
        return self.instruct(close_short, order_id)

    def chase(self) -> Chased:
        return chase_purchase_orders(
            book=self.book, suppliers=self.book.supplier, settings=self.settings, now=self.now, pause=no_pause
        )

    def receive(
        self,
        receipt_id: str,
        *lines: tuple[str, int] | tuple[str, int, int],
        against: str | None = None,
        **command: Any,
    ) -> Received:
        counted = tuple(CountedLine(*line) for line in lines)
        given: dict[str, Any] = {"supplier_id": "s1", "purchase_order_id": against, "actor": "operations:bo"}
        digest = ids.body_digest([receipt_id, [list(line) for line in lines], against])
        given |= {"request_key": f"key-{receipt_id}", "digest": digest}
        return receive_goods(
            ReceiveGoods(receipt_id=receipt_id, lines=counted, **given | command),
            store=TableReceivingStore(self.table),
            orders=self.book,
            refresh_status=partial(refresh_head, book=self.book),
            now=self.now,
            pause=no_pause,
        )

    # what can be seen

    def mails(self) -> list[str]:
        return [mail["tags"]["kind"] for mail in self.service.engine.ses.mailbox]

    def violations(self, *, allocated: bool = False) -> list[dict[str, str]]:
        """What is wrong in the books. Nobody allocates here, so free units beside a queue are right."""
        found = check_table(self.service.items())
        return [one for one in found if allocated or one["rule"] != "free_goes_to_the_queue"]

    # trouble

    def once(self, operation: str, act: Callable[[], object], *, skip: int = 0) -> None:
        """Do something else right before a request of this kind: two at once, one in the middle of the other."""
        hooks = self.service.engine.before
        left = [skip]

        def hook(_caller: str | None, _service: str, name: str, _params: Any) -> None:
            if name != operation:
                return
            if left[0]:
                left[0] -= 1
                return
            hooks.remove(hook)
            act()

        hooks.append(hook)

    def crash(self, operation: str, *, skip: int = 0) -> None:
        """The process ends right before a request of this kind."""

        def die() -> None:
            raise CrashError

        self.once(operation, die, skip=skip)

    def refuse(self, operation: str, error: ServiceError) -> None:
        def fail() -> None:
            raise error

        self.once(operation, fail)


class CrashError(BaseException):
    """The end of the process; nothing catches it."""
