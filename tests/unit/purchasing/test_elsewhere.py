"""Items with several suppliers: who gets the order, at what cost, and what becomes of it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import chain, combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.aws.catalog_store import TableCatalog
from shared.aws.planning_store import TableDemand
from shared.catalog.model import Item, Offer, PriceBreak, Supplier
from shared.kernel.clock import micros
from shared.purchasing.choose import Moment, Part
from shared.purchasing.consolidate import cheapest_quantity, consolidate
from shared.purchasing.switching import Elsewhere, Home, best_switch
from tests.unit.purchasing.desk import Desk
from tests.unit.purchasing.test_choose import DAY, NOW, every_way, moments, part, terms
from tests.unit.purchasing.test_consolidate import need

# price breaks

BREAKS = (PriceBreak(10, "0.90"), PriceBreak(100, "0.5"))


@pytest.mark.parametrize(("quantity", "cost"), [(1, "1"), (9, "1"), (10, "0.90"), (99, "0.90"), (100, "0.5")])
def test_a_unit_costs_what_the_last_break_reached_says(quantity: int, cost: str) -> None:
    assert Item("A", "s1", unit_cost="1", price_breaks=BREAKS).cost_of(quantity) == cost


@given(
    units=st.integers(-3, 130),
    pack=st.integers(1, 12),
    moq=st.integers(1, 40),
    breaks=st.lists(st.tuples(st.integers(2, 150), st.integers(1, 99)), max_size=3),
)
def test_a_need_is_rounded_up_to_a_price_break_only_where_all_of_it_then_costs_less(
    units: int, pack: int, moq: int, breaks: list[tuple[int, int]]
) -> None:
    falling = sorted(dict(breaks).items())
    item = Item(
        "A", "s1", unit_cost="1", moq=moq, pack_size=pack,
        price_breaks=tuple(PriceBreak(quantity, str(Decimal(cost) / 100)) for quantity, cost in falling),
    )  # fmt: skip
    grid = [n for n in range(pack, 500, pack) if n >= max(units, moq)]
    cheapest = min(grid, key=lambda n: (n * Decimal(item.cost_of(n)), n)) if units > 0 else 0
    least = grid[0] if units > 0 else 0
    found = cheapest_quantity(units, item)
    assert found >= least
    assert found * Decimal(item.cost_of(found)) <= least * Decimal(item.cost_of(least))
    falls = [cost for _, cost in falling] == sorted({cost for _, cost in falling}, reverse=True)
    if falls:
        assert found == cheapest


def test_a_line_is_priced_and_raised_by_its_breaks() -> None:
    (line,) = consolidate([need(waiting=95, unit_cost="1", price_breaks=BREAKS)])
    assert (line.quantity, line.rounding, line.excess, line.unit_cost, line.value) == (100, 5, 5, Decimal("0.5"), 50)


# the search


def offered(parts: Sequence[Part], costs: Sequence[str]) -> list[Part]:
    """The same parts, with another supplier who asks so much; nothing for not at all."""
    cards = [
        Item(**{**vars(one.need.item), "other_suppliers": (Offer("fast", unit_cost=cost),) if cost else ()})
        for one, cost in zip(parts, costs, strict=True)
    ]
    return [Part(type(one.need)(card, one.need.stock), one.prospect) for one, card in zip(parts, cards, strict=True)]


drawn_lines = st.lists(
    st.tuples(
        st.integers(1, 9),
        st.lists(st.integers(3, 8), min_size=1, max_size=3),
        st.sampled_from(["", "1", "1.2", "3"]),
        st.integers(1, 4),
    ),
    min_size=1,
    max_size=4,
)


@settings(deadline=None, max_examples=120)
@given(
    lines=drawn_lines,
    minimums=st.tuples(st.sampled_from([0, 15, 30]), st.sampled_from([0, 8])),
    fee=st.sampled_from([None, 3]),
    freights=st.tuples(st.sampled_from([0, 6]), st.sampled_from([0, 6])),
    count=st.integers(1, 3),
)
def test_a_switch_costs_less_than_every_other_and_is_made_whenever_one_does(
    lines: list[tuple[int, list[int], str, int]],
    minimums: tuple[int, int],
    fee: int | None,
    freights: tuple[int, int],
    count: int,
) -> None:
    """Against every set of items of which each would keep a promise."""
    parts = [part(f"S{n}", units, promised=dates, pack_size=pack) for n, (units, dates, _, pack) in enumerate(lines)]
    parts = offered(parts, [cost for *_, cost, _ in lines])
    here = terms(str(minimums[0]), freight=freights[0])
    there = terms(str(minimums[1]), freight=freights[1], fee=fee)
    now = Moment(0, NOW, micros(NOW + 3 * DAY))
    other = Elsewhere(Supplier("fast", "Fast", "fast@example.com"), now, there)
    found = best_switch(parts, Home(moments(count), here), [other])

    def rest_costs(rest: Sequence[Part]) -> Fraction:
        if not rest:
            return Fraction(0)
        worth = sum(one.quantity(0) for one in rest)
        days = moments(count) if worth < minimums[0] else moments(count)[:1]
        return min(every_way(rest, days, here)) + sum(one.need.units for one in rest)

    costs: dict[frozenset[str], Fraction] = {}
    sets = chain.from_iterable(combinations(parts, size) for size in range(len(parts) + 1))
    for moved in sets:
        if not all(one.need.item.other_suppliers for one in moved):
            continue
        gone = {one.need.item.sku for one in moved}
        cost = rest_costs([one for one in parts if one.need.item.sku not in gone])
        if moved:
            cards = [one.need.item.bought_from("fast") for one in moved]
            bought = [
                Part(type(one.need)(card, one.need.stock), one.prospect)
                for one, card in zip(moved, cards, strict=True)
                if card
            ]
            ways = list(every_way(bought, [now], there))
            if not ways:
                continue
            cost += min(ways) + sum(one.need.units * Fraction(one.need.item.unit_cost) for one in bought)
        costs[frozenset(gone)] = cost
    _, stays = Home(moments(count), here).way(parts)
    assert stays is not None
    keeping = [cost for skus, cost in costs.items() if _keeps(parts, skus, now, stays.moment)]
    if found is None:
        assert min(keeping) == costs[frozenset()]
    else:
        assert costs[frozenset(one.need.item.sku for one in found.parts)] == min(keeping) < costs[frozenset()]


def _keeps(parts: Sequence[Part], skus: frozenset[str], there: Moment, here: Moment) -> bool:
    """Whether each of these items would keep a promise there that the day on which all would go here breaks."""
    gone = [one for one in parts if one.need.item.sku in skus]
    return all(one.prospect.broken(here.by) > one.prospect.broken(there.by) for one in gone)


# at the desk


@pytest.fixture
def hurried(desk: Desk) -> Desk:
    """A comes from s1 in 10 to 20 days for 1 EUR, from `fast` in 2 to 4 for 1.50, in packs of 5."""
    desk.supplier("fast", lead_time_likely=2, lead_time_by=4)
    desk.item("A", other_suppliers=(Offer("fast", "F-A", moq=5, pack_size=5, unit_cost="1.50"),))
    return desk


def become_slow(desk: Desk) -> None:
    """The preferred supplier needs longer than he said when those who wait were promised a date."""
    desk.supplier(lead_time_likely=20, lead_time_by=40, version=2)


def test_the_preferred_supplier_gets_the_order_while_he_keeps_what_was_promised(hurried: Desk) -> None:
    hurried.order(("A", 3))
    (plan,) = [one for one in hurried.plan() if one.outcome == "ordered"]
    assert (plan.supplier_id, plan.lines[0].ordered, plan.lines[0].home) == ("s1", 3, None)


@pytest.mark.parametrize("dry", [True, False])
def test_a_faster_supplier_gets_what_the_preferred_one_would_bring_too_late(hurried: Desk, dry: bool) -> None:
    hurried.item("B")
    hurried.order(("A", 3), ("B", 2))
    hurried.order(("A", 1))
    become_slow(hurried)
    plans = {plan.supplier_id: plan for plan in hurried.plan(dry=dry, suppliers=["s1"])}
    (line,) = plans["fast"].lines
    assert (line.sku, line.ordered, line.need, line.excess) == ("A", 5, 4, 1)
    assert (line.unit_cost, line.supplier_sku, line.home) == ("1.50", "F-A", "s1")
    assert line.dates.by == micros(hurried.now) + 4 * 86_400_000_000
    assert plans["fast"].reason == "ordered here because Northwind would break 2 promises; 5: 4 waiting, 1 excess"
    assert [one.sku for one in plans["s1"].lines] == ["B"]
    if not dry:
        assert hurried.stock("A").on_order == 5
        assert sorted(order.supplier_id for order in hurried.orders()) == ["fast", "s1"]
        assert [plan.outcome for plan in hurried.plan()] == ["nothing", "nothing"]


def test_a_faster_supplier_who_costs_more_than_the_promises_are_worth_gets_nothing(hurried: Desk) -> None:
    hurried.order(("A", 30))
    become_slow(hurried)
    (plan,) = hurried.plan(suppliers=["s1"])
    assert plan.supplier_id == "s1"


def test_what_the_faster_supplier_refuses_is_needed_of_the_preferred_one_again(hurried: Desk) -> None:
    hurried.order(("A", 3))
    become_slow(hurried)
    (order,) = (plan.order for plan in hurried.plan(suppliers=["s1"]) if plan.order)
    hurried.cancel(order.id)
    assert [one.item.sku for one in TableDemand(hurried.table).needs("s1")] == ["A"]


def test_cancelled_demand_shrinks_an_unsent_order_on_the_terms_it_was_made_by(hurried: Desk) -> None:
    hurried.order(("A", 8))
    become_slow(hurried)
    (order,) = (plan.order for plan in hurried.plan(suppliers=["s1"]) if plan.order)
    assert hurried.line(order.id, "A").ordered == 10
    hurried.give_up("A", 4)
    hurried.plan()
    assert (hurried.line(order.id, "A").ordered, hurried.line(order.id, "A").unit_cost) == (5, "1.50")
    hurried.give_up("A", -4)


def test_an_order_that_shrinks_below_a_price_break_costs_what_so_few_cost(desk: Desk) -> None:
    desk.item("A", price_breaks=BREAKS)
    desk.order(("A", 12))
    order, (line,) = desk.ordered()
    assert (line.unit_cost, order.value) == ("0.90", "10.80")
    desk.give_up("A", 7)
    desk.plan()
    order, (line,) = desk.read(order.id)
    assert (line.ordered, line.unit_cost, order.value) == (5, "1", "5")
    desk.give_up("A", -7)


def test_what_a_price_break_added_is_not_taken_off_again(desk: Desk) -> None:
    desk.item("A", price_breaks=BREAKS)
    desk.order(("A", 95))
    order, _ = desk.ordered()
    assert desk.plan()[0].excess == ()
    assert desk.line(order.id, "A").ordered == 100


def test_two_plans_at_once_order_elsewhere_once(hurried: Desk) -> None:
    hurried.order(("A", 3))
    become_slow(hurried)
    hurried.once("TransactWriteItems", lambda: hurried.plan(suppliers=["s1"]))
    hurried.plan(suppliers=["s1"])
    assert [order.supplier_id for order in hurried.orders()] == ["fast"]
    assert hurried.stock("A").on_order == 5


def test_a_supplier_who_takes_no_orders_today_or_in_another_currency_or_is_gone_is_left_out(desk: Desk) -> None:
    desk.supplier("weekly", lead_time_likely=2, lead_time_by=4, order_weekdays=(3,))
    desk.supplier("abroad", lead_time_likely=2, lead_time_by=4, currency="SEK")
    desk.item("A", other_suppliers=tuple(Offer(one, unit_cost="1") for one in ("weekly", "abroad", "gone")))
    desk.order(("A", 3))
    become_slow(desk)
    assert {plan.supplier_id for plan in desk.plan(suppliers=["s1"])} == {"s1"}


def test_cards_keep_breaks_and_other_suppliers(desk: Desk) -> None:
    offer = Offer("s2", "X", 5, 5, "2", BREAKS)
    item = desk.item("A", price_breaks=BREAKS, other_suppliers=(offer,))
    assert TableCatalog(desk.table).items(["A"])["A"].item == item
