"""Prices of AWS, as they stood on a day: `prices.json`, with the source of each.

List prices without free tiers, volume discounts or taxes. What is not in the table costs nothing here and is named in
docs/cost.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

REGION = "us-east-1"
"""Whose prices count where the table has none of the region."""

_FILE = Path(__file__).with_name("prices.json")

Consumption = Mapping[str, float]
"""How much of each resource of the table: units, requests, GB-seconds, bytes."""


@dataclass(frozen=True)
class Prices:
    """Dollars for one of each resource in a region."""

    region: str
    each: Mapping[str, float]

    def dollars(self, consumed: Consumption) -> float:
        """What it costs. KeyError for a resource without a price."""
        return sum(self.each[resource] * amount for resource, amount in consumed.items())


@cache
def price_table() -> Mapping[str, Any]:
    """The table as it is written: `as_of`, `sources`, `consumed` (dollars per so many), `standing` (a month)."""
    table: Mapping[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    return table


@cache
def prices(region: str) -> Prices:
    """Those of a region, or else of `REGION`: off by a tenth or two."""
    consumed = price_table()["consumed"]
    known = region if all(region in row for row in consumed.values()) else REGION
    return Prices(known, {name: row[known][0] / row["per"] for name, row in consumed.items()})
