"""Erase a person: orders stay with every count, log and date, but nobody can say any more whose they were.

Units on their way out of the house go on; what waits or is set aside has to be cancelled first, because its owner could
not be told anything any more. Each order is done step by step, its head last, so that whoever begins again finds what
was left.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from shared.backorders.change import Asked, cancel_backorder
from shared.backorders.lookup import OrderView
from shared.backorders.model import Customer
from shared.backorders.ports import ChangingStore, Stale
from shared.customers.model import ERASED, Enough, Erasing, Place, Trace, Traces
from shared.kernel import ids
from shared.kernel.clock import micros
from shared.kernel.errors import Contended, NothingToDo

MOST_NAMED = 500
"""Orders that one stretch names: its answer is kept for repeats, and an item of the table takes no more."""

_TRIES = 6


@dataclass(frozen=True)
class Erase:
    """Who asks for whom to be erased and why. `cancel_open`: what waits or is set aside is cancelled first."""

    email: str
    actor: str
    reason: str
    cancel_open: bool = False
    dry_run: bool = False


@dataclass(frozen=True)
class ErasedOrder:
    """An order that was erased, or would be; `cancelled` units of it were open."""

    backorder_id: str
    order_id: str
    storefront: str
    cancelled: int = 0


@dataclass(frozen=True)
class Kept:
    """An order that was not erased, and why."""

    backorder_id: str
    order_id: str
    storefront: str
    why: str


@dataclass
class Erased:
    """What one stretch of the walk came to; `next` None: the end was reached."""

    orders: list[ErasedOrder] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    notices: int = 0
    subscriptions: int = 0
    next: Place | None = None


def erase_customer(
    command: Erase,
    start: Place,
    *,
    traces: Traces,
    erasing: Erasing,
    changing: ChangingStore,
    now: datetime,
    enough: Enough,
) -> Erased:
    """Go on from `start` until there is `enough`. Raises Contended when an order kept changing."""
    done = Erased()
    for place, trace in traces.walk(command.email, start):
        if trace is not None:
            _forget(command, trace, done, erasing, changing, now)
        if enough() or len(done.orders) + len(done.kept) >= MOST_NAMED:
            done.next = place
            break
    return done


def _forget(
    command: Erase, trace: Trace, done: Erased, erasing: Erasing, changing: ChangingStore, now: datetime
) -> None:
    if trace.kind == "order":
        _order(command, trace, done, erasing, changing, now)
    elif trace.kind == "recording":
        name = trace.shown
        done.kept.append(
            Kept(name["id"], name["order_id"], name["storefront"], "is being recorded: come again in an hour")
        )
    elif trace.kind in {"notice", "subscription"}:
        done.notices += trace.kind == "notice"
        done.subscriptions += trace.kind == "subscription"
        if not command.dry_run:
            erasing.forget(trace)


def _order(
    command: Erase, trace: Trace, done: Erased, erasing: Erasing, changing: ChangingStore, now: datetime
) -> None:
    view = erasing.read(trace.key)
    if view is None or not about(view, command.email):
        return  # it was changed meanwhile
    name = (view.head.id, view.head.order_id, view.head.storefront)
    units = sum(line.open for line in view.lines)
    if units and not command.cancel_open:
        done.kept.append(Kept(*name, f"{units} unit(s) of it are open: ship them, or cancel them with it"))
        return
    if not command.dry_run:
        if units:
            _cancel(command, view, changing, now)
        _forget_order(command, trace.key, erasing, now)
    done.orders.append(ErasedOrder(*name, units))


def about(view: OrderView, email: str) -> bool:
    """Whether this order is that person's; upper case makes no other mailbox."""
    return view.head.customer.email.lower() == email.lower()


def _cancel(command: Erase, view: OrderView, changing: ChangingStore, now: datetime) -> None:
    """Under a key of its own per version, so that a repeat after a cut goes on."""
    key = f"{ERASED}:{view.head.id}:{view.head.version}"
    asked = Asked(view.head.id, command.actor, key, ids.digest(key))
    try:
        cancel_backorder(asked, None, ERASED, store=changing, now=now)
    except NothingToDo:
        return  # somebody else was faster


def _forget_order(command: Erase, key: str, erasing: Erasing, now: datetime) -> None:
    for _ in range(_TRIES):
        view = erasing.read(key)
        if view is None or not about(view, command.email):
            return
        try:
            erasing.forget_words(view)
            erasing.forget_customer(view, nobody(view), micros(now), command.actor, command.reason)
        except Stale:
            continue
        return
    raise Contended("an order kept changing; what was erased stays so, please try again", retry_after=1)


def nobody(view: OrderView) -> Customer:
    """Who the order belongs to afterwards: told from others by the order alone. The country stays, for its law."""
    customer = view.head.customer
    name = f"{ERASED}-{view.head.key}"
    return Customer(name, f"{name}@{ERASED}.invalid", ERASED, customer.locale, customer.country)
