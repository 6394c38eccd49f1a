"""SEARCH: which series a search expression finds.

`{Namespace,dimension,...}` asks for series with exactly these dimensions; behind it stand conditions on `MetricName`
or a dimension, joined by blanks or AND, OR and parentheses. Only exact matches in double quotes are known here.
"""

from __future__ import annotations

import re

from infra.local.metric_math.lines import FormulaError
from infra.local.metric_store import MetricStore, Series

_SCHEMA = re.compile(r"\s*\{([^}]*)\}\s*(.*)", re.DOTALL)
_TOKEN = re.compile(r'\s*(?:(\()|(\))|(AND|OR)\b|([\w/.-]+)="([^"]*)")')


def search(expression: str, store: MetricStore) -> list[Series]:
    """The series that the expression finds, sorted. Raises FormulaError for one that is not understood."""
    match = _SCHEMA.fullmatch(expression)
    if match is None:
        raise FormulaError(f"SEARCH without a schema in braces: {expression}")
    namespace, *dimensions = (part.strip().strip('"') for part in match[1].split(","))
    found = [
        series
        for series in store.all_series()
        if series[0] == namespace and {name for name, _ in series[2]} == set(dimensions)
    ]
    tokens = _tokens(match[2])
    return [series for series in found if _Filter(tokens, series).holds()]


def _tokens(text: str) -> list[tuple[str, ...]]:
    tokens: list[tuple[str, ...]] = []
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            raise FormulaError(f"SEARCH condition is not understood at {text[at:]!r}")
        opening, closing, word, name, value = match.groups()
        tokens.append((opening or closing or word,) if opening or closing or word else ("is", name, value))
        at = match.end()
    return tokens


class _Filter:
    """One reading of the conditions against one series; AND binds closer than OR."""

    def __init__(self, tokens: list[tuple[str, ...]], series: Series) -> None:
        self._tokens = tokens
        self._at = 0
        self._values = {"MetricName": series[1], **dict(series[2])}

    def holds(self) -> bool:
        result = not self._tokens or self._either()
        if self._at != len(self._tokens):
            raise FormulaError("SEARCH conditions do not end where they should")
        return result

    def _either(self) -> bool:
        result = self._all()
        while self._next() == ("OR",):
            self._at += 1
            result = self._all() or result
        return result

    def _all(self) -> bool:
        result = self._one()
        while self._next() not in ((), ("OR",), (")",)):
            if self._next() == ("AND",):
                self._at += 1
            result = self._one() and result
        return result

    def _one(self) -> bool:
        token = self._next()
        self._at += 1
        if token == ("(",):
            result = self._either()
            if self._next() != (")",):
                raise FormulaError("SEARCH has a parenthesis that is not closed")
            self._at += 1
            return result
        if token[:1] != ("is",):
            raise FormulaError(f"SEARCH condition expected, not {token}")
        return self._values.get(token[1]) == token[2]

    def _next(self) -> tuple[str, ...]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ()
