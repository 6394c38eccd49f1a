"""What an `Update` makes of an item."""

from __future__ import annotations

from typing import Any

from shared.aws.marshal import Item
from shared.aws.table import Path, Update
from tests.simulation.ports.door import refusal
from tests.simulation.ports.rows import stored


def updated(old: Item, write: Update) -> Item:
    """All operands are read from the item as it was."""
    new = stored(old)
    for path, value in write.set.items():
        _put(new, path, stored(value))
    for path, delta in write.plus.items():
        _put(new, path, _value(old, path, 0) + delta)
    for path, more in write.append.items():
        _put(new, path, [*_value(old, path, []), *stored(more)])
    for path in write.remove:
        _drop(new, path)
    return new


def _steps(path: Path) -> tuple[str, ...]:
    return (path,) if isinstance(path, str) else path


def _value(item: Item, path: Path, default: Any) -> Any:
    for step in _steps(path):
        if step not in item:
            return default
        item = item[step]
    return item


def _holder(item: Item, path: Path) -> Item:
    for step in _steps(path)[:-1]:
        if not isinstance(item.get(step), dict):
            raise refusal("ValidationException", "UpdateItem")
        item = item[step]
    return item


def _put(item: Item, path: Path, value: Any) -> None:
    _holder(item, path)[_steps(path)[-1]] = value


def _drop(item: Item, path: Path) -> None:
    _holder(item, path).pop(_steps(path)[-1], None)
