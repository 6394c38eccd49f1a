"""Record a backorder: accept the demand, fix its place in the queue, promise a date. All lines or none."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from shared.backorders.estimate import Estimate, check_items, estimate
from shared.backorders.model import Backorder, Customer, Line, OrderedLine, Promise, Shipping
from shared.backorders.payment import flagged
from shared.backorders.ports import Demand, Facts, LimitReached, RecordingStore, Stale
from shared.backorders.quote import Quote, altered, honoured
from shared.kernel import ids
from shared.kernel.clock import DAY, micros
from shared.kernel.errors import (
    Conflict,
    Contended,
    FieldError,
    Forbidden,
    InProgress,
    Invalid,
    KeyReused,
    LimitExceeded,
)

AHEAD = timedelta(minutes=5)
BACKDATED = timedelta(days=30)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)  # with the longest head start a rank is still a positive number
# A rank this fresh lies behind every queue head (heads stay two minutes back), so its demand may be counted later.
PROMPT = timedelta(seconds=30)
_TRIES = 8


@dataclass(frozen=True)
class WantedLine:
    line_id: str
    sku: str
    quantity: int
    unit_price: str


@dataclass(frozen=True)
class RecordBackorder:
    """The storefront's order, already checked field by field."""

    storefront: str
    order_id: str
    request_key: str
    digest: str
    customer: Customer
    shipping: Shipping
    payment: dict[str, str]
    currency: str
    lines: tuple[WantedLine, ...]
    priority: str = "standard"
    placed_at: datetime | None = None
    need_by: datetime | None = None
    quote_token: str | None = None
    operations: bool = False
    actor: str = "storefront"
    trace: str | None = None


@dataclass(frozen=True)
class Recorded:
    """The order as recorded; `replayed` if it existed already, `same_key` if by the same Idempotency-Key."""

    order: Backorder
    lines: list[Line]
    replayed: bool = False
    same_key: bool = False


ReadQuote = Callable[[str], Quote]
"""The quote in a token. Raises Conflict for a token that is not ours."""


def no_quotes(_token: str) -> Quote:
    """For callers that take no quotes."""
    raise altered()


def record_backorder(
    command: RecordBackorder,
    *,
    store: RecordingStore,
    now: datetime,
    told: datetime | None,
    pause: Callable[[float], None] = time.sleep,
    read_quote: ReadQuote = no_quotes,
) -> Recorded:
    """Record once per (storefront, order_id); a repeat meets the first answer, also when its quote has expired by then.

    `now` is by the function's clock, `told` by one that is surely right, a moment ago; None if there is none.

    Raises Invalid, Forbidden, LimitExceeded, Conflict (other content, a quote that does not hold), KeyReused,
    InProgress, Contended.
    """
    key = ids.digest(command.storefront, command.order_id)
    for attempt in range(_TRIES):
        facts = store.facts(key, ids.ordered_unique(line.sku for line in command.lines))
        if facts.existing is not None and facts.existing.state == "open":
            return _first_answer(command, facts.existing)
        _check(command, facts, now)
        try:
            if facts.existing is not None and facts.existing.state == "discarding":
                store.discard(key)  # it was refused, and whoever removed it was cut off: go on from nothing
                continue
            order, lines = _compose(command, key, facts, now, read_quote)
            store.record(order, lines, _counted_at_birth(order, facts, told and max(told, now)))
        except LimitReached as refusal:
            raise _limit_error(command, refusal.skus) from None
        except (Stale, Contended):
            pause(ids.jitter(0.02 * 2**attempt))
            continue
        return Recorded(order, lines)
    if facts.existing is not None:
        raise InProgress("the order is still being recorded", retry_after=5)
    raise Contended("too many orders for the same items at once; undecided, please try again", retry_after=1)


def _first_answer(command: RecordBackorder, existing: Backorder) -> Recorded:
    same_key = existing.request_key == command.request_key
    if existing.digest != command.digest:
        if same_key:
            raise KeyReused("this Idempotency-Key was used for the same order with another body")
        raise Conflict(
            f"order {existing.order_id} was recorded with other content",
            errors=(FieldError("/order_id", "already recorded with other content"),),
        )
    return Recorded(existing, [], replayed=True, same_key=same_key)


def _check(command: RecordBackorder, facts: Facts, now: datetime) -> None:
    check_items(command.lines, facts)
    if command.priority not in facts.settings.head_start_days:
        known = ", ".join(sorted(facts.settings.head_start_days))
        raise Invalid.at("/priority", f"must be one of {known}")
    if command.priority == "critical" and not command.operations:
        raise Forbidden.at("/priority", "critical needs the operations scope")
    if command.placed_at is None:
        return
    if command.placed_at > now + AHEAD:
        raise Invalid.at("/placed_at", "lies more than 5 minutes ahead")
    if command.placed_at < EARLIEST:
        raise Invalid.at("/placed_at", f"lies before the year {EARLIEST.year}")
    if command.placed_at < now - BACKDATED and not command.operations:
        raise Forbidden.at("/placed_at", "more than 30 days back needs the operations scope")


def _compose(
    command: RecordBackorder, key: str, facts: Facts, now: datetime, read_quote: ReadQuote
) -> tuple[Backorder, list[Line]]:
    placed = min(command.placed_at or now, now)
    estimates = estimate(command.lines, facts, now, "recorded")
    head_start = facts.settings.head_start_days[command.priority] * DAY
    urgent = _urgent(command, estimates)
    if urgent:
        head_start += facts.settings.urgency_head_start_days * DAY
    begun = facts.existing  # a large order whose recording was cut off goes on under its first id and rank
    promises = _promises(command, estimates, begun.recorded_at if begun else micros(now), read_quote)
    order = Backorder(
        id=begun.id if begun else ids.backorder_id(micros(now), command.storefront, command.order_id),
        key=key,
        storefront=command.storefront,
        order_id=command.order_id,
        customer=command.customer,
        placed_at=begun.placed_at if begun else micros(placed),
        recorded_at=begun.recorded_at if begun else micros(now),
        rank=begun.rank if begun else micros(placed - head_start),
        priority=command.priority,
        shipping=command.shipping,
        payment=flagged(command.payment, (promise.likely for promise in promises)),
        currency=command.currency,
        lines=tuple(OrderedLine(x.line_id, x.sku, x.quantity, x.unit_price) for x in command.lines),
        digest=command.digest,
        request_key=command.request_key,
        need_by=micros(command.need_by) if command.need_by else None,
        urgent=urgent,
        trace=begun.trace if begun else command.trace,
    )
    lines = [
        new_line(order, position, ordered, promise)
        for position, (ordered, promise) in enumerate(zip(order.lines, promises, strict=True))
    ]
    return order, lines


def new_line(order: Backorder, position: int, ordered: OrderedLine, promise: Promise) -> Line:
    """A line as it enters the queue: everything waits."""
    return Line(
        backorder_id=order.id,
        position=position,
        line_id=ordered.line_id,
        sku=ordered.sku,
        rank=order.rank,
        ordered=ordered.ordered,
        waiting=ordered.ordered,
        promises=(promise,),
        careful=order.shipping == "hold" or order.release == "held",
        unit_price=ordered.unit_price,
        switched_from=ordered.switched_from,
        trace=order.trace,
    )


def _promises(
    command: RecordBackorder, estimates: list[Estimate], asked_at: int, read_quote: ReadQuote
) -> list[Promise]:
    """The first promise of each line: as quoted, or as estimated now."""
    if command.quote_token is None:
        return [one.promise for one in estimates]
    return honoured(read_quote(command.quote_token), command.lines, estimates, asked_at)


def _urgent(command: RecordBackorder, estimates: list[Estimate]) -> bool:
    """By the dates it would get today: a quote fixes dates, and no place."""
    dates = [one.promise.by for one in estimates if one.promise.by is not None]
    return command.need_by is not None and bool(dates) and micros(command.need_by) < max(dates)


def _counted_at_birth(order: Backorder, facts: Facts, now: datetime | None) -> list[Demand]:
    """The demand that must be exact the moment the order exists: all of it, or (usually) none. Where nobody knows what
    time it is, its rank may be too early to be counted later."""
    limited = any(facts.items[line.sku].limit is not None for line in order.lines)
    early = now is None or order.rank < micros(now - PROMPT)
    if not limited and not early:
        return []
    units: dict[str, int] = {}
    for line in order.lines:
        units[line.sku] = units.get(line.sku, 0) + line.ordered
    return [
        Demand(sku, n, order.rank, facts.items[sku].supplier_id, facts.items[sku].limit, early)
        for sku, n in units.items()
    ]


def _limit_error(command: RecordBackorder, skus: tuple[str, ...]) -> LimitExceeded:
    errors = tuple(
        FieldError(f"/lines/{n}/quantity", "more than may be backordered of this item now")
        for n, line in enumerate(command.lines)
        if line.sku in skus
    )
    return LimitExceeded("the backorder limit of an item does not allow this order", errors=errors)
