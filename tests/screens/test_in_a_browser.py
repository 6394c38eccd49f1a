"""The previewed dashboards in headless Chromium: every title is drawn, and nothing is in a state of error."""

from __future__ import annotations

import json
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

from infra.local.dashboards.page import boards, dashboard_page, ringing
from infra.local.screens.browser import NoBrowserError, chromium, markup, picture
from infra.local.screens.situations import NOW, SITUATIONS, played
from infra.local.server import LocalServer
from infra.local.world import World
from tests.incidents.scene import rang

pytestmark = pytest.mark.slow


class Seen(HTMLParser):
    """Titles of widgets, and classes of all elements, as the browser has them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.titles: list[str] = []
        self.classes: list[str] = []
        self._in_title = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.classes += (dict(attrs).get("class") or "").split()
        if tag == "h3":
            self._in_title = True
            self.titles.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "h3":
            self._in_title = False

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.titles[-1] += data


@pytest.fixture(scope="module")
def browser() -> str:
    try:
        return chromium()
    except NoBrowserError as error:
        pytest.skip(str(error))


def test_a_browser_draws_every_widget_of_a_shop_at_work(browser: str, tmp_path: Path) -> None:
    with World.boot() as world:
        played(SITUATIONS["mail-down"], world, timedelta(days=1, hours=6))
        with LocalServer(world) as server:
            for name, board in boards(world).items():
                widgets = json.loads(board.properties["DashboardBody"])["widgets"]
                seen = Seen(markup(f"{server.url}/_local/dashboard/{name}"))
                titles = [one["properties"]["title"] for one in widgets if one["type"] != "text"]
                assert seen.titles == titles
                assert seen.classes.count("widget") == len(widgets)
                assert "failed" not in seen.classes
            target = tmp_path / "page.png"
            picture(f"{server.url}/_local/dashboard/Backorders-now", target, width=1576, height=900)
            with Image.open(target) as page:
                assert page.size == (1576, 900)
                assert len(page.convert("RGB").getcolors(1 << 24) or []) > 20


def test_a_silent_supplier_rings_on_the_first_screen() -> None:
    """What is red for the alarms' evaluator is red in the picture too: none falls off the screen."""
    situation = SITUATIONS["supplier-late"]
    with World.boot() as world:
        played(situation, world)
        now = world.clock.now()
        assert situation.rings == {"PromisesBroken", "LinesPastPromiseGrow"}
        assert set(rang(world.output.metrics, now, now)) == ringing(world, NOW) == situation.rings
        for name in situation.rings:
            assert f"<b>alarm</b> backorders-{name}" in dashboard_page(world, NOW)


def test_pictures_in_the_docs_are_small_and_those_that_are_made() -> None:
    """If not: `make screens`."""
    folder = Path(__file__).parents[2] / "docs" / "screens"
    wanted = {f"{view.name}.png" for situation in SITUATIONS.values() for view in situation.views}
    assert {path.name for path in folder.iterdir()} == wanted
    assert [path.name for path in folder.iterdir() if path.stat().st_size >= 150_000] == []
    shown = (folder.parent / "operating.md").read_text(encoding="utf-8")
    assert [name for name in sorted(wanted) if f"(screens/{name})" not in shown] == []
    assert "(docs/screens/supplier-late.png)" in (folder.parents[1] / "README.md").read_text(encoding="utf-8")
