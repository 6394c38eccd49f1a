"""A global secondary index, kept up to date with every write."""

from __future__ import annotations

from infra.local.engine.dynamodb.capacity import write_units
from infra.local.engine.dynamodb.items import Item, size_of_item, sort_value
from infra.local.engine.dynamodb.rows import Row, Rows
from infra.local.engine.dynamodb.schema import IndexSchema


class Index:
    """Sparse: an item without the index's key attributes has no entry."""

    def __init__(self, schema: IndexSchema) -> None:
        self.schema = schema
        self.rows = Rows()

    def apply(self, old: Row | None, new: Row | None) -> int:
        """Follow a write of the table and return the write units it costs here: none if the entry stays
        as it is, one entry's if it comes, goes or changes, both entries' if it moves."""
        before = None if old is None else self._entry(old)
        after = None if new is None else self._entry(new)
        if before is None:
            if after is None:
                return 0
            self.rows.put(after)
            return write_units(after.size)
        if after is None:
            self.rows.remove(before)
            return write_units(before.size)
        if (before.partition, before.position) == (after.partition, after.position):
            changed = before.item != after.item
            self.rows.put(after)
            return write_units(max(before.size, after.size)) if changed else 0
        self.rows.remove(before)
        self.rows.put(after)
        return write_units(before.size) + write_units(after.size)

    def _entry(self, row: Row) -> Row | None:
        key, item = self.schema.key, row.item
        partition = item.get(key.partition)
        if partition is None:
            return None
        order = 0
        if key.sort is not None:
            sort = item.get(key.sort)
            if sort is None:
                return None
            order = sort_value(sort)
        entry, size = self._project(row)
        return Row(entry, size, next(iter(partition.values())), (order, row.partition, row.position))

    def _project(self, row: Row) -> tuple[Item, int]:
        if self.schema.projected is None:
            return row.item, row.size
        entry = {name: row.item[name] for name in self.schema.projected if name in row.item}
        return entry, size_of_item(entry)
