"""Cursors of lists: where the next page starts, signed so that nobody can invent a place to start.

A cursor is worth something only with the filter it was made for and to the caller who got it: both go into the
signature, not into the text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from shared.kernel.errors import Invalid, ServiceError
from shared.runtime.seals import seal, unseal

_LONGEST = 2_000
Position = dict[str, str]


def encode(position: Position, filter_: str, secret: bytes) -> str:
    """The cursor for `position` (key attributes of the last item given) under `filter_`."""
    text = json.dumps(position, sort_keys=True, separators=(",", ":")).encode()
    return seal(text, _purpose(filter_), secret)


def decode(cursor: str, filter_: str, secrets: Iterable[bytes]) -> Position:
    """Inverse of `encode`, under any of the secrets. A foreign or altered cursor, or one of another filter: Invalid."""
    text = unseal(cursor, _purpose(filter_), secrets) if len(cursor) <= _LONGEST else None
    if text is None:
        raise _refused()
    position: Position = json.loads(text)
    return position


def _purpose(filter_: str) -> str:
    return f"cursor\0{filter_}"


def _refused() -> ServiceError:
    return Invalid.at("cursor", "is not a cursor of this list; start again without it")
