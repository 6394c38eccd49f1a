from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.errors import Invalid
from shared.runtime import cursors

SECRET = b"s" * 32
POSITION = {"sku": "ÅÄÖ \u2028/#"}


def test_a_cursor_leads_back_to_its_position() -> None:
    cursor = cursors.encode(POSITION, "items", SECRET)
    assert cursors.decode(cursor, "items", [SECRET]) == POSITION
    assert cursor.isascii()


@given(st.integers(min_value=0), st.integers(0, 7))
def test_a_cursor_with_any_bit_flipped_is_refused(place: int, bit: int) -> None:
    cursor = cursors.encode(POSITION, "items", SECRET)
    raw = bytearray(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    raw[place % len(raw)] ^= 1 << bit
    altered = base64.urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode()
    with pytest.raises(Invalid) as refused:
        cursors.decode(altered, "items", [SECRET])
    assert refused.value.errors[0].pointer == "cursor"


def test_a_cursor_is_refused_under_another_filter_or_secret() -> None:
    cursor = cursors.encode(POSITION, "items of anna", SECRET)
    for filter_, secret in (("items of bert", SECRET), ("items of anna", b"t" * 32)):
        with pytest.raises(Invalid):
            cursors.decode(cursor, filter_, [secret])


@pytest.mark.parametrize("cursor", ["", "x", "====", "a" * 5_000, "åäö", "-_-_", " ", "\x00", "e30", "eyJza3UiOiJhIn0"])
def test_what_was_never_a_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid):
        cursors.decode(cursor, "items", [SECRET])


@pytest.mark.parametrize("extra", ["=", "\n", " ", "!", "=="])
def test_a_cursor_with_something_added_is_refused_although_base64_forgives_it(extra: str) -> None:
    with pytest.raises(Invalid):
        cursors.decode(cursors.encode(POSITION, "items", SECRET) + extra, "items", [SECRET])


def test_positions_are_not_readable_as_filters() -> None:
    one = cursors.encode({"a": "b"}, "f", SECRET)
    assert cursors.encode({"a": "b"}, "f\0", SECRET) != one
