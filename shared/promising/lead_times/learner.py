"""Learns lead times as orders go out and goods come in, and says when the next order will be there.

Nothing is tuned by hand to a merchant: how much a supplier's own history counts against everybody's, and how fast both
are forgotten, are pairs that would have promised best of late (the smallest pinball loss at 0.5 and 0.9 of what was
foretold before it was known: prequential, Dawid, JRSS A 147, 1984), the best few of them together (`contest`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product

from shared.promising.lead_times.calibration import Calibration, Outcome, calibrated
from shared.promising.lead_times.contest import Contest
from shared.promising.lead_times.history import Line, Order, counted, recency
from shared.promising.lead_times.pace import at_pace, pace
from shared.promising.lead_times.survival import Distribution, estimate, mixed
from shared.promising.lead_times.working_time import WorkingTime

STRENGTHS = (1.0, 3.0, 10.0, 30.0, 100.0)
"""Lines of everybody's history that go into each supplier's."""
HALF_LIVES = (90.0, 180.0, 360.0)
"""Days after which an order counts half."""
PROBABILITIES = (0.5, 0.9)
ORDERS_OF_A_SUPPLIER = 128
ORDERS_OF_ALL = 1_000
_PROMISES = 1_500
PACE_HALF_LIFE, PACE_DOUBT = 30.0, 20.0
_DOUBT = 100.0
_CORRECTION_HALF_LIFE = 60.0
_DAY = 86_400_000_000


@dataclass(frozen=True)
class Forecast:
    """When an order that starts at `start` (working time) will have come."""

    working: WorkingTime
    start: float
    distribution: Distribution
    speed: float = 1.0
    calibration: Calibration = field(default_factory=Calibration)

    def quantile(self, probability: float, now: int | None = None) -> int:
        """The instant (microseconds) by which it has come with this probability; never before `now`."""
        elapsed = 0.0 if now is None else max(0.0, self.working.position(now) - self.start)
        return self.working.instant(self.start + self.days(probability, elapsed))

    def days(self, probability: float, elapsed: float = 0.0) -> float:
        """The same in working days from the start, given that it has not come in `elapsed` working days."""
        level = at_pace(self.calibration.level(probability), 1.0 / self.speed)
        return self.distribution.quantile(level, elapsed)


def pinball(actual: float, foretold: float, probability: float) -> float:
    """What a quantile costs: probability per day too early, its complement per day too late (Koenker, Bassett 1978)."""
    late = actual - foretold
    return max(probability * late, (probability - 1.0) * late)


class Learner:
    """Everything learned so far. Calls come in time order; the same calls always give the same forecasts.

    `stated` is what is believed of suppliers before they have delivered: half of what they are shrunk to, then.
    """

    def __init__(self, working: WorkingTime, stated: Mapping[str, Distribution] | None = None) -> None:
        self.working = working
        self._stated = stated or {}
        self._candidates = list(product(STRENGTHS, HALF_LIVES))
        self._contest = Contest(len(self._candidates))
        self._all: deque[Order] = deque(maxlen=ORDERS_OF_ALL)
        self._suppliers: dict[str, deque[Order]] = {}
        self._orders: dict[tuple[str, str], Order] = {}
        self._open: dict[str, Line] = {}
        self._promised: deque[Line] = deque(maxlen=_PROMISES)
        self._day = -1
        self._pooled: dict[float, Distribution | None] = {}
        self._calibration = Calibration()
        self._last: tuple[tuple[str, int], list[Distribution]] | None = None

    @property
    def fitted(self) -> tuple[float, float]:
        """(strength, half-life in days) that would have promised best of late."""
        return self._candidates[self._contest.best]

    def order(self, line_id: str, supplier: str, order: str, at: int) -> Forecast | None:
        """A line goes out; the forecast made for it, None while nothing was ever received."""
        forecasts = self._candidates_for(supplier, at)
        line = self._enter(supplier, order, at)
        self._open[line_id] = line
        if not forecasts:
            return None
        line.tried = tuple(tuple(one.quantile(p) for p in PROBABILITIES) for one in forecasts)
        forecast = self._forecast(supplier, at, forecasts)
        line.speed, line.expected = forecast.speed, forecast.distribution
        self._promised.append(line)
        return forecast

    def foresee(self, supplier: str, at: int) -> Forecast | None:
        """What would be foretold for an order at `at`, without there being one."""
        forecasts = self._candidates_for(supplier, at)
        return self._forecast(supplier, at, forecasts) if forecasts else None

    def _forecast(self, supplier: str, at: int, forecasts: list[Distribution]) -> Forecast:
        position = self.working.position(at)
        speed = pace(self._suppliers.get(supplier, ()), at, position, PACE_HALF_LIFE, PACE_DOUBT)
        best = mixed((share, forecasts[n]) for share, n in self._contest.shares())
        return Forecast(self.working, position, best, speed, self._calibration)

    def end(self, line_id: str, at: int, *, received: bool) -> None:
        """A line has come, or was withdrawn: from then on it will neither come nor be late. Unknown lines: KeyError."""
        line = self._open.pop(line_id)
        line.end, line.received = self.working.position(at), received
        if not received:
            return
        days, weight = line.days(line.end), line.order.weight
        losses = [
            weight * sum(pinball(days, q, p) for q, p in zip(quantiles, PROBABILITIES, strict=True))
            for quantiles in line.tried
        ]
        if losses:
            self._contest.lost(losses, at)

    def _enter(self, supplier: str, name: str, at: int) -> Line:
        order = self._orders.get((supplier, name))
        if order is None:
            order = self._orders[supplier, name] = Order()
            self._all.append(order)
            self._suppliers.setdefault(supplier, deque(maxlen=ORDERS_OF_A_SUPPLIER)).append(order)
        line = Line(at, self.working.position(at), order)
        order.lines.append(line)
        return line

    def _candidates_for(self, supplier: str, at: int) -> list[Distribution]:
        if self._last is not None and self._last[0] == (supplier, at):
            return self._last[1]
        self._once_a_day(at)
        position = self.working.position(at)
        own = self._suppliers.get(supplier, ())
        counts = counted(own, at, position, HALF_LIVES)
        beliefs = {half_life: self._belief(supplier, half_life) for half_life in HALF_LIVES}
        found = [estimate(counts[h], beliefs[h], strength) for strength, h in self._candidates]
        known = [one for one in found if one is not None]
        forecasts = known if len(known) == len(found) else []
        self._last = ((supplier, at), forecasts)
        return forecasts

    def _belief(self, supplier: str, half_life: float) -> Distribution | None:
        """What is believed of a supplier without looking at what he did."""
        stated, pooled = self._stated.get(supplier), self._pooled[half_life]
        if stated is None or pooled is None:
            return stated or pooled
        return mixed(((0.5, stated), (0.5, pooled)))

    def _once_a_day(self, at: int) -> None:
        """What all suppliers have in common changes slowly, and is dear to work out."""
        if at // _DAY == self._day:
            return
        self._day = at // _DAY
        position = self.working.position(at)
        self._pooled = {h: estimate(counts) for h, counts in counted(self._all, at, position, HALF_LIVES).items()}
        self._calibration = calibrated((self._outcome(line, at, position) for line in self._promised), _DOUBT)

    @staticmethod
    def _outcome(line: Line, at: int, position: float) -> Outcome:
        weight = line.order.weight * recency(at, line.at, _CORRECTION_HALF_LIFE)
        return Outcome(at_pace(line.likelihood(position), line.speed), weight, line.received)
