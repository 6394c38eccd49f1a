"""Draws docs/customer-page.png anew: `python -m tests.browser` (`make customer-page`)."""

from __future__ import annotations

from pathlib import Path

from infra.local.server import LocalServer
from infra.local.world import World
from tests.browser import chromium, scenes
from tests.flow.conftest import Shop

PICTURE = Path(__file__).parents[2] / "docs" / "customer-page.png"


def main() -> None:
    """The page as a customer sees it whom a law asks for his decision."""
    with World.boot() as world, LocalServer(world), chromium.running() as browser:
        shop = Shop(world)
        shop.supplier()
        scenes.order_with_a_question(shop)
        (address,) = scenes.links(scenes.mail(shop, "decision_needed"))
        page = browser.new_page(viewport={"width": 760, "height": 900})
        page.goto(address)
        page.screenshot(path=PICTURE, full_page=True)
    print(PICTURE.relative_to(Path.cwd()) if PICTURE.is_relative_to(Path.cwd()) else PICTURE)


if __name__ == "__main__":
    main()
