"""Signed links: what they name, and that nothing but our own, in time and for its purpose, is taken."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.routes import OPERATIONS
from shared.kernel import clock
from shared.runtime import links
from shared.runtime.container import Container, container
from shared.runtime.environment import read
from shared.runtime.links import BadLink, sign, verified
from shared.runtime.signing import SigningKeys
from tests.functions.service import Service, environment, running

KEY, OLDER, OLDEST = b"k" * 64, b"o" * 64, b"p" * 64
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=30)
ORDER = "po_1j7m1d909r9abcdefghjkmnpqr"


@given(st.text(min_size=1, max_size=64).filter(lambda text: text.isprintable()))
def test_a_link_names_what_it_was_made_for(id_: str) -> None:
    token = sign("supplier", id_, LATER, KEY)
    assert verified(token, "supplier", [KEY], NOW) == id_
    assert token.isascii()
    assert len(token) <= 400


def test_an_orders_link_fits_into_a_line_of_a_mail() -> None:
    assert len(sign("customer", ORDER, LATER, KEY)) <= 75


@given(st.integers(min_value=0), st.integers(0, 7))
def test_a_link_with_any_bit_flipped_is_refused(place: int, bit: int) -> None:
    token = sign("supplier", ORDER, LATER, KEY)
    raw = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    raw[place % len(raw)] ^= 1 << bit
    altered = base64.urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode()
    with pytest.raises(BadLink):
        verified(altered, "supplier", [KEY], NOW)


@given(st.integers(min_value=0), st.characters(max_codepoint=0x2FF))
def test_a_link_with_any_character_changed_is_refused(place: int, other: str) -> None:
    token = sign("supplier", ORDER, LATER, KEY)
    place %= len(token)
    altered = token[:place] + other + token[place + 1 :]
    if altered != token:
        with pytest.raises(BadLink):
            verified(altered, "supplier", [KEY], NOW)


@given(st.text(max_size=500))
def test_what_was_never_a_link_is_refused(text: str) -> None:
    with pytest.raises(BadLink):
        verified(text, "supplier", [KEY], NOW)


@pytest.mark.parametrize("extra", ["=", "\n", " ", "!", "==", "A", "\u0130"])
def test_a_link_with_something_added_is_refused_although_base64_forgives_it(extra: str) -> None:
    with pytest.raises(BadLink):
        verified(sign("supplier", ORDER, LATER, KEY) + extra, "supplier", [KEY], NOW)


def test_a_customers_link_opens_no_suppliers_page() -> None:
    with pytest.raises(BadLink):
        verified(sign("customer", ORDER, LATER, KEY), "supplier", [KEY], NOW)


def test_a_link_works_until_its_last_second() -> None:
    token = sign("supplier", ORDER, LATER, KEY)
    assert verified(token, "supplier", [KEY], LATER - timedelta(seconds=1)) == ORDER
    with pytest.raises(BadLink):
        verified(token, "supplier", [KEY], LATER)


def test_forged_expired_and_unknown_links_are_refused_in_the_same_words() -> None:
    tokens = [
        sign("supplier", ORDER, NOW, KEY),
        sign("supplier", ORDER, LATER, OLDEST),
        sign("customer", ORDER, LATER, KEY),
        "",
        "nonsense",
        "a" * 5_000,
    ]
    refusals = set()
    for token in tokens:
        with pytest.raises(BadLink) as refused:
            verified(token, "supplier", [KEY, OLDER], NOW)
        refusals.add((refused.value.status, refused.value.code, refused.value.detail, refused.value.errors))
    assert len(refusals) == 1


class Secrets:
    """Two stages of a secret, and how often they were read."""

    def __init__(self, current: bytes, previous: bytes | None = None) -> None:
        self.current, self.previous = current, previous
        self.now = 0
        self.reads: list[bool] = []

    def read(self, previous: bool) -> bytes | None:
        self.reads.append(previous)
        return self.previous if previous else self.current

    def rotate(self, value: bytes) -> None:
        self.current, self.previous = value, self.current

    def keys(self) -> SigningKeys:
        return SigningKeys(self.read, lambda: self.now)


def works(token: str, keys: SigningKeys) -> bool:
    try:
        return verified(token, "supplier", keys.valid(), NOW) == ORDER
    except BadLink:
        return False


def test_a_link_outlives_one_rotation_and_not_a_second() -> None:
    secrets = Secrets(OLDEST)
    token = sign("supplier", ORDER, LATER, secrets.keys().current())
    assert works(token, secrets.keys())
    secrets.rotate(OLDER)
    assert works(token, secrets.keys())
    secrets.rotate(KEY)
    assert not works(token, secrets.keys())


def test_a_process_from_before_a_rotation_knows_the_new_key_within_a_minute() -> None:
    secrets = Secrets(OLDER)
    old_process = secrets.keys()
    assert old_process.current() == OLDER
    secrets.rotate(KEY)
    token = sign("supplier", ORDER, LATER, secrets.keys().current())
    secrets.now += 61_000_000
    assert works(token, old_process)
    assert old_process.current() == KEY


def test_a_process_signs_with_the_new_key_within_an_hour() -> None:
    secrets = Secrets(OLDER)
    process = secrets.keys()
    assert process.current() == OLDER
    secrets.rotate(KEY)
    secrets.now += 3_600_000_001
    assert process.current() == KEY


def test_a_flood_of_forged_links_reads_the_secret_a_few_times_a_minute() -> None:
    secrets = Secrets(KEY)
    process = secrets.keys()
    for _ in range(1_000):
        assert not works(sign("supplier", ORDER, LATER, OLDEST), process)
        secrets.now += 1_000
    assert len(secrets.reads) == 2  # each stage once


def test_a_good_link_costs_one_look_at_the_secret() -> None:
    secrets = Secrets(KEY, OLDER)
    process = secrets.keys()
    for _ in range(10):
        assert works(sign("supplier", ORDER, LATER, KEY), process)
    assert secrets.reads == [False]


def test_every_kind_of_link_has_a_path_and_a_lifetime() -> None:
    assert set(links.LIFETIMES) == set(links._PATHS) == {"customer", "supplier", "subscriber"}


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    with running() as made:
        for name, value in environment(made.engine, "api").items():
            monkeypatch.setenv(name, value)
        yield made


def test_a_mails_link_works_through_a_rotation_of_the_stacks_secret(service: Service) -> None:
    now = clock.now()
    address = links.link(container(), "supplier", ORDER, now)
    start, _, token = address.rpartition("/")
    assert start == "https://orders.example.com/p"
    service.engine.secrets.rotate_secret("SigningSecret", "another value")
    later_process = Container(read())
    assert links.opened(later_process, "supplier", token, now) == ORDER
    assert links.link(later_process, "supplier", ORDER, now) != address


def test_a_list_goes_on_through_a_rotation_of_the_stacks_secret(service: Service) -> None:
    for supplier in ("a", "b"):
        service.call("PUT", f"/v1/suppliers/{supplier}", {"name": "A", "email": "a@example.com"})
        service.call("PUT", f"/v1/items/{supplier}", {"supplier_id": supplier})
    first = service.call("GET", "/v1/items?limit=1", scopes=OPERATIONS)
    service.engine.secrets.rotate_secret("SigningSecret", "another value")
    service.clock.advance_to(service.clock.now() + timedelta(hours=2))
    rest = service.call("GET", f"/v1/items?limit=1&cursor={first.json['next_cursor']}", scopes=OPERATIONS)
    assert (rest.status, [one["sku"] for one in rest.json["items"]]) == (200, ["b"])
