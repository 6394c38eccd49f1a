"""Items of a dump or a table in plain values, without the AWS SDK: an auditor needs nothing but the file."""

from __future__ import annotations

from typing import Any

_TAGS = {"S", "N", "BOOL", "NULL", "M", "L"}


def plain(item: dict[str, Any]) -> dict[str, Any]:
    """The item in plain values; one that is plain already is copied."""
    key = item.get("pk")
    if isinstance(key, dict) and set(key) == {"S"}:
        return {name: _value(value) for name, value in item.items()}
    return dict(item)


def _value(wire: dict[str, Any]) -> Any:
    ((tag, value),) = wire.items()
    if tag not in _TAGS:
        raise ValueError(f"cannot read a value of type {tag}")
    if tag == "N":
        return int(value)
    if tag == "M":
        return {name: _value(inner) for name, inner in value.items()}
    if tag == "L":
        return [_value(inner) for inner in value]
    return None if tag == "NULL" else value
