"""The values of a metric over some time, and what CloudWatch's statistics say of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d+)?|100)")
_RANK = re.compile(r"PR\((-?[\d.]*):(-?[\d.]*)\)")


@dataclass(slots=True)
class Statistic:
    """Values of one metric, each distinct one kept with how often it came: percentiles need them all."""

    unit: str = "None"
    count: int = 0
    sum: float = 0.0
    minimum: float = float("inf")
    maximum: float = float("-inf")
    last: float = 0.0
    values: dict[float, int] = field(default_factory=dict)

    def add(self, value: float, times: int = 1) -> None:
        """Take one value in, as often as it came."""
        self.count += times
        self.sum += value * times
        self.minimum = min(self.minimum, value)
        self.maximum = max(self.maximum, value)
        self.last = value
        self.values[value] = self.values.get(value, 0) + times

    def merge(self, later: Statistic) -> None:
        """Take in what came later."""
        for value, times in later.values.items():
            self.add(value, times)
        self.last = later.last
        self.unit = later.unit

    def value(self, statistic: str) -> float:
        """What CloudWatch calls Sum, Average, Minimum, Maximum, SampleCount, p99 or PR(:500).

        `pNN` is the smallest value that NN percent of all do not exceed (CloudWatch interpolates within ranges of its
        own between such values); `PR(a:b)` is the percentage of values above a and up to b. Raises ValueError for
        another statistic, and where there is no value at all.
        """
        if not self.count:
            raise ValueError("there are no values")
        simple = {
            "Sum": self.sum,
            "Average": self.sum / self.count,
            "Minimum": self.minimum,
            "Maximum": self.maximum,
            "SampleCount": float(self.count),
        }
        if statistic in simple:
            return simple[statistic]
        if (match := _PERCENTILE.fullmatch(statistic)) is not None:
            return self._percentile(float(match[1]))
        if (match := _RANK.fullmatch(statistic)) is not None:
            return self._rank(float(match[1] or "-inf"), float(match[2] or "inf"))
        raise ValueError(f"statistic {statistic} is not known here")

    def _percentile(self, percent: float) -> float:
        below = 0
        for value in sorted(self.values):
            below += self.values[value]
            if below * 100 >= percent * self.count:
                return value
        return self.maximum

    def _rank(self, above: float, up_to: float) -> float:
        inside = sum(times for value, times in self.values.items() if above < value <= up_to)
        return 100 * inside / self.count

    def as_json(self) -> dict[str, Any]:
        """The statistic by its CloudWatch names in snake case."""
        return {
            "unit": self.unit,
            "count": self.count,
            "sum": self.sum,
            "min": self.minimum,
            "max": self.maximum,
            "last": self.last,
        }
