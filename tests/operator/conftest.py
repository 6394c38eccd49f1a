"""Worlds in which messages die, and the tool at work on them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from infra.local.server import LocalServer
from infra.local.world import World
from infra.operator.dead_letters.__main__ import main
from tests.flow.conftest import Shop


@dataclass
class Done:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Tool = Callable[..., Done]


@pytest.fixture
def dying_shop() -> Iterator[Shop]:
    """A shop with one supplier and two items; unlike elsewhere, dead letters may be left over."""
    with World.boot() as world:
        shop = Shop(world)
        shop.supplier()
        for sku in ("A", "B"):
            shop.item(sku)
        shop.settle()
        yield shop
        assert shop.violations() == []


@pytest.fixture
def served(dying_shop: Shop) -> Iterator[str]:
    """The address at which that shop is served."""
    with LocalServer(dying_shop.world) as server:
        yield server.url


@pytest.fixture
def tool(served: str, capsys: pytest.CaptureFixture[str]) -> Tool:
    """The tool, at work on the shop that is served."""

    def run(*arguments: str) -> Done:
        capsys.readouterr()
        code = main([*arguments, "--local", served])
        printed = capsys.readouterr()
        return Done(code, printed.out, printed.err)

    return run
