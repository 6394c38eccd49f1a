"""Lead times to draw deliveries from: real ones of the BPI Challenge 2019 where its file lies, else of our own making.

The pairing of a product with a supplier is ours in both cases.
"""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from infra.local.demo.chance import fraction

_SECONDS_PER_DAY = 86_400
_ENOUGH = 30  # receipts of a vendor; fewer say little about it
_OWN_DAYS = (
    (2, 3, 3, 4, 4, 5, 5, 6, 9),
    (3, 4, 5, 5, 6, 6, 7, 8, 12),
    (5, 6, 7, 7, 8, 8, 9, 11, 16),
    (6, 8, 9, 9, 10, 11, 12, 14, 19),
    (1, 2, 2, 2, 3, 3, 3, 4, 6),
)


@dataclass(frozen=True)
class LeadTimes:
    """Days from sending an order to its first receipt, as one supplier took them; sorted."""

    days: tuple[float, ...]

    def quantile(self, share: float) -> float:
        """The days within which `share` (0 to 1) of the deliveries came."""
        return self.days[min(len(self.days) - 1, int(share * len(self.days)))]

    def draw(self, *about: str) -> float:
        """Days for one delivery; each past one equally likely."""
        return self.quantile(fraction("lead time", *about))


def own_lead_times(count: int) -> list[LeadTimes]:
    """Lead times of `count` suppliers without any file: days to weeks, with a long tail as real ones have."""
    return [LeadTimes(tuple(map(float, _OWN_DAYS[n % len(_OWN_DAYS)]))) for n in range(count)]


def read_lead_times(path: Path, count: int) -> list[LeadTimes]:
    """Lead times of the `count` vendors with most receipts in a BPIC19 extract (csv.gz: vendor, created, first_gr).

    Raises ValueError if the file has too few vendors with enough receipts.
    """
    days: defaultdict[str, list[float]] = defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["first_gr"]:
                taken = datetime.fromisoformat(row["first_gr"]) - datetime.fromisoformat(row["created"])
                days[row["vendor"]].append(max(0.0, taken.total_seconds() / _SECONDS_PER_DAY))
    enough = sorted(((len(taken), vendor) for vendor, taken in days.items() if len(taken) >= _ENOUGH), reverse=True)
    if len(enough) < count:
        raise ValueError(f"{path}: only {len(enough)} vendors with {_ENOUGH} receipts or more, {count} are needed")
    return [LeadTimes(tuple(sorted(days[vendor]))) for _, vendor in enough[:count]]
