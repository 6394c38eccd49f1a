"""Promise past orders one after the other, each from what was known when it went out, and see what became of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from infra.operator.backtest.reading import PastLine
from shared.promising.lead_times.learner import PROBABILITIES, Learner, pinball
from shared.promising.lead_times.working_time import WorkingTime, learned

_DAY = 86_400_000_000
_STRENGTH = 20  # of the baseline that all results are measured against


@dataclass(frozen=True)
class Promised:
    """A line with the calendar days that were promised for it, one figure per probability of `PROBABILITIES`."""

    line: PastLine
    days: tuple[float, ...]

    @property
    def actual(self) -> float:
        """Calendar days until its first receipt. Only of received lines."""
        assert self.line.received is not None
        return (self.line.received - self.line.created) / _DAY


@dataclass(frozen=True)
class Replayed:
    """All lines ordered from the cut on, and what was learned until the end. `foretold` lines had something to be
    foretold from."""

    foretold: list[Promised]
    unforetold: int
    working: WorkingTime
    strength: float
    half_life: float


def replay(lines: Sequence[PastLine], cut: int, progress: Callable[[int, int], None]) -> Replayed:
    """Everything in time order; nothing is known before it happened. `lines` are sorted by when they were ordered.

    Which weekdays goods arrive on is told by the receipts before the cut.
    """
    working = learned(line.received for line in lines if line.received is not None and line.received < cut)
    learner = Learner(working)
    foretold, unforetold = [], 0
    events = _events(lines)
    for n, (at, is_order, line) in enumerate(events):
        if n % 500 == 0:
            progress(n, len(events))
        if not is_order:
            learner.end(line.id, at, received=line.received is not None)
            continue
        forecast = learner.order(line.id, line.vendor, line.order, at)
        if at < cut:
            continue
        if forecast is None:
            unforetold += 1
            continue
        days = tuple((forecast.quantile(p) - at) / _DAY for p in PROBABILITIES)
        foretold.append(Promised(line, days))
    return Replayed(foretold, unforetold, working, *learner.fitted)


def _events(lines: Sequence[PastLine]) -> list[tuple[int, bool, PastLine]]:
    """(when, whether it is ordered then, line); what ends at the same instant comes first."""
    events = [(line.created, True, line) for line in lines]
    for line in lines:
        end = line.received if line.received is not None else line.withdrawn
        if end is not None:
            events.append((end, False, line))
    return sorted(events, key=lambda event: (event[0], event[1] or event[2].created == event[0]))


def baseline(lines: Sequence[PastLine], cut: int, *, own: bool) -> Callable[[PastLine], tuple[float, ...]]:
    """The days that a plain quantile of all receipts before the cut would have promised, or (`own`) the vendor's,
    weighted by his receipts against 20 of everybody's."""
    known = [line for line in lines if line.received is not None and line.received < cut]
    days = sorted((line.received or 0) - line.created for line in known)
    of_all = tuple(_quantile(days, p) for p in PROBABILITIES)
    by_vendor: defaultdict[str, list[int]] = defaultdict(list)
    for line in known if own else ():
        by_vendor[line.vendor].append((line.received or 0) - line.created)
    table = {vendor: _shrunk(sorted(taken), of_all) for vendor, taken in by_vendor.items()}
    return lambda line: table.get(line.vendor, of_all)


def _shrunk(days: list[int], of_all: tuple[float, ...]) -> tuple[float, ...]:
    n = len(days)
    mine = (_quantile(days, p) for p in PROBABILITIES)
    return tuple((n * own + _STRENGTH * all_) / (n + _STRENGTH) for own, all_ in zip(mine, of_all, strict=True))


def _quantile(micros_sorted: list[int], probability: float) -> float:
    """In days, linear between neighbours; 0 of nothing."""
    if not micros_sorted:
        return 0.0
    place = probability * (len(micros_sorted) - 1)
    low = int(place)
    high = min(low + 1, len(micros_sorted) - 1)
    return (micros_sorted[low] + (place - low) * (micros_sorted[high] - micros_sorted[low])) / _DAY


@dataclass(frozen=True)
class Score:
    """How good promises were, over `n` received lines; days are calendar days."""

    n: int
    coverage_50: float
    coverage_90: float
    pinball_50: float
    pinball_90: float
    mae_days: float


def score(promised: Sequence[Promised]) -> Score:
    """Coverage: the share received no later than promised. Pinball: mean loss. MAE: mean distance from the median.

    Only received lines are given here: see docs/promise.md on those still open.
    """
    n = len(promised)
    covered, losses = [], []
    for k, probability in enumerate(PROBABILITIES):
        covered.append(sum(one.actual <= one.days[k] for one in promised) / n)
        losses.append(sum(pinball(one.actual, one.days[k], probability) for one in promised) / n)
    error = sum(abs(one.actual - one.days[0]) for one in promised) / n
    return Score(n, *(round(value, 4) for value in (*covered, *losses, error)))
