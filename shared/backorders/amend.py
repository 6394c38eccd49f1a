"""Amend an order: fewer units, split or hold, priority, need-by, customer, release. What remains keeps its place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from shared.backorders.change import Asked, Changed, attempt, find_order, take, touched
from shared.backorders.lookup import OrderView, answered
from shared.backorders.model import Backorder, LineChange, Shipping
from shared.backorders.ports import ChangingStore, OrderChange
from shared.backorders.room import check_room
from shared.kernel.clock import DAY, from_micros, micros
from shared.kernel.errors import Conflict, FieldError, Forbidden, Invalid, PreconditionFailed


@dataclass(frozen=True)
class Amendment:
    """What the client wants changed; None leaves a thing as it is. `if_match` is the version the client saw,
    `whenever` says that no day is needed any more."""

    if_match: int
    shipping: Shipping | None = None
    priority: str | None = None
    reason: str | None = None
    need_by: datetime | None = None
    whenever: bool = False
    customer: dict[str, str] | None = None
    release: str | None = None
    lines: tuple[tuple[str, int], ...] = ()


def amend_backorder(
    asked: Asked, amendment: Amendment, *, operations: bool, store: ChangingStore, now: datetime
) -> Changed:
    """A repeat meets its own success only while nobody has changed the order since.

    Raises NotFound, Forbidden, Invalid, Conflict (below what is allocated), PreconditionFailed.
    """
    if (amendment.priority or amendment.release) and not operations:
        pointer = "/priority" if amendment.priority else "/release"
        raise Forbidden.at(pointer, "needs the operations scope")
    if amendment.priority and not amendment.reason:
        raise Invalid.at("/reason", "a change of priority needs a reason")

    current = False  # whether this request has met the version it is for

    def once() -> Changed | None:
        nonlocal current
        view = find_order(asked.backorder_id, store, asked.storefront)
        version = view.head.version
        if answered(view.head, asked.mark) and (current or version == amendment.if_match + 1):
            return Changed(view, replayed=True)
        if version != amendment.if_match:
            raise PreconditionFailed(f"the order is at version {version}")
        current = True
        moves = _fewer(view, amendment, asked, now)
        check_room(moves)
        head = _new_head(view, amendment, asked, store, now)
        change = OrderChange(view, head, asked.mark, moves)
        if (head.rank, head.shipping, head.release) != (view.head.rank, view.head.shipping, view.head.release):
            store.reshape(change)
        else:
            store.change(change)
        moved = {m.line.line_id: m.after.cancelled - m.line.cancelled for m in moves}
        return Changed(find_order(asked.backorder_id, store, asked.storefront), moved)

    return attempt(asked, store, once)


def _fewer(view: OrderView, amendment: Amendment, asked: Asked, now: datetime) -> list[LineChange]:
    moves = []
    for n, (line_id, quantity) in enumerate(amendment.lines):
        line = view.line(line_id)
        pointer = f"/lines/{n}/quantity"
        if line is None:
            raise Invalid.at(f"/lines/{n}/line_id", "is not a line of this order")
        if line_id in (other for other, _ in amendment.lines[:n]):
            raise Invalid.at(f"/lines/{n}/line_id", "is named twice")
        if quantity > line.live:
            raise Invalid.at(pointer, f"cannot be raised above {line.live}; place another order for more")
        if quantity < line.live - line.waiting:
            kept = line.live - line.waiting
            error = FieldError(pointer, f"{kept} units are allocated, released or shipped already")
            raise Conflict(f"line {line_id} cannot go below {kept}", errors=(error,))
        if quantity < line.live and asked.mark not in line.did:
            moves.append(take(line, line.live - quantity, "amend", at=micros(now), actor=asked.actor, cause="amended"))
    return moves


def _new_head(view: OrderView, amendment: Amendment, asked: Asked, store: ChangingStore, now: datetime) -> Backorder:
    head = touched(view.head, asked, now, "amend", amendment.reason or _readdressed(view.head, amendment))
    if amendment.shipping:
        _check_shipping(view, amendment.shipping)
        head = replace(head, shipping=amendment.shipping)
    if amendment.release == "automatic":
        head = replace(head, release="automatic")
    elif amendment.release == "held":
        head = replace(head, release="held")
    if amendment.need_by or amendment.whenever:
        head = replace(head, need_by=micros(amendment.need_by) if amendment.need_by else None)
    if amendment.customer:
        if head.erased_at is not None:
            raise Conflict("the customer of this order was erased")
        head = replace(head, customer=replace(head.customer, **amendment.customer))
    if amendment.priority:
        head = _ranked(head, amendment.priority, store)
    return head


def _readdressed(head: Backorder, amendment: Amendment) -> str:
    """The note of an amendment that gives the order another address: who may have missed mails is known by it."""
    email = (amendment.customer or {}).get("email", head.customer.email)
    return "another address" if email != head.customer.email else ""


def _ranked(head: Backorder, priority: str, store: ChangingStore) -> Backorder:
    settings = store.facts(head.key, []).settings
    if priority not in settings.head_start_days:
        known = ", ".join(sorted(settings.head_start_days))
        raise Invalid.at("/priority", f"must be one of {known}")
    days = settings.head_start_days[priority] + (settings.urgency_head_start_days if head.urgent else 0)
    return replace(head, priority=priority, rank=micros(from_micros(head.placed_at) - days * DAY))


def _check_shipping(view: OrderView, shipping: Shipping) -> None:
    """Split or hold is a choice until everything is released, and none in an order that is over."""
    if shipping != view.head.shipping and not any(line.open for line in view.lines):
        error = FieldError("/shipping", "nothing of the order waits or is allocated any more")
        raise Conflict("shipping cannot be changed after the release", errors=(error,))
