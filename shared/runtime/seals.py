"""Text that we give away and take back unchanged: signed (HMAC-SHA-256, RFC 2104, cut to 128 bits), readable by
anybody, made by nobody else.

The purpose goes into the signature and not into the text: what was sealed for one thing opens nothing else.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable

_SIGNATURE_BYTES = 16


def seal(content: bytes, purpose: str, secret: bytes) -> str:
    """`content` with its signature, as URL-safe text."""
    return _text(_signature(content, purpose, secret) + content)


def unseal(sealed: str, purpose: str, secrets: Iterable[bytes]) -> bytes | None:
    """Inverse of `seal` under any of the secrets; None for what is foreign, altered or of another purpose."""
    if not sealed.isascii():
        return None
    try:
        raw = base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
    except (ValueError, binascii.Error):
        return None
    given, content = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
    genuine = any(hmac.compare_digest(given, _signature(content, purpose, secret)) for secret in secrets)
    # The text form is compared too: base64 decoding forgives stray characters and spare bits.
    return content if genuine and _text(raw) == sealed else None


def _signature(content: bytes, purpose: str, secret: bytes) -> bytes:
    message = purpose.encode("utf-8", "surrogatepass") + b"\0" + content
    return hmac.new(secret, message, hashlib.sha256).digest()[:_SIGNATURE_BYTES]


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
