from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from infra.local.demo.order_book import built_in_order_book
from infra.local.demo.play import Play
from infra.local.demo.service import Service
from infra.local.demo.supply import make_supply
from infra.local.world import World


@dataclass(frozen=True)
class Played:
    """The built-in order book after its last action: what the actors did, and the world they left behind."""

    play: Play
    world: World


@pytest.fixture(scope="session")
def played() -> Iterator[Played]:
    book = built_in_order_book()
    with World.boot(start=book.actions[0].at) as world:
        play = Play(Service(world), book, make_supply(book, None))
        play.run()
        yield Played(play, world)
