"""What only ever grows is kept packed: a long replay sends tens of thousands of mails and events."""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Iterator, Sequence
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")


class Archive(Sequence[T], Generic[T]):
    """A list that can only be added to. Whoever reads it gets copies."""

    def __init__(self) -> None:
        self._packed: list[bytes] = []

    def append(self, what: T) -> None:
        """Keep it as it is now."""
        self._packed.append(zlib.compress(pickle.dumps(what, pickle.HIGHEST_PROTOCOL), 1))

    def __len__(self) -> int:
        return len(self._packed)

    @overload
    def __getitem__(self, which: int) -> T: ...

    @overload
    def __getitem__(self, which: slice) -> list[T]: ...

    def __getitem__(self, which: int | slice) -> T | list[T]:
        if isinstance(which, slice):
            return [_unpacked(packed) for packed in self._packed[which]]
        one: T = _unpacked(self._packed[which])
        return one

    def __iter__(self) -> Iterator[T]:
        return map(_unpacked, self._packed)

    def __eq__(self, other: object) -> bool:
        return list(self) == other

    __hash__ = None  # type: ignore[assignment]


def _unpacked(packed: bytes) -> Any:
    return pickle.loads(zlib.decompress(packed))  # noqa: S301 - packed above, in this process
