from __future__ import annotations

from tests.unit.notifications.conftest import engine, notices, table, time

__all__ = ["engine", "notices", "table", "time"]
