"""Plain Python values to and from DynamoDB's wire form. Integers only: there are no floats in this service."""

from __future__ import annotations

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


def from_wire(wire: Wire) -> Any:
    """Inverse of `to_wire`."""
    for kind, value in wire.items():
        if kind == "S" or kind == "BOOL":
            return value
        if kind == "N":
            return int(value)
        if kind == "M":
            return {k: from_wire(v) for k, v in value.items()}
        if kind == "L":
            return [from_wire(v) for v in value]
        if kind == "NULL":
            return None
    raise TypeError(f"cannot read {sorted(wire)}")


def item_to_wire(item: Item) -> Wire:
    """A whole item; attributes that are None are left out."""
    return {name: to_wire(value) for name, value in item.items() if value is not None}


def item_from_wire(wire: Wire) -> Item:
    return {name: from_wire(value) for name, value in wire.items()}
