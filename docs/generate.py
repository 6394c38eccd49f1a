"""Rewrites the parts of README.md and docs/ that follow from the code: `python -m docs.generate`.

A part stands between `<!-- generated: name -->` and `<!-- end -->`; one whose marker is missing is added at the end.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

from docs import costs, crashes, event_schemas
from docs.access_patterns import access_patterns
from docs.flow import functions, routes
from docs.runbook_index import index
from docs.upgrade import upgrade
from shared.contracts.events import TYPES
from shared.runtime.metric_names import METRICS

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
UNITS = ROOT / "docs" / "units.json"
REFERENCE = "## Reference"
DOCS = README.parent / "docs"

_TITLES = {
    "flow": "Functions",
    "upgrade": "A new release",
    "events": "Events",
    "routes": "Routes",
    "access-patterns": "Access patterns",
    "metrics": "Metrics",
    "units": "Units",
}


def metrics() -> str:
    """Every business metric and what one of it means."""
    rows = [f"| `{name}` | {one.unit} | {one.by} | {one.meaning} |" for name, one in METRICS.items()]
    return "\n".join(["| metric | unit | by | what it says |", "|---|---|---|---|", *rows])


def units() -> str:
    """DynamoDB units and AWS calls of what is done most, exactly as counted by the tests."""
    counted = json.loads(UNITS.read_text(encoding="utf-8"))
    rows = [
        f"| {name} | {_number(c['write_units'])} | {_number(c['read_units'])} | {c['calls']} |"
        for name, c in counted["cases"].items()
    ]
    life = counted["life"]
    rows += [
        f"| {name}, per line | {_number(c['write_units'] / c['lines'])} | {_number(c['read_units'] / c['lines'])} "
        f"| {_number(c['calls'] / c['lines'])} |"
        for name, c in life.items()
    ]
    table = ["| what is done | write units | read units | AWS calls |", "|---|--:|--:|--:|", *rows]
    return "\n".join([*table, "", costs.summary("a merchant's day")])


def _number(value: float) -> str:
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def events() -> str:
    """The types of the events on the bus, in the order of the process."""
    return ", ".join(f"[`{name}`](docs/events/{event_schemas.file_name(name)})" for name in TYPES) + "."


PARTS: dict[str, Callable[[], str]] = {
    "flow": functions,
    "upgrade": upgrade,
    "events": events,
    "routes": routes,
    "access-patterns": access_patterns,
    "metrics": metrics,
    "units": units,
}


ELSEWHERE: dict[Path, dict[str, Callable[[], str]]] = {
    DOCS / "crashes.md": {
        "crash-totals": crashes.totals,
        "crash-stories": crashes.stories,
        "crashes": crashes.crashes,
        "crash-pairs": crashes.pairs,
    },
    DOCS / "cost.md": {
        "cost-life": lambda: costs.life("a merchant's day"),
        "cost-lonely": lambda: costs.life("a lonely order of 3 lines"),
        "cost-prices": costs.price_list,
        "cost-standing": costs.standing,
    },
    DOCS / "correctness.md": {"crash-totals": crashes.totals},
    DOCS / "runbooks" / "README.md": {"runbooks": index},
}


def _marked(name: str) -> re.Pattern[str]:
    return re.compile(rf"(<!-- generated: {re.escape(name)} -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def part_of(text: str, name: str) -> str | None:
    """What stands between the markers of a part; None without them."""
    found = _marked(name).search(text)
    return None if found is None else found[2].removesuffix("\n")


def missing(text: str) -> list[str]:
    """Parts without a marker in a text."""
    return [name for name in PARTS if not _marked(name).search(text)]


def refresh(text: str) -> str:
    """The text with every part as it is now; parts without a marker come to the end."""
    for name in missing(text):
        if REFERENCE not in text.splitlines():
            text = text.rstrip("\n") + f"\n\n{REFERENCE}\n"
        part = f"### {_TITLES[name]}\n\n<!-- generated: {name} -->\n<!-- end -->\n"
        text = text.rstrip("\n") + f"\n\n{part}"
    return _with(text, PARTS)


def _with(text: str, parts: dict[str, Callable[[], str]]) -> str:
    for name, make in parts.items():
        body = make()
        text = _marked(name).sub(lambda match, body=body: f"{match[1]}{body}\n{match[3]}", text)  # type: ignore[misc]
    return text


def main() -> None:
    """Rewrite README.md and the parts of docs/ that are not current."""
    if not README.exists():
        sys.exit("there is no README.md to write into")
    _rewrite(README, refresh)
    for path, parts in ELSEWHERE.items():
        _rewrite(path, lambda text, parts=parts: _with(text, parts))  # type: ignore[misc]


def _rewrite(path: Path, change: Callable[[str], str]) -> None:
    before = path.read_text(encoding="utf-8")
    after = change(before)
    if after != before:
        path.write_text(after, encoding="utf-8")


if __name__ == "__main__":
    main()
