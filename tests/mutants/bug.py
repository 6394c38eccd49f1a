"""One seeded bug: what it is, where it goes, and which part of the suite is expected to notice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

StageName = Literal["named", "flow", "simulation"]
STAGES: tuple[StageName, ...] = ("named", "flow", "simulation")
"""The parts of the suite in order of what they cost."""


@dataclass(frozen=True)
class Bug:
    """`old` occurs once in `file`; with `new` in its place the code compiles and is wrong as `name` says.

    `tests` are the paths or ids that pytest is given first. `killer` is the stage expected to fail: it is tried first,
    the others follow in order of cost.
    """

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...] = ()
    killer: StageName = "named"

    def applied(self, text: str) -> str:
        """The text of the file with the bug in it. Raises ValueError if it does not fit exactly once."""
        if text.count(self.old) != 1:
            raise ValueError(
                f"{self.file}: the old text of {self.name!r} occurs {text.count(self.old)} times, not once"
            )
        return text.replace(self.old, self.new)

    @property
    def stages(self) -> tuple[StageName, ...]:
        """In which order the suite is asked."""
        known = [stage for stage in STAGES if stage != "named" or self.tests]
        return (self.killer, *(stage for stage in known if stage != self.killer))
