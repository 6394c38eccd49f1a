"""How much of a long order a mail shows."""

from __future__ import annotations

from dataclasses import dataclass

from shared.backorders.lookup import OrderView
from shared.backorders.model import Line
from shared.kernel.ids import ordered_unique
from shared.notifications.news import Change, News

LONGEST_LIST = 60
"""Rows of the news of an order, and again of its present state; the rest is added up in one row."""


@dataclass(frozen=True)
class Outline:
    """What of an order and its news is shown line by line."""

    sections: tuple[tuple[str, tuple[Change, ...]], ...]
    state: tuple[Line, ...]

    @property
    def skus(self) -> list[str]:
        """SKUs that the mail names, so that only these need a description."""
        changed = [change.line.sku for _, changes in self.sections for change in changes]
        return ordered_unique([*changed, *(line.sku for line in self.state)])


def outline(view: OrderView, news: News) -> Outline:
    """The news first, strongest first; of the state of a long order the lines with news before the others."""
    left, sections = LONGEST_LIST, []
    for kind in news.kinds:
        shown = () if kind == "accepted" else tuple(news.of(kind)[:left])
        left -= len(shown)
        sections.append((kind, shown))
    changed = {change.line.position for change in news.changes}
    chosen = sorted(view.lines, key=lambda line: (line.position not in changed, line.position))[:LONGEST_LIST]
    return Outline(tuple(sections), tuple(sorted(chosen, key=lambda line: line.position)))
