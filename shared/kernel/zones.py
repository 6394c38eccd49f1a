"""Which clocks a country has: those of its zones in the tz database (`zone.tab`, which the tzdata package brings)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo


def zone_of(country: str | None, now: datetime) -> ZoneInfo | None:
    """The clock of a country (two letters), if all of it has the same time now."""
    zones = [ZoneInfo(name) for name in _names().get(country or "", ())]
    return zones[0] if len({now.astimezone(zone).utcoffset() for zone in zones}) == 1 else None


def behind(country: str | None, at: datetime) -> timedelta:
    """How much later than in UTC a day ends in a country, where it ends last; nothing east of Greenwich."""
    zones = [ZoneInfo(name) for name in _names().get((country or "").upper(), ())]
    offsets = [at.astimezone(zone).utcoffset() or timedelta() for zone in (*zones, UTC)]
    return -min(offsets)


@cache
def _names() -> dict[str, list[str]]:
    """Every country's zones by name."""
    text = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    for row in text.splitlines():
        if not row.startswith("#"):
            country, _, zone = row.split("\t")[:3]
            found.setdefault(country, []).append(zone)
    return found
