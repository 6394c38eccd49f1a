"""The two ways to play a seed: over the wire, and without it, many times as fast."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tests.simulation import pool
from tests.simulation.accidents import Script
from tests.simulation.alphabet import OPERATIONS
from tests.simulation.coverage import Cell
from tests.simulation.run import Outcome, run
from tests.simulation.swarm import LARGE, SMALL, Plan, Size, calm, plan_of, tour
from tests.simulation.universe import Universe

_WARM_UP = 0


@dataclass(frozen=True)
class Mode:
    """`together`: seeds one process plays one after the other. `replay`: what the command needs to say for it."""

    replay: str
    size: Size
    together: int
    kind: type[Universe]
    elsewhere: Callable[[Cell], bool]
    story: str | None = None

    def plan(self, seed: int) -> Plan:
        """What the seed does and suffers."""
        return plan_of(seed, self.size, self.story)

    @property
    def operations(self) -> set[str]:
        """Those that seeds of this size can have."""
        return {name for name in OPERATIONS if self.size.rarely.get(name, 1)}

    def play(self, seed: int) -> Outcome:
        """A seed as it is explored; what only a failure needs is left out."""
        outcome = run(self.plan(seed), kind=self.kind)
        if not outcome.violations:
            outcome.history = []
        return outcome

    def several(self, seeds: range) -> list[Outcome]:
        """Seeds one after the other in this process."""
        return [self.play(seed) for seed in seeds]

    def again(self, seed: int, keep: set[int] | None, script: Script | None, *, trace: bool = False) -> Outcome:
        """A seed once more, in a process of its own."""
        task = partial(run, self.plan(seed), keep=keep, script=script, trace=trace, kind=self.kind)
        outcome: Outcome = pool.one(task)
        return outcome

    def tour(self, n: int) -> Outcome:
        """Every operation, and nothing goes wrong."""
        return run(tour(n), kind=self.kind)


def wire(story: str | None = None) -> Mode:
    """Handlers, Powertools and botocore as they are. Prepares this process for it."""
    pool.prepare()
    _compile_templates()
    run(calm())
    return Mode(_told(story), LARGE, 1, Universe, lambda _: False, story)


def ports(story: str | None = None) -> Mode:
    """Use cases and stores over a table in memory. Prepares this process for it."""
    pool.prepare_ports()
    _compile_templates()
    from tests.simulation.expiries import SITE
    from tests.simulation.ports.universe import MemoryUniverse

    mode = Mode(f"PORTS=1 {_told(story)}", SMALL, 100, MemoryUniverse, lambda cell: cell[1] == SITE, story)
    mode.play(_WARM_UP)  # patterns and clients are made before the process is forked
    return mode


def _told(story: str | None) -> str:
    return "" if story is None else f'STORY="{story}" '


def _compile_templates() -> None:
    """Of mails and pages: otherwise every child compiles those that it meets."""
    from shared.notifications import render as mails
    from shared.pages import render as pages

    for environment in (mails.environment("html"), mails.environment("txt"), pages._environment()):
        for name in environment.list_templates(["html", "txt", "jinja"]):
            environment.get_template(name)
