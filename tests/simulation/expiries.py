"""Deletes of what has expired that come late or never: until then, and that is for days, the item can be read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from infra.local.expiry import Expiry
from tests.simulation.accidents import Accidents
from tests.simulation.catalogue import EXPIRIES

SITE = "time to live"
_LATEST_HOURS = 48
_NEVER = datetime.max.replace(tzinfo=UTC)


class Tardy:
    """Stands before the expiry of one table. `asked` counts the sweeps that had something to delete."""

    def __init__(self, expiry: Expiry, accidents: Accidents) -> None:
        self._accidents = accidents
        self._next_due, self._fire_due = expiry.next_due, expiry.fire_due
        self._not_before = datetime.min.replace(tzinfo=UTC)
        self.asked = 0
        expiry.next_due = self.next_due  # type: ignore[method-assign]
        expiry.fire_due = self.fire_due  # type: ignore[method-assign]

    def next_due(self, now: datetime) -> datetime | None:
        due = self._next_due(now)
        if due is None or self._not_before == _NEVER:
            return None
        return max(due, self._not_before)

    def fire_due(self, now: datetime) -> int:
        due = self.next_due(now)
        if due is None or due > now:
            return 0
        self.asked += 1
        accident = self._accidents.draw(EXPIRIES, SITE, SITE)
        if accident is None:
            return self._fire_due(now)
        late = now + timedelta(hours=accident.chance().randint(1, _LATEST_HOURS))
        self._not_before = late if accident.kind == "expired late" else _NEVER
        return 0
