"""Reading and changing what a document path names inside an item. Nothing is changed in place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra.local.engine.dynamodb.errors import InvalidActionError
from infra.local.engine.dynamodb.expressions.tree import Part
from infra.local.engine.dynamodb.items import Item, Value


def find(item: Mapping[str, Value], parts: tuple[Part, ...]) -> Value | None:
    """The value a path names, or None."""
    found = item.get(parts[0])  # type: ignore[arg-type]
    for part in parts[1:]:
        if found is None:
            return None
        found = _child(found, part)
    return found


def put(item: Item, parts: tuple[Part, ...], value: Value) -> None:
    """Set what a path names in a fresh copy of an item, copying what lies on the way; an index past the end
    of a list appends. InvalidActionError if there is nothing to hold it."""
    name = str(parts[0])
    item[name] = value if len(parts) == 1 else _with(_existing(item.get(name)), parts[1:], value)


def remove(item: Item, parts: tuple[Part, ...], old: Mapping[str, Value]) -> None:
    """Remove, in a fresh copy of an item, what a path named in the item as it was before the update: nothing, if
    nothing was there. InvalidActionError if there was nothing to hold it."""
    name = str(parts[0])
    if find(old, parts) is None:
        refuse_unheld(old, parts)
    elif len(parts) == 1:
        item.pop(name)
    else:
        item[name] = _without(_existing(item.get(name)), parts[1:])


def refuse_unheld(item: Mapping[str, Value], parts: tuple[Part, ...]) -> None:
    """InvalidActionError if there is nothing to hold what a path names."""
    if len(parts) > 1:
        _content(_existing(find(item, parts[:-1])), parts[-1])


def _child(value: Value, part: Part) -> Value | None:
    if isinstance(part, int):
        elements = value.get("L", ())
        return elements[part] if part < len(elements) else None
    members: Mapping[str, Value] = value.get("M", {})
    return members.get(part)


def _with(holder: Value, parts: tuple[Part, ...], value: Value) -> Value:
    part = parts[0]
    content = _content(holder, part)
    if len(parts) > 1:
        value = _with(_existing(_child(holder, part)), parts[1:], value)
    if isinstance(part, int) and part >= len(content):
        content.append(value)
    else:
        content[part] = value
    return {"L" if isinstance(part, int) else "M": content}


def _without(holder: Value, parts: tuple[Part, ...]) -> Value:
    part = parts[0]
    content = _content(holder, part)
    if len(parts) > 1:
        content[part] = _without(_existing(_child(holder, part)), parts[1:])
    else:
        del content[part]
    return {"L" if isinstance(part, int) else "M": content}


def _content(holder: Value, part: Part) -> Any:
    """A copy of the list or map that the part points into."""
    content = holder.get("L" if isinstance(part, int) else "M")
    if content is None:
        raise _not_there()
    return content.copy()


def _existing(value: Value | None) -> Value:
    if value is None:
        raise _not_there()
    return value


def _not_there() -> InvalidActionError:
    return InvalidActionError("The document path provided in the update expression is invalid for update")
