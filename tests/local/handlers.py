"""The handler of every function in the small stack: notes its call, then does what the test wants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

calls: list[tuple[str, Any]] = []
scripts: dict[str, Callable[[Any, Any], Any]] = {}


def handler(event: Any, context: Any) -> Any:
    calls.append((context.function_name, event))
    script = scripts.get(context.function_name)
    return script(event, context) if script else None


def events_of(function: str) -> list[Any]:
    """The events one function was given."""
    return [event for name, event in calls if name == function]


def bodies_of(function: str) -> list[list[str]]:
    """The message bodies one function was given, batch by batch."""
    return [[record["body"] for record in event["Records"]] for event in events_of(function)]


def reset() -> None:
    calls.clear()
    scripts.clear()
