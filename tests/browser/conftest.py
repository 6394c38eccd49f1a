"""A shop behind a socket, and the browser that looks at it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from infra.local.server import LocalServer
from infra.local.world import World
from tests.browser import chromium
from tests.flow.conftest import Shop


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Closed before other modules' tests: while Playwright is open its event loop runs, and no other can."""
    if chromium.found() is None:
        pytest.skip(chromium.MISSING)
    with chromium.running() as found:
        yield found


@pytest.fixture
def shop() -> Iterator[Shop]:
    """The shop of the other tests, served over HTTP; afterwards nothing may be wrong in its books."""
    with World.boot() as world, LocalServer(world):
        shop = Shop(world)
        shop.supplier()
        yield shop
        shop.settle()
        assert shop.violations() == []
        assert shop.dead_letters() == []
