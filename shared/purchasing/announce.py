"""A supplier announces a delivery: these units are on their way and arrive on that day; the rest comes later.

Each announcement is taken once by its number (`despatches` on the line). A second one for a line speaks of what was not
yet announced: the first is still on its way.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared.backorders.ports import Stale
from shared.catalog.model import Supplier
from shared.kernel import ids
from shared.kernel.clock import DAY, micros
from shared.kernel.errors import Contended
from shared.purchasing.acknowledge import Result, check_answerable
from shared.purchasing.answers import RULES
from shared.purchasing.change import change_head, change_lines, must_read
from shared.purchasing.lines import Dates, Later, PurchaseOrderLine
from shared.purchasing.model import PurchaseOrder, derived
from shared.purchasing.order_days import confirmed, expected
from shared.purchasing.ports import OrderBook

_TRIES = 8
_PAUSE_SECONDS = 0.1


@dataclass(frozen=True)
class Despatched:
    """Units of a SKU on their way, when they arrive (None: as expected so far), and how many the supplier says come
    later (None: nothing said)."""

    sku: str
    units: int
    later: int | None = None
    date: datetime | None = None


@dataclass(frozen=True)
class Announce:
    """An announced delivery of one order, `number` as the supplier numbers it."""

    purchase_order_id: str
    number: str
    lines: tuple[Despatched, ...]
    actor: str


def wrong_despatches(
    said: Sequence[Despatched], lines: Sequence[PurchaseOrderLine], now: datetime
) -> list[tuple[str, str, str]]:
    """(SKU, member, what is wrong) of everything that makes no sense."""
    ordered = {line.sku: line.ordered for line in lines}
    more = [one.sku for one in said if one.units > ordered[one.sku]]
    wrong = [(sku, "quantity", f"is more than the {ordered[sku]} ordered") for sku in more]
    return wrong + [(one.sku, "date", RULES["past"]) for one in said if one.date and one.date < now - DAY]


def announce(
    command: Announce,
    *,
    book: OrderBook,
    suppliers: Callable[[str], Supplier],
    now: datetime,
    pause: Callable[[float], None] = time.sleep,
) -> Result:
    """The order and its lines afterwards; the same announcement again changes nothing. Raises NotFound, Conflict."""
    order = must_read(book, command.purchase_order_id)
    said = {one.sku: one for one in command.lines}
    lines = book.lines(order)
    if all(command.number in line.despatches for line in lines if line.sku in said):
        return order, lines
    check_answerable(order)
    supplier = suppliers(order.supplier_id)

    def decide(line: PurchaseOrderLine) -> PurchaseOrderLine:
        one = said.get(line.sku)
        return line if one is None else on_its_way(line, one, command.number, supplier, now)

    if any(decide(line).open > line.open for line in lines):
        _reopen(order.id, decide, book=book, pause=pause)
    change_lines(order, decide, book=book, pause=pause)

    def note(head: PurchaseOrder, _: Sequence[PurchaseOrderLine]) -> PurchaseOrder:
        if head.stage == "sent":
            head = replace(head, stage="acknowledged", acknowledged_at=micros(now))
        return replace(head, reminders=0).noted(micros(now), "delivery announced", command.actor, command.number)

    return change_head(order.id, note, book=book, pause=pause)


def _reopen(
    order_id: str,
    decide: Callable[[PurchaseOrderLine], PurchaseOrderLine],
    *,
    book: OrderBook,
    pause: Callable[[float], None],
) -> None:
    """Lines that open again by it are taken with the head: nobody may be closing the order meanwhile."""
    failed = 0
    while failed < _TRIES:
        order = must_read(book, order_id)
        check_answerable(order)
        lines = book.lines(order)
        changes = [(line, after) for line in lines if (after := decide(line)).open > line.open][: book.lines_with_head]
        if not changes:
            return
        changed = {line.sku: after for line, after in changes}
        head = derived(order, [changed.get(line.sku, line) for line in lines])
        try:
            book.save(replace(head, version=order.version + 1), changes)
        except (Stale, Contended):
            pause(ids.jitter(_PAUSE_SECONDS * 2**failed))
            failed += 1
    raise Contended(f"purchase order {order_id} is being changed by others", retry_after=1)


def on_its_way(
    line: PurchaseOrderLine, said: Despatched, number: str, supplier: Supplier, now: datetime
) -> PurchaseOrderLine:
    """The line with these units on their way. Goods that have arrived before their announcement need none; those of a
    line that he had refused come after all."""
    if number in line.despatches:
        return line
    line = line.of_what_comes()
    if line.reply == "rejected" and said.units > max(line.open, line.received + line.over):
        line = replace(line.reopen(said.units - line.open), reply="changed", answer=())
    announced = bool(line.despatches) and line.later is not None
    line = replace(line, despatches=(*line.despatches, number), reply=line.reply or "accepted")
    if not line.open or not said.units:
        return line
    dates = confirmed(supplier, said.date, now) if said.date else line.dates
    if announced and line.later is not None:
        all_of_it = said.units >= line.later.units
        late = dates if said.date and all_of_it else line.later.dates
        return replace(line, later=replace(line.later, dates=late, firm=all_of_it))
    rest = line.open - min(said.units, line.open)
    later = _rest(line, rest, supplier, now, said_later=bool(said.later))
    return replace(line, dates=dates, due=micros(said.date) if said.date else line.due, firm=True, later=later)


def _rest(line: PurchaseOrderLine, units: int, supplier: Supplier, now: datetime, *, said_later: bool) -> Later | None:
    """What is not on its way: as it was expected, or as if ordered now when the supplier says that it comes later."""
    if not units:
        return None
    if said_later:
        return Later(units, expected(supplier, now), firm=False)
    dates: Dates = line.later.dates if line.later is not None else line.dates
    return Later(units, dates, firm=line.firm)
