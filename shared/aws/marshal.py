"""Plain Python values to and from DynamoDB's wire form. Integers only: there are no floats in this service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Item = dict[str, Any]
Wire = dict[str, Any]


def to_wire(value: Any) -> Wire:
    """One value. Raises TypeError for what must not be stored (floats, sets, dates)."""
    if isinstance(value, str):
        return {"S": value}
    if value is True or value is False:
        return {"BOOL": value}
    if isinstance(value, int):
        return {"N": str(value)}
    if value is None:
        return {"NULL": True}
    if isinstance(value, list | tuple):
        return {"L": [to_wire(v) for v in value]}
    if isinstance(value, dict):
        return {"M": {k: to_wire(v) for k, v in value.items()}}
    raise TypeError(f"a {type(value).__name__} cannot be stored")


def _same(value: Any) -> Any:
    return value


def _list(values: list[Wire]) -> list[Any]:
    return [_READ[kind](value) for wire in values for kind, value in wire.items()]


def _map(values: dict[str, Wire]) -> dict[str, Any]:
    return {name: _READ[kind](value) for name, wire in values.items() for kind, value in wire.items()}


# A queue page has thousands of values: one table look-up each, no chain of comparisons.
_READ: dict[str, Callable[[Any], Any]] = {
    "S": _same,
    "N": int,
    "BOOL": _same,
    "L": _list,
    "M": _map,
    "NULL": lambda _: None,
}


def from_wire(wire: Wire) -> Any:
    """Inverse of `to_wire`. Raises KeyError for a kind that is never stored here (sets, binary)."""
    ((kind, value),) = wire.items()
    return _READ[kind](value)


def item_to_wire(item: Item) -> Wire:
    """A whole item; attributes that are None are left out."""
    return {name: to_wire(value) for name, value in item.items() if value is not None}


def item_from_wire(wire: Wire) -> Item:
    return _map(wire)
