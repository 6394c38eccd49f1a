"""A shop that is served over HTTP, and the operator's tool at work on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.local.server import LocalServer
from infra.local.world import World
from infra.operator.backorders.__main__ import main
from tests.flow.conftest import Shop
from tests.operator.conftest import Done, Tool


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """One supplier and two items; its books are right in the end."""
    for name in ("TOKEN", "CLIENT_ID", "CLIENT_SECRET", "TOKEN_URL", "BACKORDERS_URL"):
        monkeypatch.delenv(name, raising=False)
    with World.boot() as world:
        shop = Shop(world)
        shop.supplier(order_weekdays=[0, 1, 2, 3, 4, 5, 6])
        for sku in ("A", "B"):
            shop.item(sku)
        yield shop
        shop.settle()
        assert shop.violations() == []
        assert shop.dead_letters() == []


@pytest.fixture
def url(shop: Shop) -> Iterator[str]:
    with LocalServer(shop.world) as server:
        yield server.url


@pytest.fixture
def tool(url: str, capsys: pytest.CaptureFixture[str]) -> Tool:
    """The tool, at work on that shop."""

    def run(*arguments: str) -> Done:
        capsys.readouterr()
        code = main([*arguments, "--url", url])
        printed = capsys.readouterr()
        return Done(code, printed.out, printed.err)

    return run
