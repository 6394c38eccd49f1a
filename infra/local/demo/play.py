"""Plays an order book on the virtual clock: everybody acts in order of time, through the service's doors only."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain

from infra.local.demo.agenda import Agenda
from infra.local.demo.book import Action, Order, OrderBook
from infra.local.demo.customers import Customers
from infra.local.demo.readers import Readers
from infra.local.demo.service import Service, UnexpectedAnswerError
from infra.local.demo.setting_up import set_up
from infra.local.demo.storefront import Storefront
from infra.local.demo.suppliers import Suppliers
from infra.local.demo.supply import Supply
from infra.local.demo.warehouse import Warehouse
from infra.progress import Progress

PATIENCE = timedelta(days=120)
RULE = (
    "The clock jumps from action to action; whatever falls due in between (queues, schedules, mails) happens in order "
    "of time, and the service settles after every jump.",
    f"The run ends when everything is shipped or cancelled, at the latest {PATIENCE.days} days after the last order.",
)

_DAY = timedelta(days=1)
_SHIPPING_HOUR, _MAIL_HOUR = timedelta(hours=16), timedelta(hours=17, minutes=30)


class Pace:
    """How far the play has come, on standard error."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._began = time.monotonic()
        self._progress = Progress()

    def show(self, done: int, open_at_most: int, now: datetime) -> None:
        if not self._progress.due:
            return
        rate = done / (time.monotonic() - self._began)
        self._progress.show(
            f"{now:%Y-%m-%d %H:%M}  {done}/{self._total} orders, at most {open_at_most} open, {rate:.1f}/s"
        )

    def end(self) -> None:
        self._progress.end()


@dataclass
class Play:
    """One run of an order book. Afterwards the actors hold what they did, the service what became of it."""

    service: Service
    book: OrderBook
    supply: Supply
    agenda: Agenda = field(default_factory=Agenda)
    failures: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        alternatives = {
            product.sku: product.alternatives[0] for product in self.supply.products if product.alternatives
        }
        self.storefront = Storefront(self.service, self.book.currency, alternatives, self.agenda)
        self.customers = Customers(self.service, self.storefront, self.agenda, alternatives)
        self.readers = Readers(self.service)
        self.suppliers = Suppliers(self.service, self.supply, self.agenda)
        self.warehouse = Warehouse(self.service, self.storefront)
        self.began = self.service.now
        self._done = False

    @property
    def counts(self) -> Counter[str]:
        """What the actors did, in their own words."""
        actors = (self.storefront, self.customers, self.readers, self.suppliers, self.warehouse)
        return Counter(dict(chain.from_iterable(sorted(actor.counts.items()) for actor in actors)))

    def run(self) -> None:
        """Play to the end."""
        pace = Pace(len(self.book.orders))
        set_up(self.service, self.supply, self.book.currency)
        for action in self.book.actions:
            self.agenda.add(action.at, self._action(action))
        midnight = self.began.replace(hour=0, minute=0, second=0, microsecond=0)
        self._daily(midnight + _SHIPPING_HOUR, self.warehouse.ship_all)
        self._daily(midnight + _MAIL_HOUR, self.suppliers.read_mail)
        self._daily(midnight + _MAIL_HOUR, self.readers.read_mail)
        last = self.book.actions[-1].at
        self._daily(last, self._look_whether_done)
        orders = self.storefront.recorded
        while not self._done and (due := self.agenda.next_at) is not None and due <= last + PATIENCE:
            self._wait_until(due)
            self._do(self.agenda.pop())
            pace.show(len(orders), len(self.storefront.open), self.service.now)
        self.service.settle()
        self._look_at_new_orders()
        pace.end()

    def _do(self, action: Callable[[], None]) -> None:
        """An answer that nobody expected is noted, and the others go on."""
        try:
            action()
        except UnexpectedAnswerError as unexpected:
            self.failures.append(str(unexpected))

    def _action(self, action: Action) -> Callable[[], None]:
        if isinstance(action, Order):
            return lambda: self.storefront.place(action)
        return lambda: self.storefront.cancel(action)

    def _daily(self, at: datetime, job: Callable[[], None]) -> None:
        """Do the job at this time of the day, from its first occurrence that is not past."""
        at = at if at >= self.service.now else at + _DAY

        def do() -> None:
            self._daily(at + _DAY, job)
            job()

        self.agenda.add(at, do)

    def _wait_until(self, due: datetime) -> None:
        ahead = due - self.service.now
        if ahead > timedelta(0):
            self.service.advance(ahead)
            self._look_at_new_orders()

    def _look_at_new_orders(self) -> None:
        for view in self.storefront.settled():
            self.customers.consider(view)

    def _look_whether_done(self) -> None:
        self._done = not self.storefront.any_open()
