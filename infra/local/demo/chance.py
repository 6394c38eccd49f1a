"""Repeatable chance: every draw is a hash of what it is about, so two runs of one file make the same decisions."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def fraction(*about: str) -> float:
    """A number in [0, 1), evenly spread over all possible `about`."""
    raw = hashlib.sha256("\x1f".join(about).encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(raw[:8], "big") / 2**64


def happens(share: float, *about: str) -> bool:
    """True for `share` (0 to 1) of all possible `about`."""
    return fraction(*about) < share


def pick(options: Sequence[T], *about: str) -> T:
    """One of the options, each equally likely."""
    return options[int(fraction(*about) * len(options))]
