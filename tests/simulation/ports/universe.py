"""A seed's world without the wire."""

from __future__ import annotations

from typing import Any

from shared.runtime.container import Container
from tests.simulation.ports.client import DirectClient
from tests.simulation.ports.hazards import Hazards
from tests.simulation.ports.table import MemoryTable
from tests.simulation.ports.topology import topology
from tests.simulation.ports.world import MemoryWorld
from tests.simulation.universe import Universe


class MemoryUniverse(Universe):
    """As `Universe`: the same shop, operations, accidents and questions at the end."""

    def build(self) -> None:
        known = topology()
        world = MemoryWorld(known, self.plan.start, self.plan.seed)
        hazards = Hazards(world.engine, world.runtime, self.accidents, self.trace, self.race)
        table = MemoryTable(world.rows, hazards)
        _give(table)
        self.world, self.table, self.wire, self.expiries = world, table, hazards, []
        self.client = DirectClient(world, self.trace, api=known.api)


def _give(table: MemoryTable) -> None:
    """The table of every container, whichever environment it is made for."""
    held: Any = property(lambda _: table)
    Container.table = held
