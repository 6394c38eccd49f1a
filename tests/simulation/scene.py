"""What an operation gets to work with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, TypeVar
from urllib.parse import quote

from infra.local.world import World
from tests.simulation.client import Ask, Client, Reply, Then
from tests.simulation.memory import Memory, Order

T = TypeVar("T")


@dataclass
class Scene:
    """One operation of the client: `name` is unique and the same in every replay, and so is its `chance`."""

    name: str
    chance: Random
    world: World
    client: Client
    memory: Memory

    def now(self) -> datetime:
        return self.world.clock.now()

    def pick(self, those: list[T]) -> T | None:
        """One of them, the newer ones more often."""
        if not those:
            return None
        return those[int(len(those) * self.chance.random() ** 0.6)]

    def order(self) -> Order | None:
        return self.pick(self.memory.existing())

    def often(self, probability: float) -> bool:
        return self.chance.random() < probability

    def post(self, who: Any, path: str, body: Any, then: Then, key: str | None = None) -> Reply:
        tries = self.chance.choice((1, 1, 2, 3))
        return self.client.ask(Ask(who, "POST", path, body, key or f"key-{self.name}"), then, tries)

    def put(self, path: str, body: Any) -> Reply:
        """Replacing is repeatable, so it is repeated until somebody answers."""
        return self.client.ask(Ask("o", "PUT", path, body), lambda _: None, tries=4)

    def iso(self, *, days: float = 0) -> str:
        return (self.now() + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def ignored(_: Reply) -> None:
    """For answers from which nothing follows."""


def at(*parts: str) -> str:
    """A path, its parts percent-encoded."""
    return "/v1/" + "/".join(quote(part, safe="") for part in parts)
