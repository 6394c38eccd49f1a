"""A shop of an earlier release, brought back to life under the code of today."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from infra.local.engine.dynamodb.items import admit_item
from infra.local.engine.dynamodb.rows import Row
from infra.local.engine.dynamodb.table import Table
from infra.local.world import World

FOLDER = Path(__file__).parent
_SEED = 1_000_001  # of ids: none that the earlier release gave may come again
Key = tuple[str, str]
Frozen = dict[str, Any]


def releases() -> list[str]:
    """The releases that are frozen, oldest first."""
    return sorted((path.name for path in FOLDER.iterdir() if path.name.isdigit()), key=int)


def shops(release: str) -> Iterator[tuple[str, Frozen]]:
    """The shops of a release by name."""
    for path in sorted((FOLDER / release).glob("*.json")):
        yield path.stem, json.loads(path.read_text(encoding="utf-8"))


def usual(shop: Frozen) -> bool:
    """Whether the merchant of the shop has left the settings alone."""
    return all(item["pk"]["S"] != "SETTINGS" for item in shop["items"])


def revive(shop: Frozen) -> World:
    """A world at the time at which the shop was taken down, with its items and the changes that nobody had read."""
    world = World.boot(start=datetime.fromisoformat(shop["at"]), seed=_SEED)
    fill(table_of(world), shop)
    return world


def table_of(world: World) -> Table:
    """The one table."""
    (name,) = (table.name for table in world.template.of_type("AWS::DynamoDB::Table"))
    return world.engine.dynamodb.table(name)


def fill(table: Table, shop: Frozen) -> None:
    """Put the items of a shop into an empty table, as if the unread changes were made just now."""
    rows: dict[Key, Row | None] = {key: _row(table, item) for key, item in before(shop).items()}
    for row in rows.values():
        _put(table, row)
    for change in shop["unread"]:
        key = key_of(change["old"] or change["new"])
        new = None if change["new"] is None else _row(table, change["new"])
        _change(table, rows.get(key), new)
        rows[key] = new


def before(shop: Frozen) -> dict[Key, Frozen]:
    """The items as they were before the unread changes."""
    items = {key_of(item): item for item in shop["items"]}
    for change in reversed(shop["unread"]):
        key = key_of(change["old"] or change["new"])
        if change["old"] is None:
            items.pop(key, None)
        else:
            items[key] = change["old"]
    return items


def key_of(item: Frozen) -> Key:
    """Partition and sort key."""
    return item["pk"]["S"], item["sk"]["S"]


def _put(table: Table, row: Row) -> None:
    """Without a change in the stream: it was read long ago."""
    table._replace(None, row)
    for index in table.indexes.values():
        index.apply(None, row)


def _change(table: Table, old: Row | None, new: Row | None) -> None:
    table._replace(old, new)
    for index in table.indexes.values():
        index.apply(old, new)
    table._record(old, new, expired=False)


def _row(table: Table, item: Any) -> Row:
    admitted, size = admit_item(item)
    return Row(admitted, size, *table.place_of_item(admitted))
