"""One widget of a dashboard as HTML."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape, unescape
from typing import Any

from markdown_it import MarkdownIt

from infra.local.alarms import Alarm, State, read_alarms, states
from infra.local.dashboards import svg
from infra.local.dashboards.axis import number
from infra.local.dashboards.figures import lines_of
from infra.local.dashboards.model import NotDrawableError
from infra.local.durations import parse_duration
from infra.local.metric_math import Line, Window
from infra.local.service_metrics import NOT_TOLD
from infra.local.world import World

COLUMN, UNIT, GAP = 64, 50, 8
TOP = 84  # pixels above the grid
_LEGEND, _TITLE = 22, 34
_MANY = 5  # lines from which on those that are 0 all the time are only counted
_PER_LEGEND_ROW = 52  # characters of labels that fit into a row of a quarter's width
_BUTTON = re.compile(
    r'<a class="btn">(?P<text>.*?)</a>\s*<cwdb-action [^>]*?confirmation="(?P<question>[^"]*)"[^>]*?'
    r'endpoint="(?P<endpoint>[^"]*)"[^>]*>(?P<event>.*?)</cwdb-action>',
    re.DOTALL,
)


@dataclass(frozen=True)
class Place:
    """Where a widget stands: on a grid of 24 columns and rows of 50 px."""

    x: int
    y: int
    width: int
    height: int

    @property
    def pixels(self) -> tuple[int, int]:
        return self.width * COLUMN - GAP, self.height * UNIT - GAP


def draw(widget: Mapping[str, Any], world: World, window: Window) -> str:
    """The widget in its frame. What cannot be drawn says so in its place, and the others are drawn all the same."""
    place = Place(widget["x"], widget["y"], widget["width"], widget["height"])
    properties = widget["properties"]
    title = escape(properties.get("title", ""))
    kind = widget["type"]
    try:
        body = _KINDS[kind](properties, world, window, place)
        failed = ""
    except (NotDrawableError, KeyError) as error:
        body, failed = f"<p>Cannot be drawn: {escape(str(error))}</p>", " failed"
    style = f"grid-area:{place.y + 1}/{place.x + 1}/span {place.height}/span {place.width}"
    head = f"<h3>{title}</h3>" if title else ""
    return f'<section class="widget {escape(kind)}{failed}" style="{style}">{head}{body}</section>'


def _text(properties: Mapping[str, Any], _: World, __: Window, ___: Place) -> str:
    return str(MarkdownIt("js-default", {"html": False}).render(properties["markdown"]))


def _nothing(properties: Mapping[str, Any]) -> str:
    asked = {row[1] for row in properties.get("metrics", ()) if isinstance(row[0], str)}
    return "only AWS knows this: the local run cannot tell it" if asked & NOT_TOLD else "no data in this time"


def _metric(properties: Mapping[str, Any], world: World, window: Window, place: Place) -> str:
    if "start" in properties:
        window = Window(window.end - parse_duration(str(properties["start"]).removeprefix("-")), window.end)
    lines = lines_of(properties, world.output.metrics, window)
    view = properties.get("view", "timeSeries")
    if view == "singleValue":
        return _numbers(lines)
    told = [line for line in lines if line.points]
    if not told:
        return f'<p class="nothing">{_nothing(properties)}</p>'
    moving = [line for line in told if any(line.points.values())]
    shown = moving if len(told) > _MANY else told
    legend, rows = _legend(shown, len(told) - len(shown), place)
    width, height = place.pixels
    left = height - _TITLE - rows * _LEGEND
    if view == "bar":
        return svg.bars(shown, width=width - 12, height=left) + legend
    if view != "timeSeries":
        raise NotDrawableError(f"view {view} is not known here")
    return svg.graph(shown, window, properties, width=width - 12, height=left) + legend


def _legend(lines: Sequence[Line], zero: int, place: Place) -> tuple[str, int]:
    items = [
        f'<li><i style="background:{svg.color(line, n)}"></i>{escape(line.label)}'
        f" <b>{number(line.last or 0.0)}</b></li>"
        for n, line in enumerate(lines)
    ]
    if zero:
        items.append(f"<li>{zero} others are 0</li>" if lines else f"<li>all {zero} are 0</li>")
    letters = sum(len(line.label) + 12 for line in lines) + (16 if zero else 0)
    rows = -(-letters // max(1, _PER_LEGEND_ROW * place.width // 6))
    return f'<ul class="legend">{"".join(items)}</ul>', min(rows, 4)


def _numbers(lines: Sequence[Line]) -> str:
    shown = "".join(
        f"<div><dd>{number(line.last) if line.last is not None else '–'}</dd><dt>{escape(line.label)}</dt></div>"
        for line in lines
    )
    return f'<dl class="numbers">{shown}</dl>'


def red(properties: Mapping[str, Any], world: World) -> list[Alarm]:
    """The alarms of an alarm widget that ring now."""
    return [one for one, state in _states(properties, world, world.clock.now()) if state == "ALARM"]


def _states(properties: Mapping[str, Any], world: World, at: datetime) -> list[tuple[Alarm, State]]:
    """The alarms of a widget and their states, those that ring first."""
    alarms = read_alarms(world.template)
    now = states(alarms, world.output.metrics, at)
    named = {arn.rpartition(":")[2] for arn in properties["alarms"]}
    found = [(one, now[one.name]) for one in alarms if one.name in named]
    return sorted(found, key=lambda pair: ("ALARM", "INSUFFICIENT_DATA", "OK").index(pair[1]))


def _alarms(properties: Mapping[str, Any], world: World, window: Window, _: Place) -> str:
    order = _states(properties, world, window.end)
    ringing = [one for one, state in order if state == "ALARM"]
    shown = "".join(
        f'<li class="{state}" title="{escape(one.description, quote=True)}">'
        f"<b>{state.replace('_', ' ').lower()}</b> {escape(one.name)}</li>"
        for one, state in order
    )
    told = "".join(f"<p><b>{escape(one.name)}</b>: {escape(one.description)}</p>" for one in ringing[:3])
    return f'<p>{len(ringing)} of {len(order)} in alarm</p>{told}<ul class="alarms">{shown}</ul>'


def _custom(properties: Mapping[str, Any], world: World, window: Window, place: Place) -> str:
    width, height = place.pixels
    context = {
        "title": properties.get("title"),
        "params": properties.get("params", {}),
        "theme": "light",
        "locale": "en",
        "timezone": {"label": "UTC", "offsetISO": "+00:00", "offsetInMinutes": 0},
        "timeRange": {
            "mode": "relative",
            "start": round(window.start.timestamp() * 1000),
            "end": round(window.end.timestamp() * 1000),
        },
        "width": width,
        "height": height,
    }
    event = {**properties.get("params", {}), "widgetContext": context}
    outcome = world.lambdas.invoke(world.lambdas.find(properties["endpoint"]), event)
    if outcome.error is not None:
        raise NotDrawableError(f"{properties['endpoint']} failed: {outcome.error}")
    return f'<div class="custom-html">{_BUTTON.sub(_button, str(outcome.value))}</div>'


def _button(match: re.Match[str]) -> str:
    """CloudWatch's action as a form behind its question."""
    event = escape(json.dumps(json.loads(unescape(match["event"]))), quote=True)
    return (
        f'<details><summary class="btn">{match["text"]}</summary><form method="post" action="/_local/widget-action">'
        f'<p>{match["question"]}</p><input type="hidden" name="endpoint" value="{match["endpoint"]}">'
        f'<input type="hidden" name="event" value="{event}"><button>Yes, do it</button></form></details>'
    )


_KINDS: dict[str, Callable[[Mapping[str, Any], World, Window, Place], str]] = {
    "text": _text,
    "metric": _metric,
    "alarm": _alarms,
    "custom": _custom,
}
