"""Cancel, switch and amend: customers decide, storefronts and operators help; whoever it is, the same rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count

from shared.backorders.lookup import OrderView, answered
from shared.backorders.model import Backorder, Line, LineChange, OrderedLine
from shared.backorders.outcome import cancelled_by, time_of_its_own
from shared.backorders.payment import brought_along
from shared.backorders.ports import ChangingStore, Demand, LimitReached, OrderChange, Stale
from shared.backorders.record import new_line
from shared.backorders.room import check_new_line, check_room
from shared.kernel import ids
from shared.kernel.clock import DAY, micros
from shared.kernel.errors import (
    Conflict,
    Contended,
    FieldError,
    Invalid,
    KeyReused,
    LimitExceeded,
    NotFound,
    NothingToDo,
)
from shared.promising.promise import Outlook

_TRIES = 8
_LONGEST_ID = 80
_KEYS_KEPT = 2 * DAY


@dataclass(frozen=True)
class Asked:
    """Who asks for a change of which order, and how a repeat is recognised. `storefront` None may see all."""

    backorder_id: str
    actor: str
    request_key: str
    digest: str
    storefront: str | None = None

    @property
    def mark(self) -> str:
        return ids.digest(self.request_key)


@dataclass(frozen=True)
class Changed:
    """The order afterwards; what was moved and what could not be, units per line."""

    view: OrderView
    moved: dict[str, int] = field(default_factory=dict)
    stayed: dict[str, int] = field(default_factory=dict)
    added: str | None = None
    replayed: bool = False


def find_order(backorder_id: str, store: ChangingStore, storefront: str | None) -> OrderView:
    """Raises NotFound, also for another storefront's order."""
    key = ids.backorder_key(backorder_id)
    view = store.read(key) if key else None
    if view is None or view.head.id != backorder_id or storefront not in (None, view.head.storefront):
        raise NotFound("there is no such backorder")
    return view


def repeat(asked: Asked, head: Backorder) -> bool:
    """Whether this request was carried out before. Raises KeyReused when the key came with another body."""
    known = answered(head, asked.mark)
    if known is None:
        return False
    if known.partition(":")[2] != asked.digest:
        raise KeyReused("this Idempotency-Key was used for this order with another body")
    return True


def touched(head: Backorder, asked: Asked, now: datetime, what: str, note: str) -> Backorder:
    """The head with the change noted: a new version, the request remembered for two days, an audit entry."""
    oldest = micros(now - _KEYS_KEPT)
    done = {mark: value for mark, value in head.done.items() if int(value.partition(":")[0]) >= oldest}
    done[asked.mark] = f"{micros(now)}:{asked.digest}"
    log = (*head.log, (micros(now), what, asked.actor, note))
    return replace(head, version=head.version + 1, done=done, log=log)


def attempt(asked: Asked, store: ChangingStore, tries: Callable[[], Changed | None]) -> Changed:
    """Read, decide, write; again when something moved in between. What came twice at once is not refused because of
    what it did itself."""
    for _ in range(_TRIES):
        try:
            result = tries()
        except Stale:
            continue
        except Conflict:
            if asked.mark not in find_order(asked.backorder_id, store, asked.storefront).head.done:
                raise
            continue
        if result is not None:
            return result
    raise Contended("the order kept changing; undecided, please try again", retry_after=1)


def take(line: Line, units: int, move: str, *, at: int, actor: str, cause: str) -> LineChange:
    """Units out of a line: those that wait first, then allocated ones."""
    change, waiting = LineChange(line), min(units, line.waiting)
    if waiting:
        change = change.move(move, "waiting", waiting, at=at, actor=actor, cause=cause)
    if units > waiting:
        change = change.move(move, "allocated", units - waiting, at=at, actor=actor, cause=cause)
    return change


def cancel_backorder(
    asked: Asked,
    lines: tuple[tuple[str, int | None], ...] | None,
    reason: str,
    *,
    store: ChangingStore,
    now: datetime,
) -> Changed:
    """Cancel waiting and allocated units; without `lines`, everything not released.

    Raises NotFound, Invalid (unknown line), NothingToDo when not one unit could be cancelled, Conflict when a line was
    changed in part too often, KeyReused.
    """

    def once() -> Changed | None:
        view = find_order(asked.backorder_id, store, asked.storefront)
        if repeat(asked, view.head):
            return Changed(view, *cancelled_by(view, asked.mark, lines), replayed=True)
        wanted, at = _wanted(view, lines), time_of_its_own(view, now)
        moves = [
            take(line, min(units, line.open), "cancel", at=micros(at), actor=asked.actor, cause=reason)
            for line, units in wanted
            if asked.mark not in line.did and line.open
        ]
        if not moves and not any(asked.mark in line.did for line, _ in wanted):
            raise NothingToDo("nothing of this can be cancelled any more")
        check_room(moves)
        head = touched(view.head, asked, at, "cancel", reason)
        store.change(OrderChange(view, head, asked.mark, moves))
        fresh = find_order(asked.backorder_id, store, asked.storefront)
        return Changed(fresh, *cancelled_by(fresh, asked.mark, lines))

    return attempt(asked, store, once)


def _wanted(view: OrderView, lines: tuple[tuple[str, int | None], ...] | None) -> list[tuple[Line, int]]:
    """Lines and the units asked for; everything live but not shipped when nothing is named."""
    if lines is None:
        return [(line, line.live - line.shipped) for line in view.lines if line.live > line.shipped]
    named: list[tuple[Line, int]] = []
    for n, (line_id, quantity) in enumerate(lines):
        line = view.line(line_id)
        if line is None:
            raise Invalid.at(f"/lines/{n}/line_id", "is not a line of this order")
        if any(line_id == other.line_id for other, _ in named):
            raise Invalid.at(f"/lines/{n}/line_id", "is named twice")
        named.append((line, line.live - line.shipped if quantity is None else quantity))
    return named


def switch_line(
    asked: Asked,
    line_id: str,
    sku: str,
    quantity: int | None,
    *,
    store: ChangingStore,
    now: datetime,
) -> Changed:
    """Move units of a line to another SKU; the new line keeps the order's place in the queue.

    Raises NotFound, Invalid, NothingToDo, LimitExceeded (of the new SKU), KeyReused.
    """

    def once() -> Changed | None:
        view = find_order(asked.backorder_id, store, asked.storefront)
        line = view.line(line_id)
        if line is None:
            raise NotFound("there is no such line")
        if repeat(asked, view.head):
            return Changed(view, added=_added(asked, view.head, line), replayed=True)
        units = line.open if quantity is None else quantity
        _check_switch(line, sku, units)
        new, demand = _switched_line(view, line, sku, units, store, now)
        move = take(line, units, "switch", at=micros(now), actor=asked.actor, cause=new.line_id)
        check_room([move])
        check_new_line(view.head.lines)
        head = touched(view.head, asked, now, "switch", f"{line_id} to {new.line_id}")
        head = replace(head, lines=(*head.lines, OrderedLine(new.line_id, sku, units, new.unit_price, line_id)))
        try:
            store.change(OrderChange(view, head, asked.mark, [move], (new, demand)))
        except LimitReached:
            error = FieldError("/quantity", "more than may be backordered of the new item now")
            raise LimitExceeded("the new item's backorder limit does not allow it", errors=(error,)) from None
        fresh = find_order(asked.backorder_id, store, asked.storefront)
        return Changed(fresh, {line_id: units}, added=new.line_id)

    return attempt(asked, store, once)


def _added(asked: Asked, head: Backorder, line: Line) -> str | None:
    """The line that this request added when it was carried out."""
    at = int((answered(head, asked.mark) or "0").partition(":")[0])
    return next((entry.cause for entry in line.log if (entry.move, entry.at) == ("switch", at)), None)


def _check_switch(line: Line, sku: str, units: int) -> None:
    if sku == line.sku:
        raise Invalid.at("/sku", "is the item the line has already")
    if line.open == 0:
        raise NothingToDo("nothing of this line can be switched any more")
    if units > line.open:
        raise Conflict(
            f"only {line.open} units can be switched",
            errors=(FieldError("/quantity", f"only {line.open} units wait or are allocated"),),
        )


def _switched_line(
    view: OrderView, line: Line, sku: str, units: int, store: ChangingStore, now: datetime
) -> tuple[Line, Demand]:
    facts = store.facts(view.head.key, [sku])
    if sku not in facts.items or sku not in facts.stocks:
        raise Invalid.at("/sku", "there is no such item")
    item, stock = facts.items[sku], facts.stocks[sku]
    outlook = Outlook(stock, item, facts.suppliers.get(item.supplier_id), facts.settings, now)
    ordered = OrderedLine(_free_id(view, line), sku, units, line.unit_price, line.line_id)
    promise = outlook.promise(max(0, stock.waiting) + units, "switched")
    new = replace(new_line(view.head, len(view.lines), ordered, promise), brought=brought_along(line, units))
    return new, Demand(sku, units, view.head.rank, item.supplier_id, item.limit, early=True)


def _free_id(view: OrderView, line: Line) -> str:
    """`<line_id>.s<n>`, the first that no line of the order has. Where a chain of switches would grow past what a
    line may be called, it goes on from the line it began with."""
    taken, base = {other.line_id for other in view.lines}, line
    while len(base.line_id) > _LONGEST_ID - len(f".s{len(taken)}") and base.switched_from is not None:
        base = view.line(base.switched_from) or base
    return next(name for n in count(1) if (name := f"{base.line_id}.s{n}") not in taken)
