"""A look into what moto holds, without the way through its answers, which takes it longer than all else."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from typing import Any

from tests.engines.essence import shortest
from tests.engines.trace import Item

ACCOUNT = "123456789012"


def items(region: str, table: str) -> list[Item]:
    """All items of a table, with their numbers in the notation that AWS gives them. None may be `entangled`."""
    return [{name: shortest(_plain(one)) for name, one in held.items()} for held in _held(region, table)]


def entangled(region: str, table: str) -> bool:
    """Whether two places of one item are one value: what is changed in one of them then changes in the other as well."""
    return any(_meets_again(held.values()) for held in _held(region, table))


def _held(region: str, table: str) -> Iterator[dict[str, Any]]:
    from moto.dynamodb.models import dynamodb_backends

    for item in dynamodb_backends[ACCOUNT][region].tables[table].all_items():
        yield item.attrs


def _meets_again(values: Iterable[Any]) -> bool:
    """Looks at containers only: texts and numbers are replaced, never changed. Ends in documents without end, too."""
    seen: set[int] = set()
    waiting = list(values)
    while waiting:
        held = getattr(waiting.pop(), "value", None)
        if not isinstance(held, dict | list):
            continue
        if id(held) in seen:
            return True
        seen.add(id(held))
        waiting += held.values() if isinstance(held, dict) else held
    return False


def _plain(value: Any) -> Any:
    """moto's value in JSON: what is inside of a set is plain already."""
    held = value.value
    if isinstance(held, dict):
        held = {name: _plain(inner) for name, inner in held.items()}
    elif isinstance(held, list):
        held = [_plain(inner) if hasattr(inner, "value") else inner for inner in held]
    elif isinstance(held, bytes):
        held = base64.b64encode(held).decode()
    return {value.type: held}
