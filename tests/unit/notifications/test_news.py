"""What is news and what is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from shared.backorders.lookup import OrderView
from shared.notifications.news import STRENGTH, News, news_of
from shared.notifications.parcels import new_parcels
from shared.notifications.told import Told, snapshot
from shared.settings.model import MerchantSettings
from tests.unit.notifications.orders import NOW, by, line, moved, order, promised, release, shipment

SETTINGS = MerchantSettings()


def told(view: OrderView, now: datetime = NOW) -> Told:
    return snapshot(view, Told(), now)


def news(view: OrderView, before: Told, settings: MerchantSettings = SETTINGS, now: datetime = NOW) -> News:
    return news_of(view, before, settings, now)


def test_an_order_nobody_heard_of_is_accepted() -> None:
    assert news(order(line(waiting=3)), Told()).kinds == ("accepted",)


def test_what_was_told_is_no_news() -> None:
    view = order(line(waiting=3, released=2, shipped=1, cancelled=1), line(1, allocated=2))
    assert not news(view, told(view))


@pytest.mark.parametrize(("days", "kinds"), [(17, ()), (18, ("promise_later",)), (3, ()), (2, ("promise_earlier",))])
def test_a_date_is_news_when_it_moves_by_more_than_seven_days(days: int, kinds: tuple[str, ...]) -> None:
    first = line(waiting=3, promised=10)
    assert news(order(promised(first, days)), told(order(first))).kinds == kinds


@pytest.mark.parametrize(("days", "kinds"), [(119, ()), (121, ("promise_later",))])
def test_a_long_wait_moves_by_more_than_a_fifth_of_what_remains(days: int, kinds: tuple[str, ...]) -> None:
    first = line(waiting=3, promised=100)  # a fifth of the remaining wait is a little more than 20 days
    assert news(order(promised(first, days)), told(order(first))).kinds == kinds


@pytest.mark.parametrize(
    ("price", "currency", "days", "kinds"),
    [
        ("100.00", "EUR", 14, ("promise_later",)),  # three of them are worth 300.00
        ("100.00", "EUR", 13, ()),
        ("99.99", "EUR", 14, ()),
        ("100.00", "SEK", 14, ()),
        ("100.00", "EUR", 6, ("promise_earlier",)),
    ],
)
def test_a_line_worth_much_is_told_of_smaller_changes(
    price: str, currency: str, days: int, kinds: tuple[str, ...]
) -> None:
    settings = MerchantSettings(high_value={"EUR": "300"}, high_value_threshold_days=3)
    dear = replace(line(waiting=3, promised=10), unit_price=price)
    before, after = order(dear), order(promised(dear, days))
    after = replace(after, head=replace(after.head, currency=currency))
    assert news(after, told(before), settings).kinds == kinds


@pytest.mark.parametrize(
    ("last", "here", "kinds", "positions"),
    [
        (40, 20, (), ()),  # the item on the shelf is dated anew every day that it lies there
        (40, 39, (), ()),  # somebody overtook: it will come before the last one still
        (60, 0, ("promise_later",), (0,)),
        (60, 55, ("promise_later",), (0, 1)),
        (40, 60, ("promise_later",), (1,)),
        (20, 0, ("promise_earlier",), (0,)),
        (20, 39, (), ()),  # one is there sooner, and the parcel is not
        (None, 0, ("promise_later",), (0,)),
    ],
)
def test_of_one_parcel_it_is_news_when_it_leaves(
    last: int | None, here: int, kinds: tuple[str, ...], positions: tuple[int, ...]
) -> None:
    waits, lies = line(0, waiting=1, promised=40), line(1, waiting=1, promised=0, basis="stock")
    before = told(order(waits, lies, shipping="hold"))
    found = news(order(promised(waits, last), promised(lies, here, "stock"), shipping="hold"), before)
    assert found.kinds == kinds
    assert tuple(change.line.position for change in found.changes) == positions
    assert {change.was for change in found.changes} <= {by(40)}, "the day that the parcel was to leave"


def test_one_parcel_that_nobody_could_date_is_news_once_all_of_it_has_a_date() -> None:
    first, second = line(0, waiting=1, promised=None), line(1, waiting=1, promised=None)
    before = told(order(first, second, shipping="hold"))
    assert not news(order(promised(first, 9), second, shipping="hold"), before)
    found = news(order(promised(first, 9), promised(second, 12), shipping="hold"), before)
    assert [(c.kind, c.line.position) for c in found.changes] == [("promise_earlier", 0), ("promise_earlier", 1)]


def test_exactly_the_threshold_is_not_news() -> None:
    settings = MerchantSettings(news_threshold_days=0, news_threshold_percent=20)
    first = line(waiting=3, promised=10)
    end_of_first_day = NOW.replace(hour=23, minute=59, second=59)
    before = told(order(first))
    assert not news(order(promised(first, 12)), before, settings, end_of_first_day)
    assert news(order(promised(first, 12)), before, settings, end_of_first_day + timedelta(seconds=1))


def test_many_small_drifts_add_up_to_news() -> None:
    current = line(waiting=3, promised=10)
    before = told(order(current))
    kinds = []
    for days in range(12, 22, 2):
        current = promised(current, days)
        kinds.append(news(order(current), before).strongest)
    assert kinds == [None, None, None, "promise_later", "promise_later"]


def test_a_drift_that_is_taken_back_is_never_news() -> None:
    first = line(waiting=3, promised=10)
    back = promised(promised(first, 40), 11)
    assert not news(order(back), told(order(first)))


def test_the_date_of_units_that_no_longer_wait_is_not_news() -> None:
    first = line(waiting=3, promised=10)
    here = moved(promised(first, 60), "waiting", "allocated", 3)
    assert not news(order(here), told(order(first)))


def test_losing_the_date_is_worse_and_getting_one_is_better() -> None:
    dated, undated = line(waiting=3, promised=10), line(waiting=3, promised=None)
    assert news(order(promised(dated, None)), told(order(dated))).kinds == ("promise_later",)
    assert news(order(promised(undated, 10)), told(order(undated))).kinds == ("promise_earlier",)
    assert not news(order(promised(undated, None)), told(order(undated)))


def test_units_told_to_be_here_that_wait_again_are_later_than_told() -> None:
    here = line(allocated=3, promised=90)
    gone = promised(moved(here, "allocated", "waiting", 3), 30)
    found = news(order(gone), told(order(here)))
    assert found.kinds == ("promise_later",)
    assert not found.changes[0].was_waiting


def test_every_cancellation_is_news_with_the_units_cancelled_since() -> None:
    first = line(waiting=3, cancelled=1)
    found = news(order(moved(first, "waiting", "cancelled", 2)), told(order(first)))
    assert [(c.kind, c.units) for c in found.changes] == [("cancelled", 2)]


def test_units_released_and_shipped_between_two_mails_are_told_as_shipped_only() -> None:
    first = line(waiting=5)
    later = moved(moved(first, "waiting", "shipped", 2), "waiting", "released", 3)
    found = news(order(later), told(order(first)))
    assert {c.kind: c.units for c in found.changes} == {"shipped": 2, "released": 3}
    assert {c.kind for c in news(order(moved(first, "waiting", "shipped", 5)), told(order(first))).changes} == {
        "shipped"
    }


def test_shipping_what_was_told_as_released_is_not_released_again() -> None:
    first = line(released=5)
    found = news(order(moved(first, "released", "shipped", 5)), told(order(first)))
    assert {c.kind: c.units for c in found.changes} == {"shipped": 5}


def test_a_recall_is_silent_and_the_same_units_released_again_are_no_news() -> None:
    first = line(released=5)
    before = told(order(first))
    recalled = moved(first, "released", "allocated", 5)
    assert not news(order(recalled), before)
    assert not news(order(moved(recalled, "allocated", "released", 5)), before)


def test_accepted_and_shipped_at_once_is_one_telling_named_shipped() -> None:
    found = news(order(line(shipped=2), line(1, waiting=3)), Told())
    assert found.kinds == ("shipped", "accepted")
    assert found.strongest == "shipped"


def test_a_line_added_by_a_switch_is_accepted() -> None:
    first = line(waiting=3)
    switched = order(moved(first, "waiting", "switched", 3), line(1, waiting=3))
    assert news(switched, told(order(first))).kinds == ("accepted",)


def test_the_strongest_kind_is_the_first_of_the_stated_order() -> None:
    view = order(
        line(0, cancelled=1),
        line(1, shipped=1),
        line(2, released=1),
        promised(line(3, waiting=1), 90),
        promised(line(4, waiting=1, promised=90), 10),
        line(5, waiting=1),
    )
    before = told(order(line(0, waiting=1), line(1, waiting=1), line(2, waiting=1), line(3, waiting=1)))
    before = replace(before, lines=before.lines | told(order(line(4, waiting=1, promised=90))).lines)
    found = news(view, before)
    assert found.kinds == tuple(
        k for k in STRENGTH if k not in {"withdrawal_confirmed", "decision_needed", "still_waiting"}
    )
    assert found.strongest == "cancelled"


def test_an_order_that_is_told_again_counts_its_revisions() -> None:
    view = order(line(waiting=3))
    first = snapshot(view, Told(), NOW)
    assert (first.revision, snapshot(view, first, NOW).revision) == (1, 2)


def test_only_new_parcels_are_listed() -> None:
    view = order(line(shipped=2), releases=(release(1, shipment("a", (0, 2))),))
    assert [p.shipment_id for p in new_parcels(view, {})] == ["a"]
    more = order(
        line(shipped=5),
        releases=(release(1, shipment("a", (0, 2)), shipment("b", (0, 1))), release(2, shipment("c", (0, 2)))),
    )
    assert [p.shipment_id for p in new_parcels(more, told(view).parcels)] == ["b", "c"]


def test_a_parcel_the_lines_do_not_show_yet_waits_for_the_mail_that_tells_its_units() -> None:
    view = order(line(shipped=2, released=3), releases=(release(1, shipment("a", (0, 2)), shipment("b", (0, 3))),))
    assert [p.shipment_id for p in new_parcels(view, {})] == ["a"]
    after = order(line(shipped=5), releases=view.releases and tuple(view.releases))
    assert [p.shipment_id for p in new_parcels(after, told(view).parcels)] == ["b"]


@pytest.mark.parametrize(("hours", "kinds"), [(30 * 24 - 1, ()), (30 * 24, ("still_waiting",))])
def test_who_waits_and_heard_nothing_for_thirty_days_is_told_that_he_is_not_forgotten(
    hours: int, kinds: tuple[str, ...]
) -> None:
    view = order(line(waiting=3, allocated=1, promised=90), line(1, shipped=2))
    found = news(view, told(view), now=NOW + timedelta(hours=hours))
    assert found.kinds == kinds
    assert [(c.line.position, c.units) for c in found.changes] == ([(0, 3)] if kinds else [])


def test_every_mail_starts_the_count_of_silent_days_anew() -> None:
    view, later = order(line(waiting=3, promised=90)), NOW + timedelta(days=29)
    again = snapshot(view, told(view), later)
    assert not news(view, again, now=later + timedelta(days=29))
    assert news(view, again, now=later + timedelta(days=30)).kinds == ("still_waiting",)


def test_silence_is_not_told_beside_other_news() -> None:
    first = line(waiting=3, promised=90)
    moved_date = order(promised(first, 150))
    assert news(moved_date, told(order(first)), now=NOW + timedelta(days=40)).kinds == ("promise_later",)


def test_who_waits_for_nothing_is_not_told_that_he_waits() -> None:
    view = order(line(1, shipped=2), line(2, cancelled=1))
    assert not news(view, told(view), now=NOW + timedelta(days=400))


def test_who_waits_for_a_parcel_that_does_not_leave_is_not_forgotten() -> None:
    """Of what still waits itself only that is named."""
    here = order(line(allocated=3), line(1, shipped=2), line(2, released=1))
    late = news(here, told(here), now=NOW + timedelta(days=400))
    assert [(c.kind, c.line.position, c.units) for c in late.changes] == [
        ("still_waiting", 0, 3),
        ("still_waiting", 2, 1),
    ]
    some = order(line(allocated=3), line(1, waiting=2, promised=900))
    assert [c.line.position for c in news(some, told(some), now=NOW + timedelta(days=400)).changes] == [1]


def test_the_heartbeat_can_be_switched_off() -> None:
    view, never = order(line(waiting=3, promised=900)), MerchantSettings(still_waiting_days=0)
    assert not news(view, told(view), never, NOW + timedelta(days=400))
