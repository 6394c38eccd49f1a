"""What a shopper's browser carries: unreadable to nobody, unalterable by anybody, short for long orders."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import dataclass
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.backorders.model import Promise
from shared.backorders.quote import Quote
from shared.contracts.backorders import LONGEST_TOKEN, MAX_LINES
from shared.kernel import ids
from shared.kernel.clock import DAY
from shared.kernel.errors import Conflict
from shared.promising.promise import end_of_day
from shared.runtime import cursors, quote_tokens
from shared.runtime.container import Container
from shared.runtime.seals import seal
from shared.runtime.signing import SigningKeys

_DAY_MICROS = DAY.days * 86_400_000_000


@dataclass
class _Wired:
    signing_keys: SigningKeys


def wired(secret: bytes = b"s" * 32, before: bytes | None = None) -> Container:
    """With a signing secret and the one before its last rotation."""
    return cast("Container", _Wired(SigningKeys(lambda previous: before if previous else secret, lambda: 0)))


def dated(likely: int, by: int) -> Promise:
    """A promise for two days, counted from 1970."""
    return Promise(0, end_of_day(likely * _DAY_MICROS), end_of_day(by * _DAY_MICROS), "next_order", "quoted")


QUOTE = Quote(1_767_603_600_000_000, ids.digest("x"), (dated(20_460, 20_464), Promise(0, None, None, "none", "quoted")))


def test_a_token_is_read_as_it_was_written() -> None:
    assert quote_tokens.read(quote_tokens.write(QUOTE, wired()), wired()) == QUOTE


def test_the_longest_order_fits_whatever_its_dates() -> None:
    scattered = tuple(dated(20_000 + n * 7919 % 4001, 24_001 + n * n * 31 % 997) for n in range(MAX_LINES))
    long = Quote(QUOTE.expires_at, QUOTE.lines, scattered)
    token = quote_tokens.write(long, wired())
    assert len(token) <= LONGEST_TOKEN
    assert quote_tokens.read(token, wired()) == long


@given(st.integers(min_value=0), st.integers(0, 7))
def test_a_token_with_any_bit_flipped_is_refused(place: int, bit: int) -> None:
    token = quote_tokens.write(QUOTE, wired())
    raw = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    raw[place % len(raw)] ^= 1 << bit
    with pytest.raises(Conflict) as refused:
        quote_tokens.read(base64.urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode(), wired())
    assert [e.pointer for e in refused.value.errors] == ["/quote_token"]


@pytest.mark.parametrize("token", ["x", "====", "a" * 5_000, "åäö", "\x00", "e30"])
def test_what_was_never_a_token_is_refused(token: str) -> None:
    with pytest.raises(Conflict):
        quote_tokens.read(token, wired())


def test_a_quote_outlives_a_rotation_of_the_secret() -> None:
    assert quote_tokens.read(quote_tokens.write(QUOTE, wired()), wired(b"n" * 32, b"s" * 32)) == QUOTE


def test_no_other_secret_and_nothing_sealed_for_another_purpose_opens() -> None:
    packed = zlib.compress(json.dumps([QUOTE.expires_at, QUOTE.lines, []]).encode())
    foreign = quote_tokens.write(QUOTE, wired(b"t" * 32))
    for token in (foreign, cursors.encode({"a": "b"}, "quote", b"s" * 32), seal(packed, "cursor", b"s" * 32)):
        with pytest.raises(Conflict):
            quote_tokens.read(token, wired())
