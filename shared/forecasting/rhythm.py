"""The week of a shop: on which weekdays customers order, learned from all its SKUs together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from shared.forecasting.history import HALF_LIFE_DAYS, discount

_WEEK = 7
_CLOSED = 3  # SKUs that would have been asked for on an ordinary day: nobody came, so the shop was closed
_REACH = 10 * HALF_LIFE_DAYS  # days; what is older counts less than a thousandth


@dataclass(frozen=True)
class Rhythm:
    """Per weekday (0 = Monday): days seen, and on how many SKUs there was demand on them."""

    seen: tuple[int, ...] = (0,) * _WEEK
    active: tuple[int, ...] = (0,) * _WEEK

    def __add__(self, other: Rhythm) -> Rhythm:
        return Rhythm(_sums(self.seen, other.seen), _sums(self.active, other.active))

    @property
    def weights(self) -> tuple[float, ...]:
        """How much of an average day each weekday is. A weekday without any demand counts as closed, 0, if demand
        was to be expected by now; a weekday seen seldom is drawn towards 1."""
        if not any(self.active):
            return (1.0,) * _WEEK
        average = sum(self.active) / sum(self.seen)
        return tuple(_weight(seen, active, average) for seen, active in zip(self.seen, self.active, strict=True))


def _sums(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(a + b for a, b in zip(one, other, strict=True))


def _weight(seen: int, active: int, average: float) -> float:
    if not active and seen * average >= _CLOSED:
        return 0.0
    return (active / average + 1) / (seen + 1)


def one_day(day: int, active: int) -> Rhythm:
    """What one day adds to the rhythm: its weekday was seen, with demand on that many SKUs."""
    weekday = weekday_of(day)
    return Rhythm(tuple(int(n == weekday) for n in range(_WEEK)), tuple(active * (n == weekday) for n in range(_WEEK)))


def weekday_of(day: int) -> int:
    """0 = Monday; of a proleptic ordinal."""
    return (day + _WEEK - 1) % _WEEK


@dataclass(frozen=True)
class TradingDays:
    """Days in weights of the shop's rhythm, seen from the end of the day `through`."""

    weights: tuple[float, ...]
    through: int

    def since(self, day: int) -> float:
        """Days after `day` up to `through`, discounted as the histories are."""
        return self._past[min(max(0, self.through - day), _REACH)]

    def ahead(self, days: int) -> float:
        """The next `days` calendar days."""
        weeks, rest = divmod(days, _WEEK)
        following = (weekday_of(self.through + n) for n in range(1, rest + 1))
        return weeks * sum(self.weights) + sum(self.weights[weekday] for weekday in following)

    @cached_property
    def _past(self) -> list[float]:
        past = [0.0]
        for age in range(_REACH):
            past.append(past[-1] + self.weights[weekday_of(self.through - age)] * discount(age))
        return past
