"""Cursors of lists: where the next page starts, signed so that nobody can invent a place to start.

A cursor is worth something only with the filter it was made for and to the caller who got it: both go into the
signature, not into the text.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterable

from shared.kernel.errors import Invalid, ServiceError

_SIGNATURE_BYTES = 16
_LONGEST = 2_000
Position = dict[str, str]


def encode(position: Position, filter_: str, secret: bytes) -> str:
    """The cursor for `position` (key attributes of the last item given) under `filter_`."""
    text = json.dumps(position, sort_keys=True, separators=(",", ":")).encode()
    return _text(_signature(text, filter_, secret) + text)


def decode(cursor: str, filter_: str, secrets: Iterable[bytes]) -> Position:
    """Inverse of `encode`, under any of the secrets. A foreign or altered cursor, or one of another filter: Invalid."""
    if len(cursor) > _LONGEST or not cursor.isascii():
        raise _refused()
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except (ValueError, binascii.Error) as error:
        raise _refused() from error
    given, text = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
    # The text form is compared too: base64 decoding forgives stray characters and spare bits.
    signed = any(hmac.compare_digest(given, _signature(text, filter_, secret)) for secret in secrets)
    if not signed or _text(raw) != cursor:
        raise _refused()
    position: Position = json.loads(text)
    return position


def _signature(text: bytes, filter_: str, secret: bytes) -> bytes:
    message = b"cursor\0" + filter_.encode("utf-8", "surrogatepass") + b"\0" + text
    return hmac.new(secret, message, hashlib.sha256).digest()[:_SIGNATURE_BYTES]


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _refused() -> ServiceError:
    return Invalid.at("cursor", "is not a cursor of this list; start again without it")
