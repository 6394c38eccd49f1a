"""Plain Python values to and from DynamoDB's wire form. Integers only: there are no floats in this service."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from typing import Any, Generic, TypeVar, overload

Item = dict[str, Any]
Wire = dict[str, Any]
T = TypeVar("T")


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
    read: list[Any] = []
    for wire in values:  # of the lists of an order nearly all elements are texts, numbers and lists of these
        if "S" in wire:
            read.append(wire["S"])
        elif "N" in wire:
            read.append(int(wire["N"]))
        elif "L" in wire:
            read.append(_list(wire["L"]))
        else:
            read.append(from_wire(wire))
    return read


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


class Later(Sequence[T], Generic[T]):
    """A list whose elements are read when somebody looks at them.

    Logs and promises grow with a line's life, and most of those who read the line want to know its units.
    """

    __slots__ = ("_raw", "_read")

    def __init__(self, raw: Sequence[Any], read: Callable[[Any], T]) -> None:
        self._raw = raw
        self._read = read

    def __len__(self) -> int:
        return len(self._raw)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        if isinstance(index, slice):
            return [self._read(raw) for raw in self._raw[index]]
        return self._read(self._raw[index])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))


def item_from_wire(wire: Wire, later: Container[str] = ()) -> Item:
    """A whole item; lists named in `later` stay unread until they are looked at."""
    item: Item = {}
    for name, value in wire.items():  # most attributes are texts and numbers
        if "S" in value:
            item[name] = value["S"]
        elif "N" in value:
            item[name] = int(value["N"])
        elif name in later:
            item[name] = Later(value["L"], from_wire)
        else:
            item[name] = from_wire(value)
    return item
