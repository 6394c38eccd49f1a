from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.catalog.import_cards import plan_items, plan_suppliers
from shared.catalog.lookup import list_items
from shared.catalog.model import Item, Supplier, sellability
from shared.catalog.ports import WRITE_LIMIT, CardChangedError, StockedItem
from shared.catalog.put import Outcome, decide
from shared.catalog.put_items import put_items
from shared.inventory.model import Stock
from shared.kernel.clock import EPOCH
from shared.kernel.errors import Contended, PreconditionFailed, Unavailable


class Shelf:
    """A catalog in memory. `losing` is how many writes will find that somebody else was faster."""

    def __init__(self, items: Iterable[StockedItem] = (), losing: int = 0) -> None:
        self.cards = {one.item.sku: one for one in items}
        self.known = {"acme": Supplier("acme", "Acme", "a@acme.example", currency="SEK")}
        self.losing = losing
        self.read = 0
        self.writes: list[int] = []

    def items(self, skus: Iterable[str]) -> dict[str, StockedItem]:
        return {sku: self.cards[sku] for sku in skus if sku in self.cards}

    def suppliers(self, supplier_ids: Iterable[str]) -> dict[str, Supplier]:
        return {one: self.known[one] for one in supplier_ids if one in self.known}

    def write_items(self, items: Sequence[Item], *, moved: Collection[str]) -> None:
        assert not set(moved) - {item.sku for item in items}
        self._write(len(items))
        self.cards |= {item.sku: StockedItem(item, Stock(item.sku)) for item in items}

    def write_suppliers(self, suppliers: Sequence[Supplier]) -> None:
        self._write(len(suppliers))
        self.known |= {one.supplier_id: one for one in suppliers}

    def _write(self, size: int) -> None:
        if self.losing:
            self.losing -= 1
            raise CardChangedError
        assert size <= WRITE_LIMIT
        self.writes.append(size)

    def items_after(self, sku: str | None, limit: int) -> list[StockedItem]:
        found = [self.cards[one] for one in sorted(self.cards) if sku is None or one > sku][:limit]
        self.read += len(found)
        return found


def stocked(sku: str, free: int = 0, **card: object) -> StockedItem:
    return StockedItem(Item(sku, "acme", **card), Stock(sku, free=free))  # type: ignore[arg-type]


# cards


def test_the_first_card_has_version_one_and_each_change_the_next() -> None:
    first = decide(Item("A", "acme"), None, None)
    assert (first.outcome, first.card.version) == (Outcome.CREATED, 1)
    second = decide(Item("A", "acme", moq=2), first.card, None)
    assert (second.outcome, second.card.version) == (Outcome.UPDATED, 2)
    third = decide(Item("A", "acme", moq=2), second.card, None)
    assert (third.outcome, third.card) == (Outcome.UNCHANGED, second.card)


@pytest.mark.parametrize(
    ("version", "expected", "fits"), [(None, 0, True), (None, 1, False), (3, 3, True), (3, 2, False)]
)
def test_a_version_that_was_read_must_be_the_present_one(version: int | None, expected: int, fits: bool) -> None:
    card = None if version is None else Item("A", "acme", version=version)
    if fits:
        assert decide(Item("A", "acme", moq=9), card, expected).card.version == expected + 1
    else:
        with pytest.raises(PreconditionFailed):
            decide(Item("A", "acme", moq=9), card, expected)


def test_a_writer_who_was_overtaken_reads_and_decides_again() -> None:
    shelf = Shelf([stocked("A", moq=5)], losing=3)
    (written,) = put_items([Item("A", "acme", moq=6)], catalog=shelf)
    assert (written.outcome, written.card.version) == (Outcome.UPDATED, 2)


def test_a_writer_who_is_always_overtaken_is_undecided() -> None:
    with pytest.raises(Contended):
        put_items([Item("A", "acme")], catalog=Shelf(losing=100))


# what may be sold


@given(st.integers(-5, 50), st.integers(-5, 50), st.sampled_from([None, 0, 7]))
def test_an_item_is_in_stock_exactly_while_units_are_left_after_those_who_wait(
    free: int, waiting: int, limit: int | None
) -> None:
    item = Item("A", "acme", backorder_limit=limit)
    left = Stock("A", free=free, waiting=waiting).available_now
    assert (sellability(item, free, waiting) == "in_stock") == (left > 0)


# the list


def test_a_page_that_finds_little_reads_no_more_than_a_thousand() -> None:
    shelf = Shelf([stocked(f"S{n:04}") for n in range(2_500)] + [stocked("T", free=1)])
    pages, after, reads = [], None, []
    while True:
        shelf.read = 0
        page = list_items("in_stock", after=after, limit=10, catalog=shelf)
        reads.append(shelf.read)
        pages.append([one.item.sku for one in page.items])
        after = page.last
        if after is None:
            break
    assert pages == [[], [], ["T"]]
    assert max(reads) <= 1_000


@given(
    st.lists(st.booleans(), max_size=40),
    st.integers(1, 7),
    st.booleans(),
)
def test_pages_add_up_to_the_list(in_stock: list[bool], limit: int, narrowed: bool) -> None:
    shelf = Shelf(stocked(f"S{n:02}", free=int(has)) for n, has in enumerate(in_stock))
    found: list[str] = []
    after = None
    for _ in range(len(in_stock) + 1):
        page = list_items("in_stock" if narrowed else None, after=after, limit=limit, catalog=shelf)
        assert len(page.items) <= limit
        found += [one.item.sku for one in page.items]
        after = page.last
        if after is None:
            break
    assert found == [f"S{n:02}" for n, has in enumerate(in_stock) if has or not narrowed]


# imports


def always() -> bool:
    return True


def test_an_import_writes_in_chunks_that_fit_a_transaction_and_only_what_changed() -> None:
    shelf = Shelf([stocked("S000", currency="SEK")])
    rows = [(n, Item(f"S{n:03}", "acme", currency="")) for n in range(95)]
    plan = plan_items(rows, catalog=shelf)
    assert (plan.errors, shelf.writes) == ([], [])
    plan.write(always)
    assert (sum(shelf.writes), len(shelf.writes)) == (94, 4)
    assert dict(plan.outcomes) == {Outcome.CREATED: 94, Outcome.UNCHANGED: 1}
    assert {one.item.currency for one in shelf.cards.values()} == {"SEK"}


def test_a_row_names_the_earlier_row_it_repeats() -> None:
    rows = [(1, Supplier("a", "A", "a@b.se")), (4, Supplier("a", "B", "a@b.se"))]
    plan = plan_suppliers(rows, catalog=Shelf(), now=EPOCH)
    assert [(one.row, one.pointer, one.detail) for one in plan.errors] == [
        (4, "/supplier_id", "stands in row 1 already")
    ]


def test_an_import_stops_between_two_chunks_when_its_time_is_over() -> None:
    shelf = Shelf()
    left = iter([True, True, False])
    rows = [(n, Item(f"S{n:03}", "acme", currency="")) for n in range(95)]
    with pytest.raises(Unavailable) as stopped:
        plan_items(rows, catalog=shelf).write(lambda: next(left))
    assert (shelf.writes, stopped.value.retry_after) == ([WRITE_LIMIT, WRITE_LIMIT], 1)
