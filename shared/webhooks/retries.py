"""When a delivery is tried again: soon, then ever more rarely, for a little more than three days."""

from __future__ import annotations

from shared.kernel import ids

PAUSES = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Seconds between tries, the schedule that the Standard Webhooks specification suggests."""

A_WHILE = 3_600
"""Seconds that a message goes on waiting in the queue. Longer waits stand in the log, where they cost nothing, however
many events a receiver misses in a weekend."""

_SPREAD = 5  # a fifth of the pause up or down, so that what failed together does not come back together


def pause(tries: int) -> int | None:
    """Seconds to wait after `tries` failed tries (1 is the first); None when it is given up."""
    if tries > len(PAUSES):
        return None
    whole = PAUSES[tries - 1]
    part = whole // _SPREAD
    return whole - part + int(ids.jitter(2 * part + 1))
