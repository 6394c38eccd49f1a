from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.aws.catalog_items import supplier_card, supplier_from
from shared.catalog.model import Supplier
from shared.kernel.clock import from_micros, micros
from shared.promising.lead_times.learn import CAREFUL, Kept, PastOrder, learn, promises_kept
from shared.promising.lead_times.learned import LEVELS, LeadTime

DAY = 86_400_000_000
NOW = micros(datetime(2026, 6, 1, 6, tzinfo=UTC))
FRIDAY = micros(datetime(2026, 1, 9, 12, tzinfo=UTC))
LINEAR = LeadTime(tuple(level * 1440 // 100 for level in LEVELS))  # ten days for 1.0


def orders(
    supplier: str, days: float, count: int = 20, *, last: int = NOW - 40 * DAY, said: float = 0
) -> list[PastOrder]:
    """One every three days, each taking `days`; if `said`, the supplier had named that many days."""
    found = []
    for n in range(count):
        at = last - n * 3 * DAY
        promised = at + round(said * DAY) if said else None
        found.append(PastOrder(f"{supplier}{n}", supplier, at, at + round(days * DAY), promised, at + 10 * DAY))
    return found


def quoted(lead_time: LeadTime) -> tuple[float, float]:
    likely, by = lead_time.dates(NOW)
    return (likely - NOW) / DAY, (by - NOW) / DAY


def test_until_a_supplier_has_delivered_three_times_his_card_counts() -> None:
    unseen = PastOrder("p1", "new", NOW - 5 * DAY)
    assert learn([unseen, *orders("new", 4, 2)], {"new": (5, 9)}, NOW)[0] == {}
    assert learn([unseen, *orders("new", 4, 3)], {"new": (5, 9)}, NOW)[0].keys() == {"new"}


def test_who_never_delivers_is_not_promised_by_his_card_for_ever() -> None:
    """Three orders sent weekly and never seen again, each first expected within nine days."""
    out = [PastOrder(f"p{n}", "new", sent := NOW - (24 - 7 * n) * DAY, by=sent + 9 * DAY) for n in range(3)]
    two_overdue = [*out[:2], PastOrder("p2", "new", NOW - 8 * DAY, by=NOW + DAY)]
    assert learn(two_overdue, {"new": (5, 9)}, NOW)[0] == {}
    given_up = [replace(one, ended_at=NOW - DAY) for one in out]
    assert learn(given_up, {"new": (5, 9)}, NOW)[0] == {}
    likely, by = quoted(learn(out, {"new": (5, 9)}, NOW)[0]["new"])
    assert 24 < likely < by


def test_the_card_counts_less_with_each_delivery() -> None:
    few, many = (learn(orders("a", 4, count), {"a": (20, 30)}, NOW)[0]["a"] for count in (3, 60))
    assert quoted(few)[0] > quoted(many)[0]
    assert quoted(many)[0] == pytest.approx(4, abs=1.0)


def test_what_was_done_by_one_says_little_of_another() -> None:
    found = learn([*orders("quick", 2, 40), *orders("slow", 20, 40)], {"quick": (10, 15), "slow": (10, 15)}, NOW)[0]
    assert quoted(found["quick"])[0] < 4
    assert quoted(found["slow"])[0] > 15


def test_orders_that_are_out_for_long_make_the_next_one_later() -> None:
    out = [PastOrder(f"late{n}", "a", NOW - 20 * DAY + n) for n in range(6)]
    cards = {"a": (4, 6)}
    calm, worried = learn(orders("a", 4, 40), cards, NOW)[0], learn([*orders("a", 4, 40), *out], cards, NOW)[0]
    assert quoted(worried["a"])[1] > quoted(calm["a"])[1]


def test_learning_again_changes_nothing_and_order_does_not_matter() -> None:
    past, cards = [*orders("a", 4), *orders("b", 9)], {"a": (5, 9), "b": (5, 9)}
    assert learn(past, cards, NOW) == learn(past[::-1], cards, NOW)


def test_what_was_given_up_is_neither_early_nor_late() -> None:
    gone = [PastOrder(f"gone{n}", "a", NOW - 30 * DAY, ended_at=NOW - 29 * DAY) for n in range(10)]
    found = learn([*orders("a", 4, 40), *gone], {"a": (4, 6)}, NOW)[0]
    assert quoted(found["a"])[0] == pytest.approx(4, abs=1.0)


def test_says_friday_comes_monday() -> None:
    """Named dates are taken with what usually came after them: half of the goods three days."""
    found = learn(orders("a", 8, 40, said=5), {"a": (8, 10)}, NOW)[0]["a"]
    assert found.slip == (3 * 1440, 3 * 1440)


def test_three_late_deliveries_are_no_habit_yet() -> None:
    found = learn(orders("a", 8, 3, said=5), {"a": (8, 10)}, NOW)[0]["a"]
    assert found.slip is not None
    assert found.slip[0] == 0


def test_while_too_many_dates_are_broken_by_is_quoted_more_carefully() -> None:
    """Thirty orders due within four weeks, every third of them late."""
    good = [PastOrder(f"g{n}", "a", NOW - 30 * DAY + n, NOW - 25 * DAY, by=NOW - 20 * DAY + n) for n in range(20)]
    bad = [PastOrder(f"b{n}", "a", NOW - 30 * DAY + n, NOW - 15 * DAY, by=NOW - 20 * DAY + n) for n in range(10)]
    calm, _ = learn(good, {"a": (5, 9)}, NOW)
    careful, kept = learn([*good, *bad], {"a": (5, 9)}, NOW)
    assert (kept.decided, kept.broken, kept.burnt) == (30, 10, True)
    assert (calm["a"].cautious, careful["a"].cautious) == (900, CAREFUL)


FOUR = orders("a", 4, 4)


@settings(deadline=None)
@given(st.integers(0, 200), st.integers(0, 200))
def test_broken_promises_to_customers_widen_by_and_kept_ones_narrow_it_again(kept: int, broken: int) -> None:
    """From twenty that were decided, and more than one in ten of them broken; the median stays where it was."""
    calm = learn(FOUR, {"a": (5, 9)}, NOW)[0]["a"]
    found = learn(FOUR, {"a": (5, 9)}, NOW, Kept(kept + broken, broken))[0]["a"]
    burnt = kept + broken >= 20 and 10 * broken > kept + broken
    assert found.cautious == (CAREFUL if burnt else 900)
    assert found.careful == burnt
    assert quoted(found)[0] == quoted(calm)[0]
    assert quoted(found)[1] >= quoted(calm)[1]
    assert (found.after(calm) is found) == (found != calm)


def test_an_order_still_out_after_its_date_is_broken_today() -> None:
    out = PastOrder("p", "a", NOW - 20 * DAY, by=NOW - DAY)
    waiting = PastOrder("q", "a", NOW - 20 * DAY, by=NOW + DAY)
    kept = promises_kept([out, waiting], NOW)
    assert (kept.decided, kept.broken) == (1, 1)


def test_dates_fall_on_days_on_which_goods_arrive() -> None:
    closed = replace(LINEAR, closed=(5, 6))
    likely, by = (from_micros(at).date() for at in closed.dates(FRIDAY))
    assert likely == date(2026, 1, 16)  # five working days
    assert by == date(2026, 1, 22)  # nine


@given(st.lists(st.integers(0, 5_000), min_size=len(LEVELS) - 1, max_size=len(LEVELS) - 1), st.integers(0, 400_000))
def test_dates_are_in_order_and_after_what_has_passed(steps: list[int], minutes: int) -> None:
    curve = LeadTime(tuple(sum(steps[:n]) for n in range(len(LEVELS))))
    now = FRIDAY + minutes * 60_000_000
    likely, by = curve.dates(FRIDAY, now)
    assert now - 1 <= likely <= by
    assert curve.dates(FRIDAY)[0] <= curve.dates(FRIDAY)[1]


def test_what_is_out_for_longer_comes_later_than_was_said() -> None:
    eight_days = FRIDAY + 8 * DAY
    likely, by = LINEAR.dates(FRIDAY, eight_days)
    assert from_micros(likely) - from_micros(FRIDAY) == timedelta(days=9)
    assert from_micros(by) - from_micros(FRIDAY) == pytest.approx(timedelta(days=9, hours=19), abs=timedelta(hours=1))


def test_small_moves_are_no_reason_for_new_dates() -> None:
    def moved(minutes: int, **changes: int) -> LeadTime:
        return replace(LINEAR, minutes=tuple(m + minutes for m in LINEAR.minutes), **changes)

    assert LINEAR.after(None) == LINEAR
    assert moved(700, receipts=9).after(LINEAR) == replace(LINEAR, receipts=9)
    assert moved(800).after(LINEAR) == moved(800)
    assert moved(0, cautious=CAREFUL).after(LINEAR).cautious == CAREFUL


def test_it_is_kept_beside_the_card_and_is_no_part_of_it() -> None:
    supplier = Supplier("a", "Acme", "a@example.com", learned=replace(LINEAR, slip=(10, 20), closed=(6,)))
    again = supplier_from(supplier_card(supplier))
    assert again.learned == supplier.learned
    assert again == replace(supplier, learned=None)
    assert supplier_from(supplier_card(replace(supplier, learned=None))).learned is None
