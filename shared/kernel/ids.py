"""The only source of ids, tokens and randomness.

Where an identity can be derived it is derived: the same order always has the same key, so that a repeated
request meets its first answer instead of a second order.
"""

from __future__ import annotations

import base64
import hashlib
import json
import random
import secrets
from collections.abc import Iterable
from typing import Any

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford base32 in lower case: sorts like the number
_TIME_DIGITS = 11  # 55 bits of microseconds: until the year 3111
_HASH_DIGITS = 16  # 80 bits

_random: Any = secrets.SystemRandom()


def base32(number: int, digits: int) -> str:
    """`number` in lower-case Crockford base32, fixed width, so that text order is number order."""
    out = []
    for _ in range(digits):
        out.append(_ALPHABET[number & 31])
        number >>= 5
    if number:
        raise ValueError("number too large for its width")
    return "".join(reversed(out))


def digest(*parts: str) -> str:
    """80-bit hash of the parts as 16 base32 digits; parts are length-prefixed, so no two lists collide by joining."""
    h = hashlib.sha256()
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass")
        h.update(len(raw).to_bytes(4, "big") + raw)
    return base32(int.from_bytes(h.digest()[:10], "big"), _HASH_DIGITS)


def body_digest(body: Any) -> str:
    """Hash of a JSON-like value, independent of key order."""
    return digest(json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=str))


def backorder_id(recorded_at_micros: int, storefront: str, order_id: str) -> str:
    """Time-ordered id: `bo_` + 11 digits of time + 16 digits of hash(storefront, order_id).

    The hash part alone is the key (`backorder_key`), so one order of one storefront exists once.
    """
    return f"bo_{base32(recorded_at_micros, _TIME_DIGITS)}{digest(storefront, order_id)}"


def backorder_ids_from(recorded_at_micros: int) -> str:
    """Text that sorts before every backorder id of that moment or later, and behind all earlier ones."""
    return f"bo_{base32(max(0, recorded_at_micros), _TIME_DIGITS)}"


def backorder_key(backorder: str) -> str | None:
    """The hash part of a backorder id; None if the text cannot be one."""
    if len(backorder) != 3 + _TIME_DIGITS + _HASH_DIGITS or not backorder.startswith("bo_"):
        return None
    return backorder[-_HASH_DIGITS:]


def timed_id(prefix: str, at_micros: int, *parts: str) -> str:
    """Time-ordered id derived from its parts, e.g. a purchase order from its supplier and planning run."""
    return f"{prefix}_{base32(at_micros, _TIME_DIGITS)}{digest(*parts)}"


def token(*parts: str) -> str:
    """Deterministic token (36 characters at most) for deduplication ids and transaction tokens."""
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def nonce() -> str:
    """80 random bits as 16 base32 digits, for a form that acts once."""
    return base32(_random.getrandbits(80), _HASH_DIGITS)


def secret() -> str:
    """192 random bits in Base64, for a key that somebody else keeps too."""
    return base64.b64encode(_random.getrandbits(192).to_bytes(24, "big")).decode()


def jitter(ceiling_seconds: float) -> float:
    """Full jitter: uniform in [0, ceiling)."""
    return float(_random.random() * ceiling_seconds)


def reseed(seed: int) -> None:
    """Make randomness repeatable (simulation and tests)."""
    global _random
    _random = random.Random(seed)


def ordered_unique(values: Iterable[str]) -> list[str]:
    """The values without repeats, first occurrence first."""
    return list(dict.fromkeys(values))
