"""What a whole run of the demo tells the world."""

from __future__ import annotations

import pytest

from tests.demo.conftest import Played
from tests.flow import published

pytestmark = pytest.mark.slow


def test_every_event_of_the_demo_is_as_its_schema_says(played: Played) -> None:
    told = list(published.ours(played.world.engine.events))
    assert len(told) > 1_000
    assert list(published.wrong(told)) == []
