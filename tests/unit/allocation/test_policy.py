"""The allocation policy against the plainest reading of the rule: all orders served one by one in rank order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.allocation.careful import CarefulOrder, Verdict
from shared.allocation.decision import Decision, Grant, WholeSet
from shared.allocation.policy import decide, is_over
from shared.backorders.model import Line

SKUS = ("A", "B", "C")
NEVER = -1


def a_line(
    order: int,
    position: int,
    sku: str,
    waiting: int,
    allocated: int = 0,
    careful: bool = False,
    rank: int | None = None,
) -> Line:
    return Line(
        backorder_id=f"bo{order:03d}",
        position=position,
        line_id=str(position),
        sku=sku,
        rank=order if rank is None else rank,
        ordered=waiting + allocated,
        waiting=waiting,
        allocated=allocated,
        careful=careful,
    )


@dataclass
class Shop:
    """A world in memory: free units, confirmed supply, orders by rank (hold or split)."""

    free_units: dict[str, int]
    orders: list[CarefulOrder]
    firm_units: dict[str, int] = field(default_factory=dict)
    glimpses: bool = True
    hints: dict[str, str] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)
    read: list[str] = field(default_factory=list)

    def free(self, sku: str) -> int:
        return self.free_units.get(sku, 0)

    def held(self, sku: str) -> int:
        return sum(
            line.allocated
            for order in self.orders
            if order.hold and any(x.waiting for x in order.lines)
            for line in order.lines
            if line.sku == sku
        )

    def firm(self, sku: str) -> int:
        return self.firm_units.get(sku, 0)

    def queue(self, sku: str) -> Iterable[Line]:
        lines = [x for order in self.orders for x in order.lines if x.sku == sku]
        held = {o.backorder_id for o in self.orders if o.hold and any(x.waiting for x in o.lines)}
        there = (x for x in lines if x.waiting or (x.backorder_id in held and x.allocated))
        return sorted(there, key=lambda x: (x.rank, x.backorder_id, x.position))

    def order(self, backorder_id: str) -> CarefulOrder:
        self.read.append(backorder_id)
        return self.find(backorder_id)

    def find(self, backorder_id: str) -> CarefulOrder:
        return next(order for order in self.orders if order.backorder_id == backorder_id)

    def verdict(self, backorder_id: str, patience_over: int) -> Verdict | None:
        order = self.find(backorder_id)
        over = is_over(order.overtaken_at, patience_over)
        if not self.glimpses or not order.hold:
            return Verdict.TAKES if self.glimpses else None
        reach = {sku: self.free(sku) + self.held(sku) + (0 if over else self.firm(sku)) for sku in order.needs()}
        waits = {sku: sum(x.waiting for x in order.lines if x.sku == sku) for sku in reach}
        if all(waits[sku] <= reach[sku] for sku in reach):
            return None
        return Verdict.TAKES if over else Verdict.YIELDS

    def lacked(self, backorder_id: str, patience_over: int) -> tuple[str, int] | None:
        order, sku = self.find(backorder_id), self.hints.get(backorder_id, "")
        units = sum(line.waiting for line in order.lines if line.sku == sku)
        if not units or not order.hold or is_over(order.overtaken_at, patience_over):
            return None
        return sku, units

    def lacks(self, backorder_id: str, sku: str) -> None:
        self.told[backorder_id] = sku

    def pooled(self, line: Line) -> int:
        return self.find(line.backorder_id).pooled(line)


def one_by_one(shop: Shop, patience_over: int = NEVER) -> dict[tuple[str, int], int]:
    """Units each line has in the end, by the rule's own words."""
    pool = {sku: shop.free(sku) + shop.held(sku) for sku in SKUS}
    ahead = dict.fromkeys(SKUS, 0)
    has: dict[tuple[str, int], int] = {}
    for order in sorted(shop.orders, key=lambda o: o.lines[0].rank):
        incomplete = any(x.waiting for x in order.lines)
        wants = {
            (order.backorder_id, x.position): x.waiting + (x.allocated if order.hold and incomplete else 0)
            for x in order.lines
        }
        sku_of = {(order.backorder_id, x.position): x.sku for x in order.lines}
        total = {sku: sum(n for key, n in wants.items() if sku_of[key] == sku) for sku in SKUS}
        fits = all(pool[sku] >= total[sku] for sku in SKUS)
        covered = all(shop.firm(s) >= ahead[s] + total[s] - pool[s] for s in SKUS if total[s] > pool[s])
        impatient = order.overtaken_at is not None and order.overtaken_at <= patience_over
        takes = not order.hold or not incomplete or fits or covered or impatient
        for key, units in wants.items():
            taken = min(units, pool[sku_of[key]]) if takes else 0
            pool[sku_of[key]] -= taken
            ahead[sku_of[key]] += units - taken
            has[key] = taken
    return has


def has_after(decision: Decision, shop: Shop, sku: str) -> dict[tuple[str, int], int]:
    """Units each line of one SKU has after its run (of the pool: what hold orders had counts)."""
    has = {}
    for order in shop.orders:
        pooled = order.hold and any(x.waiting for x in order.lines)
        for line in order.lines:
            if line.sku == sku:
                has[order.backorder_id, line.position] = line.allocated if pooled else 0
    for grant in grants_of(decision):
        if grant.line.sku == sku:
            has[grant.line.backorder_id, grant.line.position] += grant.give
    return has


def grants_of(decision: Decision) -> list[Grant]:
    steps = [g for s in decision.steps for g in (s.grants if isinstance(s, WholeSet) else (s,))]
    return steps + decision.returns


@st.composite
def shops(draw: st.DrawFn) -> Shop:
    orders = []
    ranks = draw(st.permutations(range(6)))  # a head start puts a later order before an earlier one
    for n in range(draw(st.integers(1, 6))):
        hold = draw(st.booleans())
        lines = []
        for position, sku in enumerate(draw(st.lists(st.sampled_from(SKUS), min_size=1, max_size=4))):
            had = draw(st.integers(0, 2)) if hold else 0
            waiting = draw(st.integers(0 if hold else 1, 4))
            if waiting or had:
                lines.append(a_line(n, position, sku, waiting, had, careful=hold, rank=ranks[n]))
        if lines and any(line.waiting for line in lines):
            overtaken = draw(st.sampled_from([None, 0, 10])) if hold else None
            orders.append(CarefulOrder(f"bo{n:03d}", hold, overtaken, tuple(lines)))
    free = {sku: draw(st.integers(0, 8)) for sku in SKUS}
    firm = {sku: draw(st.integers(0, 6)) for sku in SKUS}
    return Shop(free, orders or [CarefulOrder("bo000", False, None, (a_line(0, 0, "A", 1),))], firm)


@pytest.mark.slow
@settings(max_examples=1500, deadline=None)
@given(shops(), st.sampled_from(SKUS))
def test_a_run_gives_what_serving_all_orders_one_by_one_gives(shop: Shop, sku: str) -> None:
    expected = {key: units for key, units in one_by_one(shop, patience_over=5).items() if _sku(shop, key) == sku}
    assert has_after(decide(sku, shop, patience_over=5), shop, sku) == expected


@pytest.mark.slow
@settings(max_examples=1000, deadline=None)
@given(shops(), st.sampled_from(SKUS))
def test_an_order_that_is_not_read_whole_is_served_as_if_it_were(shop: Shop, sku: str) -> None:
    whole = replace(shop, glimpses=False)
    assert decide(sku, shop, patience_over=5) == decide(sku, whole, patience_over=5)


@pytest.mark.slow
@settings(max_examples=1000, deadline=None)
@given(shops(), st.sampled_from(SKUS), st.lists(st.sampled_from(SKUS), min_size=6, max_size=6))
def test_where_an_order_is_looked_at_first_changes_nothing(shop: Shop, sku: str, first: list[str]) -> None:
    hints = {f"bo{n:03d}": one for n, one in enumerate(first)}
    for glimpses in (True, False):
        plain = replace(shop, glimpses=glimpses)
        hinted, unhinted = (
            decide(sku, replace(plain, hints=hints), patience_over=5),
            decide(sku, plain, patience_over=5),
        )
        assert replace(hinted, idle=unhinted.idle) == unhinted


def test_an_order_that_lacks_again_what_it_lacked_is_not_read_again() -> None:
    """The one unit of B that is confirmed is due to the order before it."""
    lines = (a_line(1, 0, "A", 1, careful=True), a_line(1, 1, "B", 1, careful=True), a_line(1, 2, "C", 1, careful=True))
    orders = [
        CarefulOrder("bo000", False, None, (a_line(0, 0, "B", 1),)),
        CarefulOrder("bo001", True, None, lines),
    ]
    shop = Shop({"A": 1}, orders, {"B": 1, "C": 1})
    assert not decide("A", shop, patience_over=NEVER)
    assert (set(shop.read), shop.told) == ({"bo001"}, {"bo001": "B"})
    again = Shop({"A": 1}, orders, {"B": 1, "C": 1}, hints=shop.told)
    assert not decide("A", again, patience_over=NEVER)
    assert again.read == []


@pytest.mark.slow
@settings(max_examples=1000, deadline=None)
@given(shops(), st.sampled_from(SKUS))
def test_what_is_idle_on_the_way_is_idle_for_itself(shop: Shop, sku: str) -> None:
    decision = decide(sku, shop, patience_over=5)
    if decision or decision.overtaken:
        return
    for other in decision.idle:
        alone = decide(other, shop, patience_over=5)
        assert not alone


@pytest.mark.slow
@settings(max_examples=500, deadline=None)
@given(shops(), st.sampled_from(SKUS))
def test_no_run_gives_more_than_is_free_or_more_than_waits(shop: Shop, sku: str) -> None:
    decision = decide(sku, shop, patience_over=NEVER)
    given_units = sum(grant.give for grant in grants_of(decision) if grant.line.sku == sku)
    assert given_units <= shop.free(sku)
    for grant in grants_of(decision):
        assert -grant.line.allocated <= grant.give <= grant.line.waiting


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(shops(), st.sampled_from(SKUS))
def test_the_same_world_gives_the_same_decision(shop: Shop, sku: str) -> None:
    backwards = Shop(shop.free_units, list(reversed(shop.orders)), shop.firm_units)
    assert decide(sku, shop, patience_over=NEVER).steps == decide(sku, backwards, patience_over=NEVER).steps


def _sku(shop: Shop, key: tuple[str, int]) -> str:
    return next(x.sku for x in shop.find(key[0]).lines if x.position == key[1])


def test_a_shortage_hits_the_last_in_the_queue_every_time() -> None:
    orders = [CarefulOrder(f"bo{n:03d}", False, None, (a_line(n, 0, "A", 1),)) for n in range(5)]
    for _ in range(6):
        decision = decide("A", Shop({"A": 4}, orders), patience_over=NEVER)
        assert [grant.line.rank for grant in grants_of(decision)] == [0, 1, 2, 3]


def test_a_line_larger_than_the_stock_is_filled_in_part_before_any_smaller_one() -> None:
    orders = [
        CarefulOrder("bo000", False, None, (a_line(0, 0, "A", 10),)),
        CarefulOrder("bo001", False, None, (a_line(1, 0, "A", 1),)),
    ]
    (grant,) = grants_of(decide("A", Shop({"A": 3}, orders), patience_over=NEVER))
    assert (grant.line.rank, grant.give) == (0, 3)


def test_a_hold_order_that_cannot_be_complete_yields_and_the_overtaking_is_recorded() -> None:
    orders = [
        CarefulOrder("bo000", True, None, (a_line(0, 0, "A", 2, careful=True), a_line(0, 1, "B", 1, careful=True))),
        CarefulOrder("bo001", False, None, (a_line(1, 0, "A", 2),)),
    ]
    decision = decide("A", Shop({"A": 2, "B": 0}, orders), patience_over=NEVER)
    assert [(g.line.backorder_id, g.give) for g in grants_of(decision)] == [("bo001", 2)]
    assert decision.overtaken == ["bo000"]


def test_a_hold_order_takes_its_whole_set_once_it_fits() -> None:
    lines = (a_line(0, 0, "A", 2, careful=True), a_line(0, 1, "B", 1, careful=True))
    shop = Shop({"A": 2, "B": 1}, [CarefulOrder("bo000", True, None, lines)])
    (whole,) = decide("B", shop, patience_over=NEVER).steps
    assert isinstance(whole, WholeSet)
    assert [(g.line.sku, g.give) for g in whole.grants] == [("A", 2), ("B", 1)]


def test_an_earlier_hold_order_takes_units_back_from_a_later_incomplete_one() -> None:
    early = CarefulOrder("bo000", True, None, (a_line(0, 0, "A", 2, careful=True),))
    late = CarefulOrder("bo001", True, 0, (a_line(1, 0, "A", 0, 2, careful=True), a_line(1, 1, "B", 5, careful=True)))
    decision = decide("A", Shop({"A": 0}, [early, late]), patience_over=5)
    assert [(g.line.backorder_id, g.give) for g in decision.returns] == [("bo001", -2)]
    (whole,) = decision.steps
    assert isinstance(whole, WholeSet)
    assert whole.order.backorder_id == "bo000"


@dataclass
class Watched(Shop):
    asked: int = 0

    def queue(self, sku: str) -> Iterable[Line]:
        self.asked += 1
        return super().queue(sku)


@pytest.mark.parametrize("size", [20, 200])
def test_the_queues_of_a_set_are_read_as_often_however_large_it_is(size: int) -> None:
    """What a set of 2,000 items costs is counted in reads of their queues."""
    skus = [f"S{n:03}" for n in range(size)]
    order = CarefulOrder("bo001", True, None, tuple(a_line(1, n, sku, 1, careful=True) for n, sku in enumerate(skus)))
    shop = Watched(dict.fromkeys(skus, 1), [order])
    decision = decide(skus[0], shop, patience_over=NEVER)
    assert [len(step.grants) for step in decision.steps if isinstance(step, WholeSet)] == [size]
    assert shop.asked <= 2 * size
