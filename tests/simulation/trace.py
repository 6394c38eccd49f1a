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

    def add(self, *parts: Any) -> None:
        line = " ".join(part if isinstance(part, str) else short(part) for part in parts)
        self._hash.update(line.encode())
        self._hash.update(b"\n")
        if self._keep:
            self.lines.append(line)

    @property
    def hash(self) -> str:
        return self._hash.hexdigest()


def short(value: Any) -> str:
    """A value as stable text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
