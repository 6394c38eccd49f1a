"""What became of first promises, as lines are served: the service level that customers see, as figures to add up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from shared.backorders.model import Backorder, Line, Promise

_HOUR = timedelta(hours=1) // timedelta(microseconds=1)


@dataclass
class Keeping:
    """Over lines whose last waiting unit was served. Coverage of `by` is kept / (kept + broken).

    `error` is how far from the first `likely`, `loss` the pinball loss of both dates, together (Koenker and Bassett
    1978): divided by the lines they are a mean error and a mean loss. Both in microseconds; `revisions` came after the
    first promise. `by_likely` came by the first `likely`, which half should. `days` is how many days after it each
    was served (before: negative).
    """

    kept: int = 0
    broken: int = 0
    revisions: int = 0
    error: int = 0
    loss: int = 0
    by_likely: int = 0
    days: list[float] = field(default_factory=list)

    def served(self, line: Line, units: int, at: int) -> None:
        """Units of a line as it was before go to it at `at`. Counts once, with the last unit that waits; a line
        that was to be served from the shelf, or had no date, tells nothing."""
        first = judged(line)
        if units <= 0 or units < line.waiting or first is None or first.likely is None or first.by is None:
            return
        late, behind = at - first.likely, at - first.by
        self.kept += behind <= 0
        self.broken += behind > 0
        self.revisions += len(line.promises) - 1
        self.by_likely += late <= 0
        self.days.append(round(late / (24 * _HOUR), 2))
        self.error += abs(late)
        self.loss += abs(late) // 2 + max(9 * behind, -behind) // 10

    @property
    def figures(self) -> dict[str, int]:
        """The same by the names of the metrics, in whole hours."""
        return {
            "PromisesKept": self.kept,
            "PromisesBroken": self.broken,
            "PromisesByLikely": self.by_likely,
            "PromiseRevisions": self.revisions,
            "PromiseErrorHours": self.error // _HOUR,
            "PromiseLossHours": self.loss // _HOUR,
        }


def overdue(head: Backorder, lines: Iterable[Line], day: int) -> int:
    """Lines of an order whose first `by` fell on the day (UTC) that ended at `day` (microseconds), and which still
    wait: promises that the clock has broken, whenever they are served."""
    firsts = [to_keep(head, line) for line in lines if line.waiting]
    return sum(first is not None and first.by is not None and day - 24 * _HOUR <= first.by < day for first in firsts)


def decided(lines: Iterable[Line], since: int, now: int) -> tuple[int, int]:
    """How many of the lines kept their first `by`, and how many broke it, since a time: served by then or after it, or
    waiting past it. It is worked out from the lines' own logs, so it is the same however often it is done."""
    kept = broken = 0
    for line in lines:
        first = judged(line)
        if first is None or first.by is None:
            continue
        if line.waiting:
            broken += since <= first.by < now
            continue
        served = max((entry.at for entry in line.log if entry.move == "allocate"), default=None)
        if served is not None and since <= served:
            kept, broken = kept + (served <= first.by), broken + (served > first.by)
    return kept, broken


def judged(line: Line) -> Promise | None:
    """The first promise, if how well dates are foretold shows in it: a date, and not that of goods on the shelf."""
    first = line.first_promise
    return first if first is not None and first.basis != "stock" and first.by is not None else None


def to_keep(head: Backorder, line: Line) -> Promise | None:
    """The first promise of a line, if the clock can break it. That of goods on the shelf is one while units wait:
    somebody else got them. But what lies there for an order in one parcel has no date of its own."""
    first = line.first_promise
    if line.waiting and head.shipping != "hold" and first is not None and first.by is not None:
        return first
    return judged(line)
