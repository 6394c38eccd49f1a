"""A client that asks the routes directly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from infra.local.engine.service import epoch_milliseconds
from infra.local.function import Function
from tests.simulation.client import Ask, Client


@dataclass
class DirectClient(Client):
    """`api` is the function behind the routes."""

    api: Function | None = None

    def exchange(self, ask: Ask) -> tuple[int, Any, bool]:
        if not self.nested:
            self.world.clock.tick()
        assert self.api is not None
        outcome = self.world.lambdas.invoke(
            self.api, {"requestContext": {"timeEpoch": epoch_milliseconds(self.world.clock.now())}, "ask": ask}
        )
        if outcome.error is not None:
            return 500, {"message": "Internal Server Error"}, False
        answer = outcome.value
        return answer["statusCode"], answer["body"], "Idempotency-Replayed" in answer["headers"]
