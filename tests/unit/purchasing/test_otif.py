"""On time and in full, by the first date that the supplier confirmed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from shared.contracts.purchasing import DayOrInstant
from shared.kernel.clock import micros
from shared.purchasing.answers import LineAnswer
from shared.purchasing.lines import PurchaseOrderLine
from shared.purchasing.model import derived
from shared.purchasing.otif import days_late, kept, record_of, worth_reading
from tests.unit.purchasing.desk import Desk
from tests.unit.purchasing.test_order_lines import line, order

DAY = timedelta(days=1)
DAY_OR_INSTANT: TypeAdapter[datetime] = TypeAdapter(DayOrInstant)
CONFIRMED = datetime(2026, 1, 20, 12, tzinfo=UTC)  # a date without a time is noon UTC
LATER = CONFIRMED + 10 * DAY


def confirmed(ordered: int = 10, **values: object) -> PurchaseOrderLine:
    return line(ordered, first_date=micros(CONFIRMED), due=micros(CONFIRMED), **values)


def came(at: datetime, units: int = 10) -> PurchaseOrderLine:
    return confirmed().receive(units, at=micros(at))


@pytest.mark.parametrize(
    ("at", "verdict"),
    [
        (datetime(2026, 1, 18, 23, 59, tzinfo=UTC), False),
        (datetime(2026, 1, 19, 0, 0, tzinfo=UTC), True),
        (datetime(2026, 1, 20, 23, 59, tzinfo=UTC), True),
        (datetime(2026, 1, 21, 0, 0, tzinfo=UTC), False),
    ],
)
def test_the_window_is_from_the_day_before_to_the_end_of_the_day(at: datetime, verdict: bool) -> None:
    assert kept(came(at), LATER, UTC) is verdict


def test_days_are_those_of_the_merchants_calendar() -> None:
    just_after_midnight_in_tokyo = datetime(2026, 1, 20, 15, 0, tzinfo=UTC)
    assert kept(came(just_after_midnight_in_tokyo), LATER, ZoneInfo("Asia/Tokyo")) is False
    assert kept(came(just_after_midnight_in_tokyo), LATER, ZoneInfo("Europe/Stockholm")) is True


@pytest.mark.parametrize("name", ["Etc/GMT+12", "America/New_York", "UTC", "Pacific/Auckland", "Pacific/Kiritimati"])
@pytest.mark.parametrize("month", [1, 7])
def test_the_day_that_was_confirmed_is_that_day_in_every_zone(name: str, month: int) -> None:
    """From twelve hours behind UTC to fourteen before it."""
    zone, day = ZoneInfo(name), DAY_OR_INSTANT.validate_python(f"2026-{month:02}-20")
    told = replace(confirmed(), first_date=micros(day))

    def verdict(*local: int) -> bool | None:
        return kept(told.receive(10, at=micros(datetime(2026, month, *local, tzinfo=zone))), LATER + 200 * DAY, zone)

    on_days = [verdict(18, 23, 59), verdict(19, 0, 0), verdict(20, 0, 0), verdict(20, 23, 59), verdict(21, 0, 0)]
    assert on_days == [False, True, True, True, False]
    assert days_late(told, datetime(2026, month, 20, 23, 59, tzinfo=zone), zone) == 0
    assert days_late(told, datetime(2026, month, 21, 0, 0, tzinfo=zone), zone) == 1


def test_a_part_is_not_in_full_once_the_day_is_over_and_undecided_before() -> None:
    part = came(CONFIRMED, units=9)
    assert kept(part, CONFIRMED, UTC) is None
    assert kept(part, CONFIRMED + DAY, UTC) is False


def test_what_was_closed_short_is_not_in_full() -> None:
    assert kept(came(CONFIRMED, units=9).close(), LATER, UTC) is False


def test_a_line_without_a_confirmed_date_is_never_judged() -> None:
    assert kept(line(10).receive(10, at=micros(CONFIRMED)), LATER, UTC) is None


def test_a_date_that_is_moved_does_not_help() -> None:
    moved = replace(came(CONFIRMED + 5 * DAY), due=micros(CONFIRMED + 5 * DAY))
    assert kept(moved, LATER, UTC) is False
    assert days_late(replace(confirmed(), due=micros(LATER)), CONFIRMED + 3 * DAY, UTC) == 3


def test_no_data_is_not_a_hundred_percent() -> None:
    sent = order("sent", sent_at=1)
    (record,) = record_of([(sent, [line(10, due=micros(LATER))])], CONFIRMED, UTC)
    assert (record.open_orders, record.judged, record.otif_permille) == (1, 0, None)


def test_who_is_late_is_listed_first_with_what_is_late() -> None:
    late = replace(order("acknowledged", sent_at=1, reminders=2), id="po_2", supplier_id="slow")
    lines = [confirmed(10, unit_cost="2.50"), replace(came(CONFIRMED), sku="B", unit_cost="9")]
    punctual = (replace(order("sent", sent_at=1), status="received"), [came(CONFIRMED)])
    slow, quick = record_of([punctual, (late, lines)], CONFIRMED + 2 * DAY, UTC)
    assert (slow.supplier_id, slow.late_orders, slow.late_days, slow.reminders) == ("slow", 1, 2, 2)
    assert {currency: str(value) for currency, value in slow.late_value.items()} == {"EUR": "25.00"}
    assert (slow.judged, slow.kept, slow.otif_permille) == (2, 1, 500)
    assert (quick.supplier_id, quick.open_orders, quick.otif_permille) == ("s1", 0, 1000)


def test_only_the_last_four_weeks_count() -> None:
    done = replace(order("sent", sent_at=1), status="received")
    day_28, day_29 = CONFIRMED + 28 * DAY, CONFIRMED + 29 * DAY
    assert record_of([(done, [came(CONFIRMED)])], day_28, UTC)[0].judged == 1
    assert record_of([(done, [came(CONFIRMED)])], day_29, UTC) == []


@given(first=st.integers(-40, 40), came_on=st.integers(-5, 50), units=st.integers(0, 12), today=st.integers(0, 60))
def test_no_order_that_counts_is_left_unread(first: int, came_on: int, units: int, today: int) -> None:
    """Lines are only read of orders that are worth it; those of all others change no figure but open orders."""
    begin = datetime(2026, 3, 1, 12, tzinfo=UTC)
    now = begin + today * DAY
    one = line(10, first_date=micros(begin + first * DAY), due=micros(begin + first * DAY), firm=True)
    one = replace(one, answer=("accepted", "", "2026-01-01"))
    head = derived(order("acknowledged", sent_at=1), [one])
    if units and came_on <= today:
        one = one.receive(units, at=micros(begin + came_on * DAY))
        head = derived(head, [one])
    if not worth_reading(head, now):
        with_lines, without = (record_of([(head, lines)], now, UTC) for lines in ([one], []))
        assert with_lines == without


def test_the_first_date_named_is_kept_whatever_is_said_later(desk: Desk) -> None:
    desk.item("A")
    desk.order(("A", 3))
    purchase, _ = desk.sent()
    later = CONFIRMED + 14 * DAY
    for date in (CONFIRMED, later):
        desk.answer(purchase.id, LineAnswer("A", "changed", date=date))
    found = desk.line(purchase.id, "A")
    assert (found.first_date, found.due) == (micros(CONFIRMED), micros(later))
