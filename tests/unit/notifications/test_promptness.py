"""Since when a delay was known, of which a mail tells; and how often an order is written about."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.backorders.lookup import OrderView
from shared.backorders.model import Line, Promise
from shared.kernel.clock import micros
from shared.notifications.promptness import delayed_since, mails_a_week
from shared.notifications.telling import telling_of
from shared.notifications.told import Told, snapshot
from shared.settings.model import MerchantSettings
from tests.unit.notifications.orders import CUSTOMER, NOW, by, line, order

SETTINGS = MerchantSettings()
HOUR = timedelta(hours=1)
TOLD = snapshot(order(line(waiting=3, promised=10)), Told(), NOW)


def drifting(*dates: int | None, position: int = 0) -> Line:
    """A line promised in ten days that gets another date every hour, told in days."""
    first = line(position, waiting=3, promised=10)
    later = [
        Promise(
            micros(NOW + n * HOUR), *((by(days), by(days)) if days is not None else (None, None)), "next_order", "x"
        )
        for n, days in enumerate(dates, start=1)
    ]
    return replace(first, promises=(*first.promises, *later))


def known(view: OrderView, told: Told = TOLD) -> float | None:
    """Hours after the telling since when the delay is known that is to be told a day later, None if there is none."""
    since = delayed_since(telling_of(view, told, None, SETTINGS, NOW + 24 * HOUR), SETTINGS)
    return (since - micros(NOW)) / micros_of(HOUR) if since else None


def micros_of(span: timedelta) -> int:
    return span // timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("dates", "hour"),
    [
        ((30,), 1),
        ((30, 31, 60), 1),
        ((12, 15, 30), 3),  # small drifts are silent; the third is enough
        ((30, 11, 40), 3),  # taken back, and then late again
        ((None, 40), 1),  # no date is a delay too
        ((12,), None),
        ((3, 2), None),  # earlier
    ],
)
def test_a_delay_is_known_from_the_first_date_on_that_is_late_enough_and_stays_so(
    dates: tuple[int | None, ...], hour: int | None
) -> None:
    assert known(order(drifting(*dates))) == hour


def test_of_several_lines_the_delay_counts_that_is_known_longest() -> None:
    told = snapshot(order(line(waiting=3, promised=10), line(1, waiting=3, promised=10)), Told(), NOW)
    assert known(order(drifting(12, 30), drifting(30, position=1)), told) == 1


def test_what_was_known_before_the_last_mail_was_told_by_it() -> None:
    """A second delay counts from its own day on, although the first was late as well."""
    late = drifting(30, 60)
    told = snapshot(order(drifting(30)), Told(), NOW + HOUR)
    assert known(order(late), told) == 2


def test_a_delay_that_a_law_asks_about_counts_although_it_is_too_small_for_news() -> None:
    """Six days more than the shop's own threshold lets pass, but beyond the date that an American relied on."""
    head = replace(order(line(waiting=3)).head, customer=replace(CUSTOMER, country="US"))
    assert known(replace(order(drifting(16)), head=head)) == 1
    assert known(order(drifting(16))) is None


def test_an_order_is_a_week_old_at_least() -> None:
    recorded = micros(NOW)
    assert mails_a_week(3, recorded, NOW) == 3
    assert mails_a_week(3, recorded, NOW + timedelta(days=6)) == 3
    assert mails_a_week(3, recorded, NOW + timedelta(days=21)) == 1
