"""The days on a SKU's counters become part of its history, each once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from shared.forecasting.history import History, observed
from shared.forecasting.rhythm import Rhythm, one_day


def caught_up(history: History | None, asked: Mapping[int, int], through: int) -> History:
    """The history with every finished day (up to `through`) that it does not have yet.

    `asked` are the units of each day with demand. A SKU that is new to the watch begins with its first such day; one
    that nobody has asked for yet begins now, without any.
    """
    finished = sorted((day, units) for day, units in asked.items() if day <= through and units > 0)
    if history is None:
        begins = finished[0][0] if finished else through
        history = History(since=begins, through=begins)
    for day, units in finished:
        if day > history.through or (history.silent and day == history.since):
            history = observed(history, day, units)
    return history


def shop_days(asked: Iterable[Mapping[int, int]], after: int, through: int) -> Rhythm:
    """What the days after `after` up to `through` tell about the shop's week: on how many SKUs there was demand."""
    active = dict.fromkeys(range(after + 1, through + 1), 0)
    for days in asked:
        for day, units in days.items():
            if units > 0 and day in active:
                active[day] += 1
    rhythm = Rhythm()
    for day, skus in active.items():
        rhythm += one_day(day, skus)
    return rhythm
