from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from infra.local.clock import Clock
from infra.local.template import Template
from infra.local.world import World
from tests.local import handlers, small_stack

MakeWorld = Callable[..., World]


@pytest.fixture(autouse=True)
def _no_calls_yet() -> Iterator[None]:
    handlers.reset()
    yield
    handlers.reset()


@pytest.fixture
def stack() -> dict[str, Any]:
    """The small stack, to be altered before `make_world`."""
    return small_stack.document()


@pytest.fixture
def make_world() -> Iterator[MakeWorld]:
    """Makes a world from a document, and closes it at the end."""
    made: list[World] = []

    def make(document: dict[str, Any], clock: Clock | None = None) -> World:
        made.append(World(Template(document, stack_name="Small"), clock or Clock()))
        return made[-1]

    yield make
    for world in made:
        world.close()


@pytest.fixture
def world(stack: dict[str, Any], make_world: MakeWorld) -> World:
    """The small stack as it is, running."""
    return make_world(stack)
