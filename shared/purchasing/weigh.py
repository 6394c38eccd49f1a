"""What becomes of a supplier's basket: the rules of his card, and within them what is expected to cost least.

Below his minimum a basket is held, at most until its oldest line has waited `max_wait_days`; within that time it goes
as soon as another way costs less than the promises that waiting would break. See docs/purchase.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared.catalog.model import Supplier
from shared.promising.promise import end_of_day
from shared.purchasing.choose import Moment, Option, Part, Terms, choose, longest_cover
from shared.purchasing.consolidate import Decision, Need, PlannedLine, decide, quota_missed
from shared.purchasing.costs import Costs, Prospect
from shared.purchasing.draft import Run
from shared.purchasing.order_days import expected, last_day, last_order_time, local_day, next_order_time
from shared.purchasing.ports import Demand
from shared.purchasing.sentence import figures, waiting_breaks

MOST_MOMENTS = 31
MOST_ASKED, MOST_TOLD = 20, 5
"""Order days looked at; items of a basket whose waiting lines are read, those with most excess first; and the most
items of a basket that is not weighed, whose lines are read for the sentence alone."""


@dataclass(frozen=True)
class Weighed:
    """The decision, and when the longest waiting line was placed (microseconds; only asked where it matters)."""

    decision: Decision
    oldest: int | None = None


def weigh(
    lines: tuple[PlannedLine, ...], needs: Sequence[Need], supplier: Supplier, run: Run, demand: Demand
) -> Weighed:
    """Decide about a basket. `needs` are all of the supplier's items that are looked after, also those that need
    nothing: a stocked one may be what tops the basket up."""
    missed = quota_missed(lines, supplier)
    may_wait = missed or (supplier.hold_for == "any_quota" and any(line.rounding for line in lines))
    oldest = demand.oldest_placed([line.need for line in lines]) if may_wait else None
    if not may_wait and not any(line.excess for line in lines):
        return Weighed(Decision(False, lines, figures(lines, None)))
    parts = parts_of(lines, needs if missed else (), run, demand, weighed=may_wait)
    if not may_wait or oldest is None:
        ruled = decide(lines, supplier, oldest, run.now, run.settings)
        return Weighed(_told(ruled, parts, _next(supplier, run), moment_of(supplier, run.now, 0)))
    moments = list(moments_of(supplier, run, oldest))
    chosen, options = choose(parts, moments, Terms.of(supplier, Costs.of(supplier, run.settings)))
    decision = _decided(chosen, lines, needs, supplier, oldest, run)
    other = _waits(chosen, options, run.now) or _next(supplier, run)
    return Weighed(_told(decision, parts, other, moments[0]), oldest)


def parts_of(
    lines: Sequence[PlannedLine], needs: Sequence[Need], run: Run, demand: Demand, *, weighed: bool
) -> list[Part]:
    """The basket, and of `needs` what it may be topped up with. Of a larger basket that is not weighed nobody who waits
    is asked; where not everybody is, `more` says so."""
    basket = [line.need for line in lines]
    inside = {need.item.sku for need in basket}
    spare = [need for need in needs if need.item.sku not in inside and need.item.reorder_point is not None]
    paces = demand.paces([*basket, *spare], run.now)
    waited_for = [line for line in lines if line.need.stock.waiting > 0]
    ranked = sorted(waited_for, key=lambda one: (not one.need.item.other_suppliers, -one.excess, one.sku))
    asked = ranked[:MOST_ASKED] if weighed or len(ranked) <= MOST_TOLD else []
    unknown = {line.sku: Prospect(more=True) for line in ranked}
    promised = unknown | dict(demand.promised([line.need for line in asked]))
    return [
        Part(need, replace(promised.get(need.item.sku, Prospect()), pace=paces[need.item.sku]))
        for need in (*basket, *spare)
    ]


def moments_of(supplier: Supplier, run: Run, oldest: int) -> Iterator[Moment]:
    """The order days until the one that orders at the latest; of very many the first ones and the last."""
    last = last_day(supplier, oldest)
    at = run.now
    for _ in range(MOST_MOMENTS - 1):
        if at >= last:
            break
        if at == run.now or _days(run, at):  # asked for before the cut-off, a plan does not wait for that
            yield moment_of(supplier, at, _days(run, at))
        at = next_order_time(supplier, run.settings, at)
    if at < last:
        at = last_order_time(supplier, run.settings, oldest)
    yield replace(moment_of(supplier, at, _days(run, at)), last=True)


def _days(run: Run, at: datetime) -> int:
    return (local_day(run.settings, at) - local_day(run.settings, run.now)).days


def moment_of(supplier: Supplier, at: datetime, days: int) -> Moment:
    """An order to the supplier at that time."""
    return Moment(days, at, end_of_day(expected(supplier, at).by))


def _next(supplier: Supplier, run: Run) -> Moment:
    at = next_order_time(supplier, run.settings, run.now)
    if _days(run, at) == 0:  # today's own cut-off, when the plan was asked for before it
        at = next_order_time(supplier, run.settings, at)
    return moment_of(supplier, at, _days(run, at))


def _waits(chosen: Option, options: Sequence[Option], now: datetime) -> Moment | None:
    """What the sentence compares with: the day chosen, or the best of those that were not."""
    if chosen.moment.at > now:
        return chosen.moment
    later = [option for option in options if option.moment.at > now]
    return min(later, key=lambda one: (one.cost, one.moment.at)).moment if later else None


def _decided(
    chosen: Option,
    lines: tuple[PlannedLine, ...],
    needs: Sequence[Need],
    supplier: Supplier,
    oldest: int,
    run: Run,
) -> Decision:
    """The option in the words and within the rules of the supplier's card."""
    ruled = decide(lines, supplier, oldest, run.now, run.settings)
    if chosen.moment.at > run.now:
        return ruled if ruled.hold else replace(ruled, hold=True, reason=f"held until {_day(run, chosen.moment)}")
    if chosen.how == "top_up":
        return Decision(False, _raised(chosen, lines, needs), "topped up to the minimum with what is needed next")
    if ruled.hold:
        return Decision(False, lines, "ordered at once although small, which costs less than to wait")
    return ruled


def _raised(chosen: Option, lines: Sequence[PlannedLine], needs: Sequence[Need]) -> tuple[PlannedLine, ...]:
    known = {line.sku: line for line in lines}
    added = {need.item.sku: PlannedLine(need, 0, 0) for need in needs if need.item.sku not in known}
    both = {**added, **known}
    return tuple(replace(both[sku], quantity=chosen.quantities[sku]) for sku in sorted(chosen.quantities))


def _day(run: Run, moment: Moment) -> str:
    return local_day(run.settings, moment.at).isoformat()


def _told(decision: Decision, parts: Sequence[Part], other: Moment, now: Moment) -> Decision:
    """The decision with its sentence."""
    quantities = {line.sku: line.quantity for line in decision.lines}
    told = [figures(decision.lines, longest_cover(parts, quantities))]
    if any(part.prospect.promised for part in parts):
        broken = sum(part.prospect.broken(other.by) - part.prospect.broken(now.by) for part in parts)
        more = any(part.prospect.more for part in parts)
        told.append(waiting_breaks(other.days, broken, more=more))
    return replace(decision, reason="; ".join(filter(None, (decision.reason, *told))))
