"""Which changes of a published JSON Schema break somebody: who reads new events by the old schema, or replayed events
by the new one. Fields may be added if they may be left out, and open lists of values may grow; that is all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shared.contracts.event_shapes import MAY_GROW

Schema = dict[str, Any]

_WORDS = frozenset({"title", "description", "examples", "$id", "$schema", "$comment"})
_TAKEN_APART = frozenset({"properties", "required", "items", "type", "anyOf", MAY_GROW})


def breaks(published: Schema, now: Schema, at: str = "") -> Iterator[str]:
    """One sentence for each, naming the field, as in `data.lines[].sku was removed`. Schemas have no references."""
    published, now = _with_types(published), _with_types(now)
    field = at or "the event"
    if lost := sorted(published["type"] - now["type"]):
        yield f"{field} can no longer be {_or(lost)}, which archived events may have"
    if new := sorted(now["type"] - published["type"]):
        yield f"{field} can now be {_or(new)}, which its readers do not expect"
    if gone := [value for value in published.get(MAY_GROW, ()) if value not in now.get(MAY_GROW, ())]:
        yield f"{field} can no longer be {_or(gone)}"
    for keyword in sorted((published.keys() | now.keys()) - _WORDS - _TAKEN_APART):
        if published.get(keyword) != now.get(keyword):
            yield f"{field} has another {keyword}: {published.get(keyword)!r} became {now.get(keyword)!r}"
    yield from _fields(published, now, at)
    if "items" in published and "items" in now:
        yield from breaks(published["items"], now["items"], f"{at}[]")


def _fields(published: Schema, now: Schema, at: str) -> Iterator[str]:
    old, new = published.get("properties", {}), now.get("properties", {})
    was_needed, is_needed = set(published.get("required", ())), set(now.get("required", ()))
    for name in old:
        path = f"{at}.{name}" if at else name
        if name not in new:
            yield f"{path} was removed"
            continue
        if name in is_needed - was_needed:
            yield f"{path} was optional and is required now, which archived events do not keep"
        if name in was_needed - is_needed:
            yield f"{path} was required and may be left out now, which its readers do not expect"
        yield from breaks(old[name], new[name], path)
    for name in sorted(new.keys() - old.keys()):
        if name in is_needed:
            yield f"{f'{at}.{name}' if at else name} is new and required, which archived events do not keep"


def _with_types(schema: Schema) -> Schema:
    """The schema with the set of types it allows; branches that only differ in type are folded into one."""
    folded: Schema = {key: value for key, value in schema.items() if key not in {"type", "anyOf"}}
    types = schema.get("type", ())
    found = {types} if isinstance(types, str) else set(types)
    for branch in schema.get("anyOf", ()):
        inner = _with_types(branch)
        found |= inner.pop("type")
        folded |= inner
    return folded | {"type": frozenset(found)}


def _or(values: list[str]) -> str:
    return " or ".join(values)
