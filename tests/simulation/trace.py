"""What happened, as one hash and, where asked for, as text."""

from __future__ import annotations

import hashlib
import json
from typing import Any


class Trace:
    """Every line goes into the hash; the text is kept only when somebody wants to read it."""

    def __init__(self, *, keep: bool = False) -> None:
        self._hash = hashlib.sha256()
        self._keep = keep
        self.lines: list[str] = []

    def add(self, *parts: str) -> None:
        line = " ".join(parts)
        self._hash.update(f"{line}\n".encode())
        if self._keep:
            self.lines.append(line)

    @property
    def hash(self) -> str:
        return self._hash.hexdigest()


_encoded = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=str).encode


def short(value: Any) -> str:
    """A value as stable text, to be read."""
    return _encoded(value)


def mark(value: Any) -> str:
    """Enough of a value to tell it from others: made for every call, and a third of what text costs."""
    return hashlib.blake2b(repr(value).encode(), digest_size=8).hexdigest()
