"""The stack's own dashboards, drawn from the metrics of a shop in which things have happened."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from html import escape

import httpx
import pytest

from infra.local.dashboards.page import RANGES, boards
from infra.local.server import LocalServer
from infra.local.world import World
from tests.flow.conftest import Shop

pytestmark = pytest.mark.slow


@pytest.fixture
def served() -> Iterator[tuple[Shop, httpx.Client]]:
    """A shop with an order that waits and one message that nobody could work on."""
    with World.boot() as world:
        shop = Shop(world)
        shop.supplier()
        shop.item("A")
        shop.order("1001", ("A", 3))
        world.send("tally-demand", "not json")
        world.advance(timedelta(hours=9))
        with LocalServer(world) as server, httpx.Client(base_url=server.url, trust_env=False, timeout=60) as client:
            yield shop, client


def test_every_widget_of_the_template_is_drawn_over_every_time(served: tuple[Shop, httpx.Client]) -> None:
    shop, client = served
    for name, board in boards(shop.world).items():
        widgets = json.loads(board.properties["DashboardBody"])["widgets"]
        titles = [escape(widget["properties"]["title"]) for widget in widgets if widget["type"] != "text"]
        for span in RANGES.values():
            page = client.get(f"/_local/dashboard/{name}", params={"range": span}).text
            assert [title for title in titles if f"<h3>{title}</h3>" not in page] == []
            assert page.count('<section class="widget') == len(widgets)
            assert ' failed"' not in page
        assert ("only AWS knows this" in page) == (name == "Backorders-plumbing")
        assert "http://" not in page.replace("http://www.w3.org", "")
        assert "<script" not in page


def test_what_is_wrong_can_be_read_and_the_button_works(served: tuple[Shop, httpx.Client]) -> None:
    shop, client = served
    page = client.get("/_local/dashboard/Backorders-now").text
    assert "<b>alarm</b> backorders-TallyDemandDeadLetters" in page
    assert "<td>1001</td>" in page
    assert "Send about 1 letter of tally-demand-dead back to work?" in page
    action = {
        "endpoint": shop.world.template.resolve(
            {"Fn::GetAtt": [_function(shop.world, "backorders-redrive-dead-letters"), "Arn"]}
        ),
        "event": json.dumps({"queue": "tally-demand-dead"}),
    }
    assert escape(action["event"], quote=True) in page
    answer = client.post("/_local/widget-action", data=action)
    assert "About 1 letter of tally-demand-dead is on the way back" in answer.text
    for wrong in ({}, {"endpoint": "arn:nothing", "event": "{}"}, {**action, "event": "{"}):
        assert client.post("/_local/widget-action", data=wrong).status_code == 400


def _function(world: World, name: str) -> str:
    return next(one.logical_id for one in world.template.of_type("AWS::Lambda::Function") if one.name == name)
