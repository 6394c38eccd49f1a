"""Enough of CloudWatch Logs Insights to run the saved queries over log lines: fields, filter, stats, sort, limit.

Anything else raises, so that a query that this cannot run is no query of ours.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

Line = dict[str, Any]
_COMPARISON = re.compile(r'([@\w.]+) *(=|!=|like) *"([^"]*)"')
_STATS = re.compile(r"count\(\*\) as (\w+) by (.+)")
_SORT = re.compile(r"([@\w]+) (asc|desc)")


def names(query: str) -> set[str]:
    """Every field of log lines that a query names."""
    found = set()
    for step in _steps(query):
        word, _, rest = step.partition(" ")
        if word == "fields":
            found |= set(_listed(rest))
        elif word == "filter":
            found |= {name for name, _, _ in _COMPARISON.findall(rest)}
        elif word == "stats":
            found |= set(_listed(_match(_STATS, rest)[2]))
    return {name for name in found if not name.startswith("@")}


def run(query: str, lines: list[Line]) -> list[Line]:
    """The rows of the answer; a line has `@timestamp` beside its fields."""
    rows = lines
    for step in _steps(query):
        word, _, rest = step.partition(" ")
        rows = _STEPS[word](rest, rows)
    return rows


def _steps(query: str) -> list[str]:
    return [step.strip() for step in query.split("|")]


def _listed(text: str) -> list[str]:
    return [name.strip() for name in text.split(",")]


def _match(pattern: re.Pattern[str], text: str) -> re.Match[str]:
    found = pattern.fullmatch(text)
    if found is None:
        raise ValueError(f"cannot run {text!r}")
    return found


def _fields(text: str, rows: list[Line]) -> list[Line]:
    return [{"@line": row, **{name: row.get(name) for name in _listed(text)}} for row in rows]


def _filter(text: str, rows: list[Line]) -> list[Line]:
    tests = [_match(_COMPARISON, part.strip()).groups() for part in text.split(" or ")]
    return [row for row in rows if any(_holds(row.get("@line", row), *test) for test in tests)]


def _holds(row: Line, name: str, how: str, value: str) -> bool:
    known = row.get(name)
    if how == "like":
        return known is not None and value in str(known)
    return (str(known) == value) == (how == "=")


def _stats(text: str, rows: list[Line]) -> list[Line]:
    found = _match(_STATS, text)
    by = _listed(found[2])
    counted = Counter(tuple(row.get(name) for name in by) for row in rows)
    return [dict(zip(by, values, strict=True)) | {found[1]: n} for values, n in counted.items()]


def _sort(text: str, rows: list[Line]) -> list[Line]:
    name, way = _match(_SORT, text).groups()
    return sorted(rows, key=lambda row: row[name], reverse=way == "desc")


def _limit(text: str, rows: list[Line]) -> list[Line]:
    return rows[: int(text)]


_STEPS = {"fields": _fields, "filter": _filter, "stats": _stats, "sort": _sort, "limit": _limit}
