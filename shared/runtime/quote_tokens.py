"""A quote as text: sealed, so that nobody writes better dates into it, and packed, so that long orders stay short."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from functools import partial
from typing import Any

from shared.backorders.model import Basis, Promise
from shared.backorders.quote import CAUSE, Quote, altered
from shared.promising.promise import day_number, end_of_day_number
from shared.runtime.container import Container
from shared.runtime.seals import seal, unseal

_PURPOSE = "quote"
_BASES: tuple[Basis, ...] = ("stock", "purchase_order", "next_order", "made_to_order", "none")
"""In the token a basis is its place in this list: append only."""


def write(quote: Quote, wired: Container) -> str:
    """The token of a quote; some five bytes a line."""
    dates = [[day_number(p.likely), day_number(p.by), _BASES.index(p.basis)] for p in quote.promises]
    text = json.dumps([quote.expires_at, quote.lines, dates], separators=(",", ":"))
    return seal(zlib.compress(text.encode(), 9), _PURPOSE, wired.signing_keys.current())


def read(token: str, wired: Container) -> Quote:
    """Inverse of `write`. Raises Conflict for a token that is not as it was given."""
    packed = unseal(token, _PURPOSE, wired.signing_keys.valid())
    if packed is None:
        raise altered()
    expires_at, lines, dates = json.loads(zlib.decompress(packed))
    return Quote(expires_at, lines, tuple(map(_promise, dates)))


def reader(wired: Container) -> Callable[[str], Quote]:
    """`read`, for recording: the secret is looked up when there is a token, not before."""
    return partial(read, wired=wired)


def _promise(values: list[Any]) -> Promise:
    likely, by, basis = values
    return Promise(0, end_of_day_number(likely), end_of_day_number(by), _BASES[basis], CAUSE)
