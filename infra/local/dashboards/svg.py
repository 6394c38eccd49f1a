"""Graphs as SVG: lines, stacked areas, bars. Colours come with a legend in words; nothing hangs on them alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from infra.local.dashboards.axis import instants, number, ticks
from infra.local.metric_math import Line, Window

COLORS = ("#1f77b4", "#d95f02", "#2ca02c", "#7b4fb5", "#c2185b", "#8c564b", "#00838f", "#7f7f7f", "#a88a00", "#444d56")
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 14, 10, 24
_PER_INSTANT = 50  # pixels that the name of an instant needs


@dataclass(frozen=True)
class Scale:
    """From values and instants to places in a picture of `width` by `height` pixels."""

    window: Window
    low: float
    high: float
    width: int
    height: int

    def x(self, at: datetime) -> float:
        share = (at - self.window.start) / (self.window.end - self.window.start)
        return round(_LEFT + min(1.0, max(0.0, share)) * (self.width - _LEFT - _RIGHT), 1)

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(self.height - _BOTTOM - share * (self.height - _TOP - _BOTTOM), 1)


def color(line: Line, n: int) -> str:
    """The colour of the n-th line."""
    return line.color or COLORS[n % len(COLORS)]


def graph(lines: Sequence[Line], window: Window, properties: Mapping[str, Any], *, width: int, height: int) -> str:
    """The picture of a time series widget; lines without a point are left out of it."""
    stacked = bool(properties.get("stacked"))
    drawn = _piled(lines) if stacked else [(line, dict.fromkeys(line.points, 0.0)) for line in lines]
    marks = properties.get("annotations", {}).get("horizontal", [])
    axis = properties.get("yAxis", {}).get("left", {})
    values = [value for line, _ in drawn for value in line.points.values()]
    steps = ticks(min([0.0, *values]), max([0.0, *values, *(mark["value"] for mark in marks)]))
    scale = Scale(window, steps[0], steps[-1], width, height)
    body = _grid(scale, steps, axis.get("label", ""))
    shapes = [
        _area(scale, line, base, color(line, n)) if stacked else _path(scale, line, color(line, n))
        for n, (line, base) in enumerate(drawn)
    ]
    body += "".join(reversed(shapes)) + "".join(_mark(scale, mark) for mark in marks)
    return _picture(body, width, height)


def bars(lines: Sequence[Line], *, width: int, height: int) -> str:
    """A bar per line, of its latest value."""
    told = [(line, line.last) for line in lines if line.last is not None]
    steps = ticks(0.0, max([0.0, *(value for _, value in told if value is not None)]))
    band = (height - _TOP - _BOTTOM) / max(1, len(told))
    body = ""
    for n, (line, value) in enumerate(told):
        y, length = _TOP + n * band, (width - _LEFT - _RIGHT) * (value or 0) / steps[-1]
        body += f'<rect x="{_LEFT}" y="{y:.1f}" width="{max(0, length):.1f}" height="{band * 0.7:.1f}" '
        body += f'fill="{color(line, n)}"/><text x="{_LEFT + 4}" y="{y + band * 0.5:.1f}">{escape(line.label)} '
        body += f"{number(value or 0)}</text>"
    return _picture(body, width, height)


def _piled(lines: Sequence[Line]) -> list[tuple[Line, dict[datetime, float]]]:
    """Each line on top of those before it, with what it stands on; a missing point counts as nothing."""
    every = sorted({at for line in lines for at in line.points})
    base = dict.fromkeys(every, 0.0)
    piled = []
    for line in lines:
        top = {at: base[at] + line.points.get(at, 0.0) for at in every}
        piled.append((Line(top, line.label, line.names, line.period, line.color), base))
        base = top
    return piled


def _grid(scale: Scale, steps: Sequence[float], label: str) -> str:
    left, right = _LEFT, scale.width - _RIGHT
    out = "".join(
        f'<line x1="{left}" x2="{right}" y1="{scale.y(step)}" y2="{scale.y(step)}" class="grid"/>'
        f'<text x="{left - 6}" y="{scale.y(step) + 4}" text-anchor="end">{number(step)}</text>'
        for step in steps
    )
    foot = scale.height - _BOTTOM
    for at, name in instants(scale.window.start, scale.window.end, (right - left) // _PER_INSTANT):
        x = scale.x(at)
        out += f'<line x1="{x}" x2="{x}" y1="{foot}" y2="{foot + 4}" class="axis"/>'
        out += f'<text x="{x}" y="{foot + 17}" text-anchor="middle">{name}</text>'
    if label:
        middle = (scale.height - _BOTTOM + _TOP) / 2
        out += f'<text transform="translate(13 {middle:.0f}) rotate(-90)" text-anchor="middle">{escape(label)}</text>'
    return out + f'<line x1="{left}" x2="{right}" y1="{foot}" y2="{foot}" class="axis"/>'


def _runs(line: Line) -> list[list[datetime]]:
    """Points that follow each other; where some are missing the line is interrupted."""
    runs: list[list[datetime]] = []
    for at in sorted(line.points):
        if runs and at - runs[-1][-1] <= 2 * line.period:
            runs[-1].append(at)
        else:
            runs.append([at])
    return runs


def _path(scale: Scale, line: Line, stroke: str) -> str:
    out = ""
    for run in _runs(line):
        places = [(scale.x(at + line.period / 2), scale.y(line.points[at])) for at in run]
        if len(places) == 1:
            out += f'<circle cx="{places[0][0]}" cy="{places[0][1]}" r="3" fill="{stroke}"/>'
        else:
            points = " ".join(f"{x},{y}" for x, y in places)
            out += f'<polyline points="{points}" fill="none" stroke="{stroke}" stroke-width="2"/>'
    return out


def _area(scale: Scale, line: Line, base: Mapping[datetime, float], fill: str) -> str:
    out = ""
    for run in _runs(line):
        ends = [*run, run[-1] + line.period]  # a period is as wide as it lasts, the last one too
        values = {**line.points, ends[-1]: line.points[run[-1]]}
        floors = {**base, ends[-1]: base.get(run[-1], 0.0)}
        over = [f"{scale.x(at)},{scale.y(values[at])}" for at in ends]
        under = [f"{scale.x(at)},{scale.y(floors.get(at, 0.0))}" for at in reversed(ends)]
        out += f'<polygon points="{" ".join(over + under)}" fill="{fill}" fill-opacity="0.75"/>'
    return out


def _mark(scale: Scale, mark: Mapping[str, Any]) -> str:
    y, stroke = scale.y(mark["value"]), escape(mark.get("color", "#d62728"), quote=True)
    right, label = scale.width - _RIGHT, escape(mark.get("label", ""))
    return (
        f'<line x1="{_LEFT}" x2="{right}" y1="{y}" y2="{y}" stroke="{stroke}" stroke-dasharray="5 4"/>'
        f'<text x="{right}" y="{y - 4}" text-anchor="end" class="mark">{label}</text>'
    )


def _picture(body: str, width: int, height: int) -> str:
    return f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">{body}</svg>'
