"""Who is calling AWS right now."""

from __future__ import annotations

from contextvars import ContextVar

current_caller: ContextVar[str | None] = ContextVar("current_caller", default=None)
"""Name of the function being invoked, or None for the runner itself."""
