"""Draws traces: one seed gives one trace, in every process."""

from __future__ import annotations

from collections.abc import Callable

from tests.engines import grammar_steps, hostile_expressions, hostile_values, large_steps, service_steps
from tests.engines.scene import Scene
from tests.engines.trace import Trace
from tests.engines.wires import Ours

Draw = Callable[[Scene], None]

SERVICE: dict[Draw, int] = {
    service_steps.put: 5,
    service_steps.update: 12,
    service_steps.delete: 2,
    service_steps.get: 2,
    service_steps.get_many: 3,
    service_steps.write_many: 2,
    service_steps.transact: 14,
    service_steps.transact_again: 6,
    service_steps.query: 12,
}
GRAMMAR: dict[Draw, int] = {
    grammar_steps.put: 5,
    grammar_steps.update: 8,
    grammar_steps.delete: 2,
    grammar_steps.get: 3,
    grammar_steps.scan: 3,
    grammar_steps.query: 8,
    grammar_steps.transact: 5,
    grammar_steps.transact_get: 2,
    grammar_steps.batch_get: 1,
    grammar_steps.batch_write: 2,
}
HOSTILE: dict[Draw, int] = {
    hostile_values.value: 4,
    hostile_values.key: 3,
    hostile_values.index_key: 1,
    hostile_values.amounts: 4,
    hostile_values.size: 1,
    hostile_values.depth: 1,
    hostile_expressions.condition: 6,
    hostile_expressions.update: 6,
    hostile_expressions.query: 5,
    hostile_expressions.returned: 1,
}
LARGE: dict[Draw, int] = {large_steps.fill: 2, large_steps.query: 4, large_steps.get_many: 1, large_steps.transact: 1}

_MIXES: tuple[tuple[int, tuple[tuple[dict[Draw, int], int], ...]], ...] = (
    (55, ((SERVICE, 90), (HOSTILE, 10))),
    (30, ((GRAMMAR, 80), (HOSTILE, 20))),
    (13, ((SERVICE, 30), (GRAMMAR, 20), (HOSTILE, 50))),
    (2, ((LARGE, 80), (SERVICE, 20))),
)
"""How often a trace is of which mix."""
_LENGTH = (6, 16)


def draw(seed: int) -> Trace:
    """The trace of a seed."""
    ours = Ours()
    ours.begin()
    scene = Scene(seed, ours)
    (mix,) = scene.chance.choices([mix for _, mix in _MIXES], [weight for weight, _ in _MIXES])
    _furnish(scene)
    for _ in range(scene.chance.randint(*_LENGTH)):
        (draws,) = scene.chance.choices([draws for draws, _ in mix], [weight for _, weight in mix])
        (one,) = scene.chance.choices(list(draws), list(draws.values()))
        one(scene)
    ours.end()
    return Trace(seed, tuple(scene.steps))


def _furnish(scene: Scene) -> None:
    service_steps.furnish(scene)
    if scene.maybe(0.5):
        grammar_steps.batch_write(scene)
