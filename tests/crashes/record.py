"""The result of an enumeration as the documents keep it: calls, how each fault was taken, pairs, totals."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from tests.crashes.explore import KINDS, MORE_KINDS, Clean, End
from tests.crashes.labels import is_read

Row = dict[str, Any]


def handler_of(function: str) -> str:
    """The folder of a function's door."""
    return function.removeprefix("backorders-").replace("-", "_")


def rows_of(calls: Iterable[Iterable[Any]]) -> list[str]:
    """The row of each call: `handler: operation and what it touches`."""
    return [f"{handler_of(name)}: {touched}" for name, _, touched in calls]


def resolved(ends: list[End]) -> Iterator[End]:
    """Every end with what became of it: one that was cut short has the end of the run that was in its state before."""
    by_state = {end.state: end for end in ends if not end.equal}
    for end in ends:
        first = by_state[end.state] if end.equal else end
        end.wrong, end.unknown = first.wrong, first.unknown
        yield end


def taken(end: End) -> str:
    """One word for how a fault was taken, and how the story ended."""
    if end.wrong:
        return "wrong"
    return f"{end.took}, mail unknown" if end.unknown else end.took


def cells(ends: Iterable[End]) -> dict[str, dict[str, Counter[str]]]:
    """Row -> kind of fault -> how often it was taken how. What makes no difference to a read has its other's cell."""
    rows: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: {kind: Counter() for kind in MORE_KINDS})
    for end in ends:
        (function, _, kind), touched = end.faults[-1], end.touched[-1]
        row = rows[f"{handler_of(function)}: {touched}"]
        row[kind][taken(end)] += 1
        same = {"dies before": "dies after", "times out before": "times out after"}.get(kind)
        if same and is_read(touched.partition(" ")[0]):
            row[same][taken(end)] += 1
    return {name: rows[name] for name in sorted(rows)}


def pairs(ends: list[End], clean: Clean, function: str) -> Row:
    """How many pairs of the four kinds there are in a story, and by how many runs they are decided."""
    firsts = [end for end in ends if len(end.faults) == 1]
    seconds = [end for end in ends if len(end.faults) == 2]
    by_state = {end.state: end.seconds for end in firsts if not end.equal}
    after = {tuple(end.faults[0]): by_state.get(end.state, end.seconds) for end in firsts}
    number = 0
    for name, n, touched in clean.calls:
        if not name.endswith(function):
            continue
        for kind in KINDS:
            run = {"dies after": "dies before", "times out after": "times out before"}.get(kind, kind)
            mine = (name, n, run if is_read(touched.partition(" ")[0]) else kind)
            number += len(KINDS) * after[mine]
    return {
        "pairs": number,
        "played": len(seconds),
        "ends": sum(not end.equal for end in seconds),
        "unknown": sum(bool(end.unknown) for end in seconds),
        "wrong": sum(bool(end.wrong) for end in seconds),
    }
