"""The cheapest way to order, against every way there is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import product
from math import ceil, floor

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.catalog.model import Item
from shared.inventory.model import Stock
from shared.kernel.clock import micros
from shared.purchasing.choose import Moment, Option, Part, Terms, choose
from shared.purchasing.consolidate import Need
from shared.purchasing.costs import Costs, Prospect, cover, pace_of
from shared.purchasing.filling import Step, cheapest_fill

NOW = datetime(2026, 1, 5, 15, tzinfo=UTC)
DAY = timedelta(days=1)


def part(sku: str, needed: int, pace: Fraction = Fraction(0), promised: Sequence[int] = (), **card: object) -> Part:
    item = Item(sku, "s1", **{"unit_cost": "1"} | card)  # type: ignore[arg-type]
    stock = Stock(sku, waiting=max(0, needed), free=max(0, -needed))
    if item.reorder_point is not None:
        stock = Stock(sku, waiting=max(0, needed), free=max(0, -needed) + item.reorder_point)
    return Part(Need(item, stock), Prospect(pace, tuple(micros(NOW + day * DAY) for day in sorted(promised))))


def moments(count: int, lead: int = 5) -> list[Moment]:
    """Order days from now on, one each day; goods come `lead` days later."""
    days = range(count)
    return [Moment(n, NOW + n * DAY, micros(NOW + (n + lead) * DAY), last=n == count - 1) for n in days]


def terms(minimum: str = "0", promise: int = 5, freight: int = 0, fee: int | None = None, **more: int) -> Terms:
    given = {"holding": Fraction(25, 36_500), "top_up_days": 90} | more
    costs = Costs(
        Fraction(promise), Fraction(given["holding"]), Fraction(freight), _fee(fee), int(given["top_up_days"])
    )
    return Terms(Decimal(minimum), costs)


def _fee(fee: int | None) -> Fraction | None:
    return None if fee is None else Fraction(fee)


# every way there is, spelled out without the code under test


def every_way(parts: Sequence[Part], days: Sequence[Moment], given: Terms) -> Iterator[Fraction]:
    """What each way costs."""
    for day in days:
        base = {one.need.item.sku: _base(one, day.days) for one in parts}
        worth = sum(base[one.need.item.sku] * Decimal(one.need.item.unit_cost) for one in parts)
        if worth >= given.minimum:
            yield _cost(parts, base, day, given)
            continue
        fee = given.costs.fee
        if fee is not None or day.last:
            yield _cost(parts, base, day, given) + (fee or 0)
        for bought in _raised(parts, base, day.days, given):
            if sum(bought[one.need.item.sku] * Decimal(one.need.item.unit_cost) for one in parts) >= given.minimum:
                yield _cost(parts, bought, day, given)


def _needed(one: Part, days: int) -> int:
    units = one.need.units
    return units + floor(one.prospect.pace * days) if units > 0 else 0


def _base(one: Part, days: int) -> int:
    item, needed = one.need.item, _needed(one, days)
    return ceil(Fraction(max(needed, item.moq), item.pack_size)) * item.pack_size if needed else 0


def _raised(parts: Sequence[Part], base: Mapping[str, int], days: int, given: Terms) -> Iterator[dict[str, int]]:
    choices = []
    for one in parts:
        item, bought, ways = one.need.item, base[one.need.item.sku], [base[one.need.item.sku]]
        if item.reorder_point is not None and one.prospect.pace:
            for packs in range(1, 200):
                units = bought + packs * item.pack_size
                lying = max(0, -one.need.units) + units - _needed(one, days)
                if lying > one.prospect.pace * given.costs.top_up_days:
                    break
                if units >= item.moq:
                    ways.append(units)
        choices.append(ways)
    for combination in product(*choices):
        yield {one.need.item.sku: units for one, units in zip(parts, combination, strict=True)}


def _cost(parts: Sequence[Part], bought: Mapping[str, int], day: Moment, given: Terms) -> Fraction:
    now, then = (sum(_needed(one, days) for one in parts) for days in (0, day.days))
    cost = given.costs.freight * Fraction(now, then)
    for one in parts:
        excess, pace = bought[one.need.item.sku] - _needed(one, day.days), one.prospect.pace
        spare = max(0, -one.need.units)
        lasts = min(365, ceil((spare + excess) / pace)) if pace else 365
        cost += excess * Fraction(one.need.item.unit_cost) * given.costs.holding * (lasts if excess else 0)
        cost += given.costs.broken_promise * len([date for date in one.prospect.promised if date < day.by])
    return cost


parts_of_baskets = st.builds(
    lambda needed, pace, promised, moq, pack, cost, stocked: (needed, Fraction(pace, 14), promised, moq, pack, cost, stocked),
    st.integers(-4, 6),
    st.integers(0, 14),
    st.lists(st.integers(4, 9), max_size=3),
    st.integers(1, 5),
    st.integers(1, 4),
    st.sampled_from(["0.5", "1", "3.33", "12"]),
    st.booleans(),
)  # fmt: skip


@settings(deadline=None, max_examples=150)
@given(
    drawn=st.lists(parts_of_baskets, min_size=1, max_size=2),
    minimum=st.integers(0, 60),
    promise=st.sampled_from([0, 1, 5]),
    freight=st.sampled_from([0, 9]),
    fee=st.sampled_from([None, 0, 4]),
    count=st.integers(1, 4),
)
def test_the_choice_costs_what_the_cheapest_of_all_ways_costs(
    drawn: list[tuple[int, Fraction, list[int], int, int, str, bool]],
    minimum: int,
    promise: int,
    freight: int,
    fee: int | None,
    count: int,
) -> None:
    parts = [part("X", 2, promised=[5, 6])]
    for n, (needed, pace, promised, moq, pack, cost, stocked) in enumerate(drawn):
        dates = promised if needed > 0 else []
        card = {"moq": moq, "pack_size": pack, "unit_cost": cost, "reorder_point": 3 if stocked else None}
        if needed > 0 or stocked:
            parts.append(part(f"S{n}", needed, pace, dates, **card))
    given = terms(str(minimum), promise, freight, fee, top_up_days=12)
    chosen, _ = choose(parts, moments(count), given)
    assert chosen.cost == min(every_way(parts, moments(count), given))
    bought = {one.need.item.sku: chosen.quantities.get(one.need.item.sku, 0) for one in parts}
    assert chosen.cost - _fee_of(chosen, parts, given) == _cost(parts, bought, chosen.moment, given)


def _fee_of(chosen: Option, parts: Sequence[Part], given: Terms) -> Fraction:
    cost = {one.need.item.sku: Decimal(one.need.item.unit_cost) for one in parts}
    small = sum(units * cost[sku] for sku, units in chosen.quantities.items()) < given.minimum
    return (given.costs.fee or Fraction(0)) if small else Fraction(0)


@settings(deadline=None)
@given(
    gap=st.integers(1, 40),
    items=st.lists(
        st.lists(st.tuples(st.integers(1, 25), st.integers(0, 12)), max_size=4, unique_by=lambda x: x[0]), max_size=4
    ),
)
def test_a_fill_is_the_cheapest_and_of_equals_the_smallest(gap: int, items: list[list[tuple[int, int]]]) -> None:
    steps = [[Step(n + 1, Decimal(value), Fraction(cost, 7)) for n, (value, cost) in enumerate(one)] for one in items]
    all_taken = product(*([Step(0, Decimal(0), Fraction(0)), *one] for one in steps))
    ways = [(sum(x.cost for x in taken), sum(x.value for x in taken)) for taken in all_taken]
    ways = [way for way in ways if way[1] >= gap]
    found = cheapest_fill(Decimal(gap), steps)
    if not ways:
        assert found is None
        return
    assert found is not None
    worth = [next((s for s in one if s.units == units), None) for one, units in zip(steps, found, strict=True)]
    taken_steps = [step for step in worth if step]
    assert (sum(s.cost for s in taken_steps), sum(s.value for s in taken_steps)) == min(ways)


def test_waiting_that_breaks_promises_gives_way_to_a_top_up_with_what_sells() -> None:
    """Worth 20 of 30; the other order day is too late for both who wait; TEA sells one unit a day."""
    basket = [part("A", 20, promised=[5, 5]), part("TEA", -1, Fraction(1), reorder_point=4, pack_size=5)]
    chosen, _ = choose(basket, moments(3), terms("30"))
    assert (chosen.how, chosen.moment.days, dict(chosen.quantities)) == ("top_up", 0, {"A": 20, "TEA": 10})
    patient, _ = choose(basket, moments(3), terms("30", promise=0))
    assert patient.moment.days == 2


def test_what_would_lie_there_for_longer_than_wanted_tops_nothing_up() -> None:
    basket = [part("A", 20, promised=[5, 5]), part("TEA", -1, Fraction(1), reorder_point=4, pack_size=5)]
    chosen, _ = choose(basket, moments(3), terms("30", top_up_days=10))
    assert (chosen.how, chosen.moment.days) == ("order", 2)


def test_a_small_order_goes_at_once_for_a_fee_and_waits_where_none_is_taken() -> None:
    basket = [part("A", 20, promised=[5, 5])]
    for fee, days in ((9, 0), (None, 2)):
        chosen, _ = choose(basket, moments(3), terms("30", fee=fee))
        assert (chosen.how, chosen.moment.days) == ("order", days)


def test_excess_waits_for_the_day_that_needs_it_while_no_promise_breaks() -> None:
    """A pack of 24 for 19; two more a day are asked for, and the goods would be in time until then."""
    basket = [part("A", 19, Fraction(2), promised=[9], pack_size=24)]
    chosen, _ = choose(basket, moments(4), terms())
    assert (chosen.moment.days, chosen.broken) == (2, 0)
    late, _ = choose([part("A", 19, Fraction(2), promised=[5], pack_size=24)], moments(4), terms())
    assert late.moment.days == 0


def test_cover_is_in_whole_days_and_a_year_at_most() -> None:
    assert cover(5, Fraction(5, 31)) == 31
    assert cover(5, Fraction(1, 2)) == 10
    assert cover(0, Fraction(0)) == 0
    assert cover(1, Fraction(0)) == cover(10**6, Fraction(1)) == 365


def test_the_pace_is_that_of_the_last_fortnight() -> None:
    assert pace_of({100: 7, 87: 7, 86: 99, 101: 99}, 100) == 1
