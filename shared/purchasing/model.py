"""A purchase order and its lines: what was ordered, what still comes and when, and the status that follows.

`ordered = open + received + closed_short` on every line. Units that come on top of what is open are `over`: they enter
the stock but never reduce a line below zero. Quantities are the truth; the status is derived from them and from the
stage that people (buyer, supplier) have brought the order to.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from shared.purchasing.lines import PurchaseOrderLine

Stage = Literal["held", "draft", "awaiting_approval", "approved", "sent", "acknowledged", "cancelled"]
Status = Literal[
    "held",
    "draft",
    "awaiting_approval",
    "approved",
    "sent",
    "acknowledged",
    "partially_received",
    "received",
    "closed_short",
    "cancelled",
    "rejected",
]
MailKind = Literal["purchase_order", "purchase_order_changed", "supplier_reminder"]

STATUSES: tuple[Status, ...] = (
    "held",
    "draft",
    "awaiting_approval",
    "approved",
    "sent",
    "acknowledged",
    "partially_received",
    "received",
    "closed_short",
    "cancelled",
    "rejected",
)
UNPLACED: frozenset[str] = frozenset({"held", "draft"})  # proposals: nothing of them counts as on order
UNSENT: frozenset[str] = frozenset({"awaiting_approval", "approved"})
FINISHED: frozenset[str] = frozenset({"received", "closed_short", "cancelled", "rejected"})


@dataclass(frozen=True)
class Outgoing:
    """The one mail about an order that is due, being sent, or was sent last.

    `due -> sending -> sent`; `unknown` when nobody can say whether it was sent, which only a person resolves.
    `claim` is of the worker who has taken it.
    """

    kind: MailKind
    revision: int
    state: Literal["due", "sending", "sent", "unknown"]
    at: int
    message_id: str | None = None
    claim: str | None = None


@dataclass(frozen=True)
class PurchaseOrder:
    """The head of an order. Money is a decimal string in `currency`; times are microseconds since 1970.

    `collecting` marks an order too large for one transaction whose lines are still being added: they count as on order,
    but it cannot be approved or sent yet. `closing` remembers a cancellation or a close-short that is under way,
    `answering` an answer to many lines: which (`Acknowledge.token`) and since when.
    Suppliers are learned from three firsts that never change: when the first goods came, the first date the supplier
    named, and by when the first goods were expected when the order was sent.
    `answered_as_of` is the supplier's own date of the document that was taken last as his answer.
    `order_by` is when a held order is placed at the latest.
    `next_likely` and `next_due` are the earliest dates of its open lines, so that lines are only read when one passes.
    """

    id: str
    supplier_id: str
    stage: Stage
    status: Status
    created_at: int
    currency: str
    value: str = "0"
    reason: str = ""
    order_by: int | None = None
    sent_at: int | None = None
    acknowledged_at: int | None = None
    first_received_at: int | None = None
    first_said: int | None = None
    first_by: int | None = None
    collecting: bool = False
    closing: Literal["cancelled", "closed_short"] | None = None
    answered_as_of: str | None = None
    answering: tuple[str, int] | None = None
    mail: Outgoing | None = None
    reminders: int = 0
    next_likely: int | None = None
    next_due: int | None = None
    actor: str = "system"
    version: int = 1
    log: tuple[tuple[int, str, str, str], ...] = ()

    @property
    def unsent(self) -> bool:
        """Nobody outside has been told: it may still shrink or vanish."""
        mailed = self.mail is not None and self.mail.state != "due"
        return self.stage in UNSENT and not mailed and self.sent_at is None

    @property
    def finished(self) -> bool:
        return self.status in FINISHED

    @property
    def unanswered_since(self) -> int | None:
        """Since when its supplier has had it and said nothing; None if he has answered, or sent goods."""
        return self.sent_at if self.stage == "sent" and self.first_received_at is None else None

    def late(self, at: int) -> bool:
        """Whether goods of it should have come by then, by the date last given."""
        return self.next_due is not None and self.next_due < at

    def noted(self, at: int, what: str, actor: str, detail: str = "") -> PurchaseOrder:
        """The order with one more entry in its history."""
        return replace(self, log=(*self.log, (at, what, actor, detail)))

    def with_mail(self, kind: MailKind, at: int) -> PurchaseOrder:
        """The order with a mail due. A mail that was due before and not begun is replaced by it."""
        revision = self.mail.revision + 1 if self.mail else 1
        return replace(self, mail=Outgoing(kind, revision, "due", at))


def status_of(order: PurchaseOrder, lines: Iterable[PurchaseOrderLine]) -> Status:
    """The status that follows from stage and quantities."""
    if order.stage in {"cancelled", *UNPLACED}:
        return order.stage
    live = [line for line in lines if line.ordered]
    received = sum(line.received for line in live)
    if order.collecting or any(line.open for line in live):
        partial = received and order.stage != "awaiting_approval"
        return "partially_received" if partial else order.stage
    if not live:
        return order.stage
    if all(line.reply == "rejected" and not line.received for line in live):
        return "rejected"
    return "closed_short" if any(line.closed_short for line in live) else "received"


def derived(order: PurchaseOrder, lines: Iterable[PurchaseOrderLine]) -> PurchaseOrder:
    """The head with everything that follows from its lines."""
    listed = list(lines)
    likely = [line.dates.likely for line in listed if line.early]
    likely += [line.later.dates.likely for line in listed if line.later is not None]
    return replace(
        order,
        status=status_of(order, listed),
        next_likely=min(likely, default=None),
        next_due=min((line.due for line in listed if line.early), default=None),
        first_received_at=_first(order.first_received_at, (one.last_received_at for one in listed if one.received)),
        first_said=_first(order.first_said, (one.due for one in listed if one.named)),
        first_by=_first(order.first_by, (one.dates.by for one in listed if one.early and order.sent_at is not None)),
    )


def _first(known: int | None, found: Iterable[int | None]) -> int | None:
    return known if known is not None else min((one for one in found if one is not None), default=None)


def total(lines: Iterable[PurchaseOrderLine]) -> str:
    """Value of the lines as a decimal string."""
    return format(sum((line.value for line in lines), Decimal(0)), "f")
