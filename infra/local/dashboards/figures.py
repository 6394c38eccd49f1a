"""The lines of a metric widget: named metrics and expressions with their labels, periods and statistics."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from infra.local.dashboards.model import NotDrawableError
from infra.local.metric_math import FormulaError, Line, MetricMath, Window
from infra.local.metric_store import MetricStore, series_of

_PERIOD = 300
_STATISTIC = "Average"
_DYNAMIC = re.compile(r"\$\{(?:PROP\('([^']+)'\)|(LABEL))\}")


def lines_of(properties: Mapping[str, Any], store: MetricStore, window: Window) -> list[Line]:
    """What a metric widget shows, in its order. Raises NotDrawableError for what is not understood."""
    rows = [_row(row) for row in properties.get("metrics", [])]
    plain = {id(options): _named(parts, options, properties, store, window) for parts, options in rows if parts}
    names = {options["id"]: plain[id(options)] for parts, options in rows if parts and "id" in options}
    lines: list[Line] = []
    for parts, options in rows:
        if parts:
            found = [plain[id(options)]]
        else:
            period = timedelta(seconds=options.get("period", properties.get("period", _PERIOD)))
            found = _computed(options["expression"], MetricMath(store, window, period, names))
            if "id" in options and len(found) == 1:
                names[options["id"]] = found[0]
        if options.get("visible", True):
            lines += [_labelled(line, options, alone=len(found) == 1) for line in found]
    return lines


def _computed(expression: str, over: MetricMath) -> list[Line]:
    try:
        return over.evaluate(expression)
    except FormulaError as error:
        raise NotDrawableError(str(error)) from error


def _row(row: Sequence[Any]) -> tuple[list[str], dict[str, Any]]:
    parts = [part for part in row if isinstance(part, str)]
    options = next((part for part in row if isinstance(part, dict)), {})
    if any(part in (".", "...") for part in parts):
        raise NotDrawableError("abbreviated metrics are not known here")
    if not parts and "expression" not in options:
        raise NotDrawableError("a row with neither a metric nor an expression")
    return parts, dict(options)


def _named(
    parts: Sequence[str],
    options: Mapping[str, Any],
    properties: Mapping[str, Any],
    store: MetricStore,
    window: Window,
) -> Line:
    namespace, name, *rest = parts
    dimensions = dict(zip(rest[::2], rest[1::2], strict=True))
    period = timedelta(seconds=options.get("period", properties.get("period", _PERIOD)))
    statistic = options.get("stat", properties.get("stat", _STATISTIC))
    start = next(window.periods(period))
    try:
        points = store.points(series_of(namespace, name, dimensions), statistic, period, start, window.end)
    except ValueError as error:
        raise NotDrawableError(str(error)) from error
    names = {"MetricName": name, **{f"Dim.{key}": value for key, value in dimensions.items()}}
    return Line(points, " ".join([name, *rest[1::2]]), names, period)


def _labelled(line: Line, options: Mapping[str, Any], *, alone: bool) -> Line:
    given = options.get("label")
    if given is None:
        label = line.label or str(options.get("expression", ""))
    elif _DYNAMIC.search(given):
        label = _DYNAMIC.sub(lambda match: line.names.get(match[1] or "", line.label), given)
    else:
        label = given if alone else f"{given} {line.label}"
    return replace(line, label=label, color=options.get("color", ""))
