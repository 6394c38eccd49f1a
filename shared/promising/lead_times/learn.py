"""Once a day: what all past purchase orders say about each supplier. Nothing is counted up; it is worked out anew from
the orders themselves, so that it is the same however often it is done, and whatever was received twice or late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.promising.lead_times.learned import BY, LEVELS, LeadTime
from shared.promising.lead_times.learner import ORDERS_OF_ALL, Forecast, Learner
from shared.promising.lead_times.survival import stated
from shared.promising.lead_times.working_time import WorkingTime, learned

_DAY_MINUTES = 24 * 60
_DAY = 86_400_000_000
_PRIOR_SLIPS = 5
WINDOW = 28 * _DAY
_FEW = 20
FEWEST = 3
"""Orders received or overdue from which on it is what a supplier does that counts and no longer his card: one or two
are no habit, yet cost a write."""
CAREFUL = 950
"""The probability of `by` in thousandths while more than one promise in ten was broken lately."""


@dataclass(frozen=True)
class PastOrder:
    """A purchase order as far as lead times go; times in microseconds. `said` is the first date the supplier named,
    `by` the cautious date it was first expected by, `ended_at` when it was given up without a receipt."""

    id: str
    supplier_id: str
    sent_at: int
    received_at: int | None = None
    said: int | None = None
    by: int | None = None
    ended_at: int | None = None


@dataclass(frozen=True)
class Kept:
    """Promises decided in the last four weeks by the clock: how many, and how many of them were broken. Those are the
    first `by` of purchase orders, or of customers' lines."""

    decided: int = 0
    broken: int = 0

    @property
    def burnt(self) -> bool:
        """Whether more than the one in ten that may be broken was broken, of enough to tell."""
        return self.decided >= _FEW and self.broken * 10 > self.decided


NOTHING_DECIDED = Kept()


def learn(
    orders: Sequence[PastOrder], cards: Mapping[str, tuple[int, int]], now: int, customers: Kept = NOTHING_DECIDED
) -> tuple[dict[str, LeadTime], Kept]:
    """What is learned of each supplier who has delivered, or failed to, three times; and how the dates of purchase
    orders were kept lately.

    `cards` has the days (likely, by) that each supplier's card states: what is believed of him before he has delivered.
    `customers` is how promises to customers were kept: `by` is quoted more carefully while too many of either were
    broken. Of more than a thousand orders the latest count.
    """
    known = sorted((one for one in orders if one.sent_at <= now), key=lambda one: (one.sent_at, one.id))
    known = known[-ORDERS_OF_ALL:]
    working = learned(one.received_at for one in known if one.received_at is not None)
    learner = Learner(working, {name: stated(*_worked(days, working)) for name, days in cards.items()})
    _replay(learner, known, now)
    kept = promises_kept(known, now)
    cautious = CAREFUL if kept.burnt or customers.burnt else BY
    found = {}
    for supplier_id in sorted(cards):
        own = [one for one in known if one.supplier_id == supplier_id]
        enough = sum(_tells(one, now) for one in own) >= FEWEST
        forecast = learner.foresee(supplier_id, now) if enough else None
        if forecast is not None:
            found[supplier_id] = _lead_time(forecast, own, cautious, now)
    return found, kept


def _tells(order: PastOrder, now: int) -> bool:
    """Whether it says something about its supplier: it has come, or has not although it should have."""
    overdue = order.by is not None and order.by < now and order.ended_at is None
    return order.received_at is not None or overdue


def _replay(learner: Learner, orders: Sequence[PastOrder], now: int) -> None:
    """What happened, in the order in which it did; who was sent and received at one instant was sent first."""
    steps = [(one.sent_at, False, one.id, one) for one in orders]
    for one in orders:
        end = one.received_at if one.received_at is not None else one.ended_at
        if end is not None and end <= now:
            steps.append((max(end, one.sent_at), True, one.id, one))
    for at, over, _, one in sorted(steps, key=lambda step: step[:3]):
        if over:
            learner.end(one.id, at, received=one.received_at is not None)
        else:
            learner.order(one.id, one.supplier_id, one.id, at)


def promises_kept(orders: Sequence[PastOrder], now: int) -> Kept:
    """Of the orders whose first `by` passed within four weeks: in time, or broken. The clock decides, so an order that
    is still open after its date is broken today, not when it comes."""
    due = [one for one in orders if one.by is not None and now - WINDOW <= one.by < now and one.ended_at is None]
    broken = sum(one.received_at is None or one.received_at > (one.by or 0) for one in due)
    return Kept(len(due), broken)


def _worked(days: tuple[int, int], working: WorkingTime) -> tuple[float, float]:
    """Calendar days of a card in working days."""
    share = (7 - len(working.closed)) / 7
    return days[0] * share, days[1] * share


def _lead_time(forecast: Forecast, orders: Sequence[PastOrder], cautious: int, now: int) -> LeadTime:
    minutes = [0, *(round(forecast.days(level / 1000) * _DAY_MINUTES) for level in LEVELS[1:])]
    return LeadTime(
        minutes=tuple(minutes),
        closed=tuple(sorted(forecast.working.closed)),
        orders=len(orders),
        receipts=sum(one.received_at is not None for one in orders),
        cautious=cautious,
        slip=_slip(orders, now),
    )


def _slip(orders: Sequence[PastOrder], now: int) -> tuple[int, int] | None:
    """Minutes after the named date in half and in nine of ten cases, among five more orders that came on their day.

    What is late and still out counts with its lateness so far. Who comes early surprises nobody: never below 0.
    """
    late = []
    for one in orders:
        came = one.received_at if one.received_at is not None else now
        if one.said is not None and one.ended_at is None and (one.received_at is not None or now > one.said):
            late.append(max(0, came - one.said) // (_DAY // _DAY_MINUTES))
    if not late:
        return None
    late = sorted([*late, *[0] * _PRIOR_SLIPS])
    return late[(len(late) - 1) // 2], late[(len(late) - 1) * 9 // 10]
