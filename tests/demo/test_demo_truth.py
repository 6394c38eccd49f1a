"""What a whole run of the demo tells the world."""

from __future__ import annotations

import re

import pytest

from shared.notifications.news import STRENGTH
from tests.demo.conftest import Played
from tests.flow import published
from tests.operator.test_canaries import seen_by_operators

pytestmark = pytest.mark.slow


def test_every_event_of_the_demo_is_as_its_schema_says(played: Played) -> None:
    told = list(published.ours(played.world.engine.events))
    assert len(told) > 1_000
    assert list(published.wrong(told)) == []


def test_no_log_metric_or_event_of_the_demo_names_a_customer(played: Played) -> None:
    people = re.compile(r"customers\.example|Customer c?\d", re.IGNORECASE)
    mails = [mail for mail in played.world.engine.ses.mailbox if "backorder_id" in mail["tags"]]
    assert all(people.search(str(mail["to"])) for mail in mails)
    assert played.world.output.lines
    for place, text in seen_by_operators(played.world).items():
        found = people.search(text)
        assert found is None, f"{place}: {text[max(0, found.start() - 200) : found.end() + 50]}"


def test_the_demo_sends_every_kind_of_mail_and_its_customers_decide_on_their_page(played: Played) -> None:
    sent = {mail["tags"]["kind"] for mail in played.world.engine.ses.mailbox}
    orders = {"purchase_order", "purchase_order_changed", "supplier_reminder"}
    assert sent == {*STRENGTH, *orders, "back_in_stock"}
    did = played.play.readers.counts
    assert {f"page: {choice} done" for choice in ("wait", "cancel", "switch", "split", "hold", "withdraw")} <= set(did)
    assert not played.play.failures
