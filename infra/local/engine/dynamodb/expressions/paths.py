"""Sets of document paths: overlap, and what an item holds under them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from infra.local.engine.dynamodb.expressions.parser import Parser
from infra.local.engine.dynamodb.expressions.tree import Part, Path
from infra.local.engine.dynamodb.items import Item, Value

Branches = dict[Part, Any]
"""Paths as a tree: the parts that follow, each with its own branches; no branches at the end of a path."""


class ProjectionParser(Parser):
    """Reads a projection: paths with commas between them."""

    def parse(self) -> tuple[Path, ...]:
        """The whole expression."""
        paths = [self.path()]
        while self.accept(","):
            paths.append(self.path())
        self.end()
        refuse_overlaps(self, paths)
        return tuple(paths)


def refuse_overlaps(parser: Parser, paths: list[Path]) -> None:
    """Refuse two paths of which one contains the other, or that take one place for a list and a map."""
    root: Branches = {}
    ends: dict[tuple[Part, ...], Path] = {}
    for path in paths:
        branches = root
        for depth, part in enumerate(path.parts):
            ahead = path.parts[:depth]
            if ahead in ends:
                _overlap(parser, ends[ahead], path)
            if branches and isinstance(next(iter(branches)), int) != isinstance(part, int):
                other = next(other for other in ends.values() if other.parts[:depth] == ahead)
                parser.fail(
                    "Two document paths conflict with each other; must remove or rewrite one of these paths; "
                    f"path one: {other}, path two: {path}"
                )
            branches = branches.setdefault(part, {})
        if branches or path.parts in ends:
            _overlap(parser, next(o for p, o in ends.items() if p[: len(path.parts)] == path.parts), path)
        ends[path.parts] = path


def branches_of(paths: Iterable[Path]) -> Branches:
    """The paths as a tree."""
    root: Branches = {}
    for path in paths:
        branches = root
        for part in path.parts:
            branches = branches.setdefault(part, {})
    return root


def project(item: Item, branches: Branches) -> Item:
    """The part of an item that lies under the paths, in its own structure."""
    projected: Item = {}
    for name, inner in branches.items():
        value = item.get(name)  # type: ignore[arg-type]
        if value is not None:
            found = _project(value, inner) if inner else value
            if found is not None:
                projected[str(name)] = found
    return projected


def _project(value: Value, branches: Branches) -> Value | None:
    if "M" in value:
        members = project(value["M"], branches)
        return {"M": members} if members else None
    if "L" not in value:
        return None
    elements = []
    for index in sorted(part for part in branches if isinstance(part, int)):
        if index < len(value["L"]):
            element = value["L"][index]
            found = _project(element, branches[index]) if branches[index] else element
            if found is not None:
                elements.append(found)
    return {"L": elements} if elements else None


def _overlap(parser: Parser, one: Path, two: Path) -> None:
    parser.fail(
        "Two document paths overlap with each other; must remove or rewrite one of these paths; "
        f"path one: {one}, path two: {two}"
    )
