"""An index that has not heard of the last changes yet: they are taken back, the query reads, they are made again."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from infra.local.engine.dynamodb.rows import Row
from infra.local.engine.dynamodb.table import Table

Change = tuple[Row | None, Row | None]
_REMEMBERED = 12


class Lag:
    """Remembers the last changes of a table."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._changes: list[Change] = []
        self._commit = table.commit
        table.commit = self._note  # type: ignore[method-assign]

    def _note(self, old: Row | None, new: Row | None, *rest: Any, **more: Any) -> None:
        self._commit(old, new, *rest, **more)
        self._changes.append((old, new))
        del self._changes[:-_REMEMBERED]

    @contextlib.contextmanager
    def behind(self, changes: int) -> Iterator[None]:
        """The table's indexes as they were so many changes ago."""
        missed = self._changes[-changes:]
        for old, new in reversed(missed):
            self._apply(new, old)
        try:
            yield
        finally:
            for old, new in missed:
                self._apply(old, new)

    def _apply(self, old: Row | None, new: Row | None) -> None:
        for index in self._table.indexes.values():
            index.apply(old, new)
