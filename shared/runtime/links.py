"""Links that stand for a right: who holds one may see and answer one order, or end one subscription, without
an account.

A link names what it is for, of which thing, and until when, and is sealed; it holds no personal data, and nothing is
stored about it. A link that is forged, altered, for something else or out of date gets one and the same answer, so that
nobody learns from it which orders exist.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from shared.kernel.clock import EPOCH
from shared.kernel.errors import NotFound
from shared.runtime import environment
from shared.runtime.container import Container
from shared.runtime.seals import seal, unseal

Kind = Literal["customer", "supplier", "subscriber"]

_PATHS: dict[Kind, str] = {"customer": "/b/", "supplier": "/p/", "subscriber": "/u/"}
LIFETIMES: dict[Kind, timedelta] = {
    "customer": timedelta(days=400),
    "supplier": timedelta(days=180),
    "subscriber": timedelta(days=400),
}
"""How long a link works when it is not said otherwise. Every mail brings a fresh one."""

_EXPIRY_BYTES = 5  # seconds since 1970, until the year 36812
_LONGEST = 800  # a SKU may have 128 characters, of four bytes each


class BadLink(NotFound):
    """No link of ours, or not any more."""

    def __init__(self) -> None:
        super().__init__("this link does not work, or no longer; the newest mail about the order has one that does")


def sign(kind: Kind, id_: str, expires_at: datetime, key: bytes) -> str:
    """The token of a link: URL-safe text without padding, some 75 characters for an order's id."""
    seconds = (expires_at - EPOCH) // timedelta(seconds=1)
    return seal(seconds.to_bytes(_EXPIRY_BYTES, "big") + id_.encode(), _purpose(kind), key)


def verified(token: str, kind: Kind, keys: Iterable[bytes], now: datetime) -> str:
    """The id that the token names. Raises BadLink, whatever is wrong with it."""
    content = unseal(token, _purpose(kind), keys) if len(token) <= _LONGEST else None
    if content is None or int.from_bytes(content[:_EXPIRY_BYTES], "big") <= (now - EPOCH) // timedelta(seconds=1):
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


def _purpose(kind: Kind) -> str:
    return f"link\0{kind}"
