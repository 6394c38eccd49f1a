from __future__ import annotations

from tests.unit.purchasing.conftest import desk

__all__ = ["desk"]
