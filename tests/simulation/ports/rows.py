"""Items of a table and its sparse index in memory. Each is kept as bytes, so that nobody changes what is stored."""

from __future__ import annotations

import marshal
from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from shared.aws.marshal import Item, from_wire, to_wire

Key = tuple[str, str]
Place = tuple[str, str, str, str]  # of the index: partition, sort, and the key of the item

_SCALARS = frozenset({str, int, bool, type(None)})
_REMEMBERED = 12  # as many changes as an index may be behind


def stored(value: Any) -> Any:
    """The value as it is after a way into the table and back: plain, and shared with nobody. TypeError for floats."""
    kind = type(value)
    if kind in _SCALARS:
        return value
    if kind is dict:
        return {name: inner if type(inner) in _SCALARS else stored(inner) for name, inner in value.items()}
    if kind is list or kind is tuple:
        return [inner if type(inner) in _SCALARS else stored(inner) for inner in value]
    return from_wire(to_wire(value))


class Rows:
    """`on_change` hears of every change with the item before and after, in bytes."""

    def __init__(self, on_change: Callable[[bytes | None, bytes | None], object]) -> None:
        self._items: dict[Key, bytes] = {}
        self._partitions: dict[str, list[str]] = {}
        self._index: dict[str, list[tuple[str, str, str]]] = {}
        self._moves: deque[tuple[Place | None, Place | None]] = deque(maxlen=_REMEMBERED)
        self._on_change = on_change

    def get(self, key: Key) -> Item | None:
        """The item, the reader's own."""
        raw = self._items.get(key)
        return None if raw is None else marshal.loads(raw)  # noqa: S302 - our own bytes

    def all(self) -> Iterator[Item]:
        """Every item."""
        return (marshal.loads(raw) for raw in list(self._items.values()))  # noqa: S302 - our own bytes

    def commit(self, key: Key, new: Item | None) -> None:
        """Write or delete. What changes nothing is no change: the stream does not hear of it."""
        before = self._items.get(key)
        old = None if before is None else marshal.loads(before)  # noqa: S302 - our own bytes
        if old == new:
            return
        after = None if new is None else marshal.dumps(new)
        self._place(key, before, after)
        self._reindex(_place_of(old), _place_of(new))
        self._on_change(before, after)

    def sorts(self, pk: str) -> list[str]:
        """The sort keys of a partition, in order."""
        return self._partitions.get(pk, [])

    def index(self, gsi1pk: str, behind: int) -> list[tuple[str, str, str]]:
        """(sort, pk, sk) of an index partition in order, as it was so many changes ago."""
        entries = list(self._index.get(gsi1pk, ()))
        for old, new in list(reversed(self._moves))[:behind]:
            if new is not None and new[0] == gsi1pk:
                entries.remove(new[1:])
            if old is not None and old[0] == gsi1pk:
                insort(entries, old[1:])
        return entries

    def _place(self, key: Key, before: bytes | None, after: bytes | None) -> None:
        pk, sk = key
        if after is None:
            del self._items[key]
            self._partitions[pk].remove(sk)
            return
        self._items[key] = after
        if before is None:
            insort(self._partitions.setdefault(pk, []), sk)

    def _reindex(self, old: Place | None, new: Place | None) -> None:
        if old == new:
            self._moves.append((None, None))
            return
        if old is not None:
            self._index[old[0]].remove(old[1:])
        if new is not None:
            insort(self._index.setdefault(new[0], []), new[1:])
        self._moves.append((old, new))


def between(sorts: list[str], first: str | None, last: str | None, prefix: str | None) -> tuple[int, int]:
    """Where the sort keys within both bounds, or with this beginning, lie."""
    if prefix is not None:
        return bisect_left(sorts, prefix), bisect_left(sorts, prefix + "\U0010ffff")
    low = 0 if first is None else bisect_left(sorts, first)
    return low, len(sorts) if last is None else bisect_right(sorts, last)


def _place_of(item: Item | None) -> Place | None:
    if item is None or "gsi1pk" not in item or "gsi1sk" not in item:
        return None
    return item["gsi1pk"], item["gsi1sk"], item["pk"], item["sk"]
