"""What purchasing needs from the outside, in business words. Writes that lost against somebody else raise Stale."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Literal, Protocol

from shared.catalog.model import Supplier
from shared.purchasing.answers import Acknowledge
from shared.purchasing.consolidate import Need
from shared.purchasing.costs import Prospect
from shared.purchasing.lines import PurchaseOrderLine
from shared.purchasing.model import MailKind, PurchaseOrder
from shared.settings.model import MerchantSettings

Change = tuple[PurchaseOrderLine, PurchaseOrderLine]
"""A line as read and as it shall be."""


@dataclass(frozen=True)
class Verdict:
    """What the last plan said about a supplier, so that "not yet ordered, because ..." can be read at any time.

    `order_by` is when a held basket is ordered at the latest (microseconds)."""

    at: int
    outcome: Literal["ordered", "held", "nothing"]
    reason: str
    order_by: int | None = None


@dataclass(frozen=True)
class Planning:
    """What planning remembers about one supplier.

    `planned_on` is the last order day the schedule has done (ISO date), `held` and `collecting` name orders,
    `requested` the plan that left this supplier to the next scheduled run.
    """

    supplier_id: str
    planned_on: str | None = None
    held: str | None = None
    collecting: str | None = None
    requested: str | None = None
    verdict: Verdict | None = None
    version: int = 0

    @property
    def held_until(self) -> int | None:
        """When what is held is ordered at the latest; None if nothing is, or nobody waits for it."""
        return self.verdict.order_by if self.verdict and self.verdict.outcome == "held" else None

    def done(self, day: date | None) -> bool:
        """The schedule has planned this order day already."""
        return day is not None and self.planned_on is not None and self.planned_on >= day.isoformat()


class Demand(Protocol):
    """What is needed of whom."""

    def suppliers(self) -> list[Supplier]: ...

    def needs(self, supplier_id: str) -> list[Need]:
        """Items that may need ordering and now belong to the supplier; constant calls per hundred SKUs."""
        ...

    def needs_of(self, skus: Iterable[str]) -> dict[str, Need]: ...

    def oldest_placed(self, needs: Sequence[Need]) -> int | None:
        """When the longest waiting line of these items was placed; None if nobody waits."""
        ...

    def paces(self, needs: Sequence[Need], now: datetime) -> Mapping[str, Fraction]:
        """Units a day that are to be expected of each item, by SKU."""
        ...

    def promised(self, needs: Sequence[Need]) -> Mapping[str, Prospect]:
        """What those were promised who wait for what is not on order, by SKU; one page of each queue at most."""
        ...

    def forget(self, needs: Sequence[Need]) -> None:
        """These items need nothing; they come back by themselves when somebody waits again."""
        ...


class PlanBook(Protocol):
    """Orders as planning writes them, each together with what planning remembers about the supplier."""

    at_once: int
    """Lines that one transaction takes."""

    def planning(self, supplier_id: str) -> Planning: ...

    def remember(self, planning: Planning) -> None: ...

    def place(self, order: PurchaseOrder, lines: Sequence[tuple[PurchaseOrderLine, Need]], planning: Planning) -> None:
        """The order and its lines count as on order from now on, unless a need has become smaller since it was read."""
        ...

    def add(self, order: PurchaseOrder, lines: Sequence[tuple[PurchaseOrderLine, Need]]) -> None:
        """More lines of an order that is collecting."""
        ...

    def hold(self, order: PurchaseOrder, lines: Sequence[PurchaseOrderLine], planning: Planning) -> None:
        """The proposal replaces the one held before."""
        ...


class Schedule(Protocol):
    """When the hourly run last ended well (microseconds), and everything planning remembers."""

    def last_run(self) -> int | None: ...

    def ran(self, at: int) -> None: ...

    def plannings(self) -> Mapping[str, Planning]: ...


class OrderBook(Protocol):
    """Orders that exist."""

    def supplier(self, supplier_id: str) -> Supplier: ...

    def read(self, purchase_order_id: str) -> PurchaseOrder | None: ...

    def lines(self, order: PurchaseOrder) -> list[PurchaseOrderLine]: ...

    lines_with_head: int
    """Lines that one transaction takes beside the head."""

    def begin_answer(self, order: PurchaseOrder, answer: Acknowledge) -> None:
        """The head, and the answer it names as being worked through."""
        ...

    def answer_of(self, order: PurchaseOrder) -> tuple[Acknowledge, int]:
        """The answer that the head names, and when it was given (microseconds)."""
        ...

    def save(
        self, order: PurchaseOrder, changes: Sequence[Change] = (), needs: Mapping[str, Need] | None = None
    ) -> None:
        """The head, and with it up to `PlanBook.at_once` lines. With `needs`, only if no surplus has become smaller."""
        ...

    def change(self, order: PurchaseOrder, changes: Sequence[Change]) -> None:
        """Any number of lines with what is on order of their SKUs; those that changed meanwhile are left out."""
        ...

    def change_together(self, order: PurchaseOrder, changes: Sequence[Change]) -> None:
        """As many lines as `lines_with_head` at most, all or none."""
        ...

    def open_orders(self) -> list[PurchaseOrder]:
        """Orders that still expect goods or owe a mail."""
        ...


class SupplierMail(Protocol):
    """Writes to a supplier, at most once. Raises MailRefused (nothing sent) or MailUnknown."""

    def send(
        self,
        kind: MailKind,
        supplier: Supplier,
        order: PurchaseOrder,
        lines: Sequence[PurchaseOrderLine],
        settings: MerchantSettings,
    ) -> str: ...
