"""Links that stand for a right: who holds one may see and answer one order, or end one subscription, without
an account.

A link names what it is for, of which thing, and until when, and is signed (HMAC-SHA-256, RFC 2104, cut to 128 bits); it
holds no personal data, and nothing is stored about it. A link that is forged, altered, for something else or out of
date gets one and the same answer, so that nobody learns from it which orders exist.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from shared.kernel.clock import EPOCH
from shared.kernel.errors import NotFound
from shared.runtime import environment
from shared.runtime.container import Container

Kind = Literal["customer", "supplier", "subscriber"]

_PATHS: dict[Kind, str] = {"customer": "/b/", "supplier": "/p/", "subscriber": "/u/"}
LIFETIMES: dict[Kind, timedelta] = {
    "customer": timedelta(days=400),
    "supplier": timedelta(days=180),
    "subscriber": timedelta(days=400),
}
"""How long a link works when it is not said otherwise. Every mail brings a fresh one."""

_SIGNATURE_BYTES = 16
_EXPIRY_BYTES = 5  # seconds since 1970, until the year 36812
_LONGEST = 800  # a SKU may have 128 characters, of four bytes each


class BadLink(NotFound):
    """No link of ours, or not any more."""

    def __init__(self) -> None:
        super().__init__("this link does not work, or no longer; the newest mail about the order has one that does")


def sign(kind: Kind, id_: str, expires_at: datetime, key: bytes) -> str:
    """The token of a link: URL-safe text without padding, some 75 characters for an order's id."""
    seconds = (expires_at - EPOCH) // timedelta(seconds=1)
    content = seconds.to_bytes(_EXPIRY_BYTES, "big") + id_.encode()
    return _text(_signature(kind, content, key) + content)


def verified(token: str, kind: Kind, keys: Iterable[bytes], now: datetime) -> str:
    """The id that the token names. Raises BadLink, whatever is wrong with it."""
    if len(token) > _LONGEST or not token.isascii():
        raise BadLink
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (ValueError, binascii.Error):
        raise BadLink from None
    given, content = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
    # The text form is compared too: base64 decoding forgives stray characters and spare bits.
    if _text(raw) != token or not any(hmac.compare_digest(given, _signature(kind, content, key)) for key in keys):
        raise BadLink
    if int.from_bytes(content[:_EXPIRY_BYTES], "big") <= (now - EPOCH) // timedelta(seconds=1):
        raise BadLink
    return content[_EXPIRY_BYTES:].decode()


def link(container: Container, kind: Kind, id_: str, now: datetime, lifetime: timedelta | None = None) -> str:
    """The whole address of somebody's page of an order, to be put into a mail."""
    expires_at = now + (lifetime or LIFETIMES[kind])
    token = sign(kind, id_, expires_at, container.signing_keys.current())
    return container.environment[environment.PUBLIC_URL].rstrip("/") + _PATHS[kind] + token


def opened(container: Container, kind: Kind, token: str, now: datetime) -> str:
    """The id that a link's token names, under any valid key. Raises BadLink."""
    return verified(token, kind, container.signing_keys.valid(), now)


def _signature(kind: Kind, content: bytes, key: bytes) -> bytes:
    message = b"link\0" + kind.encode() + b"\0" + content
    return hmac.new(key, message, hashlib.sha256).digest()[:_SIGNATURE_BYTES]


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
