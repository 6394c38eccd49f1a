"""`python -m infra.local.screens [folder]`: pictures of the dashboards in three situations, as small PNGs."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from PIL import Image

from infra.local.dashboards.page import boards, ringing
from infra.local.dashboards.widgets import TOP, UNIT
from infra.local.screens.browser import NoBrowserError, chromium, picture
from infra.local.screens.situations import NOW, SITUATIONS, Situation, View, played
from infra.local.server import LocalServer
from infra.local.world import World

DOCS = Path(__file__).resolve().parents[3] / "docs" / "screens"
_WIDTH = 1576
_COLORS = 48


def main(arguments: list[str]) -> int:
    """Take them all; 1 where there is no browser."""
    out = Path(arguments[0]) if arguments else DOCS
    try:
        chromium()
    except NoBrowserError as error:
        print(error, file=sys.stderr)
        return 1
    out.mkdir(parents=True, exist_ok=True)
    for name, situation in SITUATIONS.items():
        print(f"{name}: {situation.story}", flush=True)
        with World.boot() as world:
            played(situation, world)
            _check(situation, world)
            with LocalServer(world) as server:
                for view in situation.views:
                    target = out / f"{view.name}.png"
                    top, bottom = _edges(world, view)
                    _take(f"{server.url}/_local/dashboard/{view.board}?range={view.span}", target, top, bottom)
                    print(f"  {target}, {target.stat().st_size / 1000:.0f} KB", flush=True)
    return 0


def _check(situation: Situation, world: World) -> None:
    """What rings on the first screen must be what its caption says. Raises RuntimeError for anything else."""
    red = ringing(world, NOW)
    if red != situation.rings:
        wanted = ", ".join(sorted(situation.rings)) or "nothing"
        raise RuntimeError(f"{situation.story} {', '.join(sorted(red)) or 'Nothing'} rings, not {wanted}")


def _edges(world: World, view: View) -> tuple[int, int]:
    """Pixels from the top of the page where the view begins and ends; the first row brings the page's own head."""
    widgets = json.loads(boards(world)[view.board].properties["DashboardBody"])["widgets"]
    headings = [
        (widget["y"], widget["properties"]["markdown"].partition("\n")[0].removeprefix("## "))
        for widget in widgets
        if widget["type"] == "text"
    ]
    end = max(widget["y"] + widget["height"] for widget in widgets)
    ends = [y for y, _ in headings[1:]] + [end]
    rows = {title: (y, below) for (y, title), below in zip(headings, ends, strict=True)}
    first, last = rows[view.first][0], rows[view.last][1]
    return TOP + first * UNIT if first else 0, TOP + last * UNIT


def _take(url: str, target: Path, top: int, bottom: int) -> None:
    """A picture of part of the page, in few colours."""
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "page.png"
        picture(url, whole, width=_WIDTH, height=bottom)
        with Image.open(whole) as page:
            part = page.convert("RGB").crop((0, top, _WIDTH, bottom))
    few = part.quantize(_COLORS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(target, optimize=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
