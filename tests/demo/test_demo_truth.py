"""What a whole run of the demo tells the world."""

from __future__ import annotations

import re

import pytest

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
