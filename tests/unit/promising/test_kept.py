from __future__ import annotations

from dataclasses import replace

from shared.allocation.hand_out import handed
from shared.backorders.model import Backorder, Customer, Line, LineChange, Promise
from shared.promising.kept import Keeping, decided, overdue

HOUR = 3_600_000_000
DAY = 24 * HOUR
FIRST = Promise(0, 5 * DAY, 9 * DAY, "next_order", "recorded")
SECOND = replace(FIRST, at=DAY, likely=20 * DAY, by=30 * DAY)
CUSTOMER = Customer("c", "jane@example.com", "Jane", "en", "DE")
HEAD = Backorder("b1", "k", "shop", "1", CUSTOMER, 0, 0, 0, "standard", "split", {}, "EUR", (), "", "")
LINE = Line("b1", 1, "1", "A", 0, ordered=3, waiting=3, promises=(FIRST,))
SHELF = replace(LINE, promises=(replace(FIRST, basis="stock"),))


def served(line: Line, units: int, days: float) -> Keeping:
    keeping = Keeping()
    keeping.served(line, units, round(days * DAY))
    return keeping


def test_served_by_its_first_by_is_kept_and_a_day_later_broken() -> None:
    assert (served(LINE, 3, 9).kept, served(LINE, 3, 9).broken) == (1, 0)
    assert (served(LINE, 3, 10).kept, served(LINE, 3, 10).broken) == (0, 1)


def test_a_later_promise_does_not_make_the_first_one_kept() -> None:
    late = served(replace(LINE, promises=(FIRST, SECOND)), 3, 15)
    assert (late.kept, late.broken, late.revisions) == (0, 1, 1)


def test_a_line_counts_with_its_last_unit() -> None:
    assert served(LINE, 2, 3) == Keeping()
    assert served(replace(LINE, waiting=1, allocated=2), 1, 3).kept == 1


def test_what_came_from_the_shelf_or_had_no_date_tells_nothing() -> None:
    assert served(replace(LINE, promises=(replace(FIRST, basis="stock"),)), 3, 0) == Keeping()
    assert served(replace(LINE, promises=(replace(FIRST, likely=None, by=None, basis="none"),)), 3, 0) == Keeping()
    assert served(replace(LINE, promises=()), 3, 0) == Keeping()


def test_error_and_loss_are_told_in_hours() -> None:
    """A day after `likely` costs half of it; three days before `by` a tenth of them."""
    figures = served(LINE, 3, 6).figures
    assert figures["PromiseErrorHours"] == 24
    assert figures["PromiseLossHours"] == 12 + 7


def test_late_after_by_costs_nine_tenths_of_it() -> None:
    assert served(LINE, 3, 10).figures["PromiseLossHours"] == 5 * 12 + 21


def test_each_line_tells_by_how_many_days_it_missed_its_likely_date_before_or_after() -> None:
    assert served(LINE, 3, 4).days == [-1.0]
    assert (served(LINE, 3, 7.5).days, served(LINE, 3, 7.5).by_likely) == ([2.5], 0)
    assert served(LINE, 3, 5).by_likely == 1


def test_the_clock_breaks_a_promise_on_one_day_however_long_its_line_waits() -> None:
    ends = replace(FIRST, by=9 * DAY - 1_000_000)
    line = replace(LINE, promises=(ends, SECOND))
    assert [overdue(HEAD, [line, LINE], day * DAY) for day in range(7, 12)] == [0, 0, 1, 1, 0]


def test_the_clock_does_not_break_what_was_served_or_never_dated() -> None:
    served_by_then = replace(LINE, waiting=0, shipped=3)
    undated = replace(LINE, promises=(replace(FIRST, by=None),))
    lines = [served_by_then, undated, replace(LINE, promises=()), replace(SHELF, waiting=0, allocated=3)]
    assert overdue(HEAD, lines, 10 * DAY) == 0


def test_the_clock_breaks_what_was_promised_from_the_shelf_and_given_to_somebody_else() -> None:
    assert overdue(HEAD, [SHELF, replace(SHELF, waiting=1, allocated=2)], 10 * DAY) == 2


def test_what_lies_on_the_shelf_for_one_parcel_has_no_date_that_the_clock_could_break() -> None:
    parcel = replace(HEAD, shipping="hold")
    assert overdue(parcel, [SHELF, LINE], 10 * DAY) == 1


def given_units(line: Line, units: int, day: int) -> Line:
    return handed(line, units, day * DAY, "receipt").after


def test_what_was_decided_lately_is_told_by_the_lines_own_logs() -> None:
    """By the clock while units wait past their first `by`, and by the last unit once all are served."""
    early, late = given_units(given_units(LINE, 1, 3), 2, 9), given_units(given_units(LINE, 1, 3), 2, 10)
    gone = LineChange(LINE).move("cancel", "waiting", 3, at=10 * DAY, actor="customer", cause="").after
    shelf = given_units(SHELF, 3, 10)
    assert [decided([line], 0, 20 * DAY) for line in (early, late, gone, shelf)] == [(1, 0), (0, 1), (0, 0), (0, 0)]
    assert [decided([given_units(LINE, 2, 3)], 0, now * DAY) for now in (9, 10)] == [(0, 0), (0, 1)]
    assert decided([early, late], 10 * DAY, 20 * DAY) == (0, 1)
    assert decided([LINE], 10 * DAY, 20 * DAY) == (0, 0)  # that was told before
