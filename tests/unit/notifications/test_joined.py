"""A later date and the law's notice of it reach the customer in one mail."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from infra.local.engine import Engine
from shared.aws.notices_store import TableNotices
from shared.backorders.lookup import OrderView
from shared.consent.duty import notice_due
from shared.consent.model import Consents
from shared.consent.rules import pack
from tests.unit.notifications.conftest import Time
from tests.unit.notifications.orders import CUSTOMER, NOW, by, line, order, promised
from tests.unit.notifications.test_notify import World

SWEDE = replace(CUSTOMER, country="SE")


@pytest.fixture
def world(engine: Engine, notices: TableNotices, time: Time) -> World:
    """A Swede has been told the fifteenth of January, ten days from now."""
    told = World(engine, notices, time)
    told.orders.view = order(line(waiting=3), customer=SWEDE)
    told.notify()
    return told


def at(world: World, days: float) -> None:
    world.time.now = NOW + timedelta(days=days)


def slips(world: World, days: int) -> OrderView:
    assert world.orders.view is not None
    world.orders.view = replace(world.orders.view, lines=[promised(world.orders.view.lines[0], days)])
    return world.orders.view


MORNING = 5 * 3_600_000_000


def test_a_date_that_slips_on_the_evening_of_its_day_is_told_with_the_further_period(world: World) -> None:
    at(world, 10.3)
    slips(world, 40)
    held = world.notify()
    assert (held.state, held.until) == ("held", by(10) + MORNING)
    at(world, 10.9)
    assert world.notify().mail_kind == "promise_later"
    assert "you may end the contract for them" in world.mails[-1]["text"]
    assert len(world.mails) == 2


def test_what_is_known_in_the_morning_is_told_in_the_morning(world: World) -> None:
    at(world, 10)
    slips(world, 40)
    assert world.notify().state == "sent"


def test_where_no_law_asks_for_a_notice_nothing_waits_for_it(world: World) -> None:
    view = slips(world, 40)
    world.orders.view = replace(view, head=replace(view.head, customer=replace(CUSTOMER, country="GB")))
    at(world, 10.3)
    assert world.notify().state == "sent"


def test_a_date_that_slips_on_the_last_evening_of_the_further_period_is_told_with_the_question(world: World) -> None:
    at(world, 11)
    view = slips(world, 20)
    due = notice_due(view, pack("eu"), world.time.now)
    assert due is not None
    assert world.notify().mail_kind == "promise_later"
    asked = Consents().opened(due.round)
    at(world, 24.3)
    assert asked.rounds[0].deadline == by(24)
    view = slips(world, 80)
    world.orders.view = replace(view, consents=asked)
    assert world.notify().state == "held"
    at(world, 24.9)
    lapsed = asked.closed("lapsed", by(24), "rule:eu.extra_period")
    world.orders.view = replace(view, consents=replace(lapsed, version=asked.version))  # as the table knows it
    outcome = world.notify()
    assert (outcome.state, outcome.mail_kind) == ("sent", "decision_needed")
    assert [mail["tags"]["kind"] for mail in world.mails] == ["accepted", "promise_later", "decision_needed"]
