"""A whole dashboard as one page: what CloudWatch would show of the very body in the template, over the virtual time."""

from __future__ import annotations

import json
from datetime import timedelta
from html import escape
from pathlib import Path

from infra.local.dashboards.widgets import COLUMN, GAP, UNIT, draw, red
from infra.local.durations import parse_duration
from infra.local.metric_math import Window
from infra.local.template import Resource
from infra.local.world import World

RANGES = {"3 h": "PT3H", "12 h": "PT12H", "1 day": "P1D", "1 week": "P7D", "4 weeks": "P28D"}
_STYLE = Path(__file__).with_name("style.css")


def boards(world: World) -> dict[str, Resource]:
    """The dashboards of the stack by name."""
    return {board.name: board for board in world.template.of_type("AWS::CloudWatch::Dashboard")}


def ringing(world: World, name: str) -> set[str]:
    """The alarms that are red now on the dashboard of this name, by their names without the stack's."""
    widgets = json.loads(boards(world)[name].properties["DashboardBody"])["widgets"]
    shown = [red(one["properties"], world) for one in widgets if one["type"] == "alarm"]
    return {alarm.name.removeprefix("backorders-") for alarms in shown for alarm in alarms}


def dashboard_page(world: World, name: str, asked: str | None = None) -> str:
    """The dashboard of this name, over `asked` (an ISO 8601 duration) or the time it begins with.

    Raises ValueError for a duration that is none, or longer than a year.
    """
    body = json.loads(boards(world)[name].properties["DashboardBody"])
    begins = str(body.get("start", "-PT3H")).removeprefix("-")
    span = parse_duration(asked or begins)
    if not timedelta(0) < span <= timedelta(days=366):
        raise ValueError("a dashboard shows up to a year")
    now = world.clock.now()
    window = Window(now - span, now)
    widgets = "".join(draw(widget, world, window) for widget in body["widgets"])
    chosen = asked or begins
    return _document(world, name, chosen, window, widgets)


def _document(world: World, name: str, chosen: str, window: Window, widgets: str) -> str:
    others = "".join(_link(one, f"/_local/dashboard/{one}", here=one == name) for one in boards(world))
    ranges = "".join(
        _link(label, f"/_local/dashboard/{name}?range={span}", here=span == chosen) for label, span in RANGES.items()
    )
    shown = f"{window.start:%Y-%m-%d %H:%M} to {window.end:%Y-%m-%d %H:%M} UTC"
    size = f"--column:{COLUMN - GAP}px;--unit:{UNIT - GAP}px;--gap:{GAP}px"
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(name)}</title><style>{_STYLE.read_text()}"
        f'</style><body style="{size}"><header><a href="/_local/">Local control</a><nav>{others}</nav>'
        f"<span>{shown}</span><nav>{ranges}</nav></header><h1>{escape(name)}</h1><main>{widgets}</main></html>"
    )


def _link(text: str, path: str, *, here: bool) -> str:
    current = ' aria-current="page"' if here else ""
    return f'<a href="{escape(path, quote=True)}"{current}>{escape(text)}</a>'
