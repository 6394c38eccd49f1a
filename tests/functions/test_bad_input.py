"""Bad input at the doors that write: refused by name, nothing written, and the next good call works.

Everything goes through the whole chain of the local runner, so that what the gateway refuses is seen as well.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from infra.local.http_messages import Response
from tests.functions.documented import document
from tests.functions.scene import ORDER, Json, Shop, again, opened

pytestmark = pytest.mark.slow

REMOVED = object()
SURROGATE, BIDI = "\ud800", "a\u202eb"

# By kind of field: what no such field takes. `[]`, `{}`, numbers and truth values are tried where a text is wanted and
# the other way round.
_NO_TEXT = [7, 1.5, True, [], {}, ["a"]]
_NO_NUMBER = ["1", "", 1.0, 1.5, True, [], {}, 10**30]
BAD: dict[str, list[Any]] = {
    "id": [*_NO_TEXT, "", "x" * 65, "a\nb", "a\r\nb", "a\x00b", "\u200b", BIDI, SURROGATE],
    "sku": [*_NO_TEXT, "", "x" * 129, "a\tb", BIDI, SURROGATE],
    "line_ref": [*_NO_TEXT, "", "x" * 81, SURROGATE, "nothing", "a\nb"],
    "name": [*_NO_TEXT, "", "  ", "x" * 201, "Ann\r\nBcc: x@y.se", "a\nb", "a\x00", BIDI, "\u2066a", SURROGATE],
    "email": [*_NO_TEXT, "", "ann", "a@b", "a@b.se\r\nBcc: x@y.se", "A <a@b.se>", "å@b.se", "a" * 300, SURROGATE],
    "locale": [*_NO_TEXT, "", "e", "en_", "en\r\n", "x" * 40, SURROGATE],
    "country": [*_NO_TEXT, "", "se", "SWE", SURROGATE],
    "currency": [*_NO_TEXT, "", "eur", "EURO", SURROGATE],
    "money": [*_NO_TEXT, "", "-1", "1e3", "NaN", "1,50", "1.23456", "1" * 13, "٣", SURROGATE],
    "choice": [*_NO_TEXT, "", "maybe", "x" * 10_000, SURROGATE],
    "flag": ["true", 1, 0, [], {}],
    "quantity": [*_NO_NUMBER, 0, -1, 1_000_001],
    "units": [*_NO_NUMBER, -1, 1_000_001],
    "token": [*_NO_TEXT, "", "x" * 65_537],
    "delta": [*_NO_NUMBER, -1_000_001, 1_000_001],
    "counted": [*_NO_NUMBER, -1, 10_000_001],
    "time": [
        *[value for value in _NO_TEXT if value != 7],
        1767603600,
        "",
        "soon",
        "2026-01-05",
        "2026-01-05T09:00:00",
        "2026-02-30T09:00:00Z",
        "2026-01-05T25:00:00Z",
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00+14:00",
        SURROGATE,
    ],
    "day": [1767603600, "", "soon", "2026-02-30", "2026-01-20T09:00:00", "9999-12-31", "2026-13-01T00:00:00Z"],
    "object": ["", "a", 1, True, []],
    "list": ["", "a", 1, True, {}],
    "lines": ["", "a", 1, True, {}, [], [1], ["a"], [None], [[]]],
}
_INSIDE: tuple[Any, ...] = ([1], ["a"], [None], [[]])  # wrong elements of a list are named themselves


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    """One shop for all: nothing that is sent here may change it."""
    shop = opened()
    with shop.world:
        yield shop


@pytest.fixture
def fresh_shop() -> Iterator[Shop]:
    shop = opened()
    with shop.world:
        yield shop


@dataclass(frozen=True)
class Door:
    """A route with a good body. Fields by path: kind, and `!` if required, `?` if null is as good as nothing."""

    method: str
    target: str
    who: str
    good: Json
    fields: dict[str, str]
    status: int = 200


DOORS = {
    "record": Door(
        "POST",
        "/v1/backorders",
        "storefront",
        {**ORDER, "order_id": "B"},
        {
            "order_id": "id!",
            "storefront": "id?",
            "placed_at": "time?",
            "customer": "object!",
            "customer/id": "id!",
            "customer/email": "email!",
            "customer/name": "name!",
            "customer/locale": "locale",
            "customer/country": "country?",
            "priority": "choice",
            "need_by": "time?",
            "shipping": "choice",
            "payment": "object",
            "payment/mode": "choice",
            "payment/authorisation_expires_at": "time?",
            "currency": "currency!",
            "quote_token": "token?",
            "lines": "lines!",
            "lines/1/line_id": "id!",
            "lines/1/sku": "sku!",
            "lines/1/quantity": "quantity!",
            "lines/1/unit_price": "money!",
        },
        201,
    ),
    "quote": Door(
        "POST",
        "/v1/quotes",
        "storefront",
        {"lines": [{"sku": "CANDLE", "quantity": 2}, {"sku": "RARE", "quantity": 1}]},
        {"lines": "lines!", "lines/1/sku": "sku!", "lines/1/quantity": "quantity!"},
    ),
    "pay": Door(
        "POST",
        "/v1/backorders/{id}/payment",
        "storefront",
        {"status": "reauthorised", "authorisation_expires_at": "2026-03-01T00:00:00Z"},
        {"status": "choice!", "authorisation_expires_at": "time?"},
    ),
    "cancel": Door(
        "POST",
        "/v1/backorders/{id}/cancel",
        "storefront",
        {"lines": [{"line_id": "2", "quantity": 1}], "reason": "no longer wanted"},
        {"lines": "lines?", "lines/0/line_id": "line_ref!", "lines/0/quantity": "quantity?", "reason": "name!"},
    ),
    "amend": Door(
        "PATCH",
        "/v1/backorders/{id}",
        "both",
        {
            "shipping": "hold",
            "priority": "gold",
            "reason": "a good customer",
            "need_by": "2026-02-01T00:00:00Z",
            "customer": {"email": "ann@example.org", "name": "Ann B", "locale": "sv"},
            "release": "automatic",
            "lines": [{"line_id": "2", "quantity": 3}],
        },
        {
            "shipping": "choice?",
            "priority": "choice?",
            "reason": "name?",
            "need_by": "time?",
            "customer": "object?",
            "customer/email": "email?",
            "customer/name": "name?",
            "customer/locale": "locale?",
            "release": "choice?",
            "lines": "lines?",
            "lines/0/line_id": "line_ref!",
            "lines/0/quantity": "units!",
        },
    ),
    "switch": Door(
        "POST",
        "/v1/backorders/{id}/lines/2/switch",
        "storefront",
        {"sku": "RARE", "quantity": 2},
        {"sku": "sku!", "quantity": "quantity?"},
    ),
    "ship": Door(
        "POST",
        "/v1/releases/{release}/ship",
        "storefront",
        {"shipment_id": "s1", "carrier": "Post", "tracking": "T1", "lines": [{"line_id": "1", "quantity": 2}]},
        {
            "shipment_id": "id!",
            "carrier": "name?",
            "tracking": "name?",
            "lines": "lines?",
            "lines/0/line_id": "line_ref!",
            "lines/0/quantity": "quantity!",
        },
    ),
    "correct": Door(
        "POST",
        "/v1/stock-corrections",
        "operations",
        {"correction_id": "c1", "sku": "CANDLE", "delta": 2, "reason": "count"},
        {"correction_id": "id!", "sku": "sku!", "delta": "delta!", "counted": "counted?", "reason": "choice!"},
        201,
    ),
    "receive": Door(
        "POST",
        "/v1/receipts",
        "operations",
        {
            "receipt_id": "r1",
            "supplier_id": "acme",
            "purchase_order_id": "{po}",
            "received_at": "2026-01-05T08:30:00Z",
            "lines": [{"sku": "CANDLE", "quantity": 4, "rejected": 1}],
        },
        {
            "receipt_id": "id!",
            "supplier_id": "id!",
            "purchase_order_id": "id?",
            "received_at": "time?",
            "lines": "lines!",
            "lines/0/sku": "sku!",
            "lines/0/quantity": "units!",
            "lines/0/rejected": "units",
        },
        202,
    ),
    "plan": Door(
        "POST",
        "/v1/purchase-plans",
        "operations",
        {"dry_run": False, "suppliers": ["acme"], "reason": "so"},
        {"dry_run": "flag", "suppliers": "list?", "suppliers/0": "id!", "reason": "name?"},
    ),
    "acknowledge": Door(
        "POST",
        "/v1/purchase-orders/{po}/acknowledge",
        "operations",
        {"lines": [{"sku": "CANDLE", "status": "changed", "quantity": 3, "date": "2026-01-20"}]},
        {
            "lines": "lines!",
            "seen": "token?",
            "lines/0/sku": "sku!",
            "lines/0/status": "choice!",
            "lines/0/quantity": "units?",
            "lines/0/date": "day?",
        },
    ),
}


def changed(body: Any, path: str, value: Any) -> Any:
    """A copy of the body with the value at the path; REMOVED takes the member out."""
    body = copy.deepcopy(body)
    *way, last = path.split("/")
    place = body
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place[step]
    where: Any = int(last) if isinstance(place, list) else last
    if value is REMOVED:
        del place[where]
    else:
        place[where] = value
    return body


@dataclass(frozen=True)
class Bad:
    """A body that must be refused with this status, naming these fields."""

    name: str
    body: Any
    pointers: tuple[str, ...]
    status: int = 422
    headers: tuple[tuple[str, str], ...] = ()
    who: str = ""
    target: str = ""


def shown(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) < 30 else f"{text[:20]}...({len(text)})"


def bad_fields(door: Door) -> Iterator[Bad]:
    """Every field with everything its kind refuses, missing, null, and with an unknown neighbour."""
    for path, kind in door.fields.items():
        for value in BAD[kind.rstrip("!?")]:
            yield Bad(f"{path}={shown(value)}", changed(door.good, path, value), (pointer(path, value),))
        if not kind.endswith("?"):
            yield Bad(f"{path}=null", changed(door.good, path, None), (pointer(path, None),))
        if kind.endswith("!") and not path[-1].isdigit():
            yield Bad(f"no {path}", changed(door.good, path, REMOVED), (f"/{path}",))
    parents = dict.fromkeys(path.rpartition("/")[0] for path in door.fields if not path[-1].isdigit())
    for parent in parents:
        path = f"{parent}/colour".lstrip("/")
        yield Bad(f"unknown {path}", changed(door.good, path, "red"), (f"/{path}",))
        odd = f"{parent}/a~b".lstrip("/")
        yield Bad(f"unknown {odd}", changed(door.good, odd, "red"), (f"/{odd.replace('~', '~0')}",))


def pointer(path: str, value: Any) -> str:
    return f"/{path}/0" if path == "lines" and value in _INSIDE else f"/{path}"


def bad_bodies(door: Door) -> Iterator[Bad]:
    """Bodies that cannot be read at all. Nothing in them can be pointed at."""
    good = json.dumps(door.good)
    number = next(
        (path for path, kind in door.fields.items() if kind.rstrip("!?") in {"quantity", "units", "delta"}), ""
    )
    for text in ("NaN", "Infinity", "-Infinity", "1" * 5_000, "01", "+1", "0x10"):
        if number:
            raw = json.dumps(changed(door.good, number, "@")).replace('"@"', text)
            yield Bad(f"{number} is {text[:9]}", raw.encode(), (), 400)
    first = next(iter(door.good))
    yield Bad("one name twice", f'{{"{first}": 1, {good[1:]}'.encode(), (), 400)
    yield Bad("cut off", good[:-1].encode(), (), 400)
    yield Bad("not UTF-8", good.encode("utf-16"), (), 400)
    yield Bad("nested deeply", b"[" * 100_000, (), 400)
    yield Bad("a list", f"[{good}]".encode(), ("",))
    yield Bad("null", b"null", ("",))
    yield Bad("more than 1 MB", json.dumps({**door.good, "pad": "x" * 1_048_576}).encode(), (), 413)
    if door.method == "POST":
        yield Bad("no key", door.good, ("Idempotency-Key",), 400, (("idempotency-key", ""),))
        yield Bad("a key of two words", door.good, ("Idempotency-Key",), 400, (("idempotency-key", "a b"),))
        yield Bad("a long key", door.good, ("Idempotency-Key",), 400, (("idempotency-key", "x" * 256),))
    yield Bad("form", door.good, ("Content-Type",), 400, (("content-type", "application/x-www-form-urlencoded"),))


def _line(n: int, **changes: Any) -> Json:
    return {"line_id": str(n), "sku": "CANDLE", "quantity": 1, "unit_price": "1"} | changes


def rules() -> Iterator[tuple[str, Bad]]:
    """What is well-formed and still not acceptable, per door."""
    record, cancel, amend = DOORS["record"].good, DOORS["cancel"].good, DOORS["amend"].good
    yield "record", Bad("unknown SKU", changed(record, "lines/1/sku", "nothing"), ("/lines/1/sku",))
    yield "record", Bad("line_id twice", changed(record, "lines/1/line_id", "1"), ("/lines/1/line_id",))
    yield "record", Bad("2001 lines", {**record, "lines": [_line(n) for n in range(2001)]}, ("/lines",))
    yield (
        "record",
        Bad("over the limit", {**record, "lines": [_line(1, sku="RARE", quantity=6)]}, ("/lines/0/quantity",), 409),
    )
    halves = [_line(1, sku="RARE", quantity=3), _line(2), _line(3, sku="RARE", quantity=3)]
    pair = ("/lines/0/quantity", "/lines/2/quantity")
    yield "record", Bad("over the limit together", {**record, "lines": halves}, pair, 409)
    yield "record", Bad("ahead", {**record, "placed_at": "2026-01-05T09:30:00Z"}, ("/placed_at",))
    yield "record", Bad("long ago", {**record, "placed_at": "2025-11-01T00:00:00Z"}, ("/placed_at",), 403)
    before = {**record, "placed_at": "1970-01-01T00:00:00Z", "priority": "critical"}
    yield "record", Bad("before everything", before, ("/placed_at",), who="both")
    yield "record", Bad("critical", {**record, "priority": "critical"}, ("/priority",), 403)
    yield "record", Bad("another's order", {**record, "storefront": "other"}, ("/storefront",), 403)
    yield "record", Bad("other content", {**ORDER, "currency": "SEK"}, ("/order_id",), 409)
    yield "cancel", Bad("a line twice", {**cancel, "lines": cancel["lines"] * 2}, ("/lines/1/line_id",))
    yield "cancel", Bad("all released", {"lines": [{"line_id": "1"}], "reason": "no"}, (), 409)
    many = [{"line_id": str(n)} for n in range(4001)]
    yield "cancel", Bad("4001 lines", {**cancel, "lines": many}, ("/lines",))
    yield from ((door, bad) for door in ("cancel", "amend") for bad in _unknown_orders(DOORS[door]))
    yield "amend", Bad("no If-Match", amend, (), 428, (("if-match", ""),))
    yield "amend", Bad("stale", amend, (), 412, (("if-match", '"999"'),))
    yield "amend", Bad("no ETag", amend, ("If-Match",), 400, (("if-match", "latest"),))
    nothings: list[Json] = [{}, {"reason": "why"}, {"shipping": None}, {"customer": {}}]
    for nothing in nothings:
        yield "amend", Bad(f"nothing {nothing}", nothing, ("",))
    yield "amend", Bad("no reason", changed(amend, "reason", REMOVED), ("/reason",))
    yield "amend", Bad("priority by the shop", amend, ("/priority",), 403, who="storefront")
    yield "amend", Bad("release by the shop", {"release": "automatic"}, ("/release",), 403, who="storefront")
    yield "amend", Bad("a line twice", {"lines": amend["lines"] * 2}, ("/lines/1/line_id",))
    yield "amend", Bad("more", {"lines": [{"line_id": "2", "quantity": 5}]}, ("/lines/0/quantity",))
    yield "amend", Bad("released", {"lines": [{"line_id": "1", "quantity": 1}]}, ("/lines/0/quantity",), 409)
    yield "switch", Bad("to itself", {"sku": "CANDLE"}, ("/sku",))
    yield "switch", Bad("to nothing", {"sku": "nothing"}, ("/sku",))
    yield "switch", Bad("more than waits", {"sku": "RARE", "quantity": 5}, ("/quantity",), 409)
    yield "switch", Bad("no line", {"sku": "RARE"}, (), 404, target="/v1/backorders/{id}/lines/9/switch")
    yield "switch", Bad("released", {"sku": "RARE"}, (), 409, target="/v1/backorders/{id}/lines/1/switch")
    ship = DOORS["ship"].good
    yield "ship", Bad("too many", changed(ship, "lines/0/quantity", 7), ("/lines/0/quantity",))
    yield "ship", Bad("a line twice", {**ship, "lines": ship["lines"] * 2}, ("/lines",))
    for target in ("{release}0", "{release}%C2%B2", "{release}%D9%A3", "{id}.r", "{id}.r01", "r1", "%00"):
        yield "ship", Bad(f"release {target}", ship, (), 404, target=f"/v1/releases/{target}/ship")
    correct = DOORS["correct"].good
    yield "correct", Bad("unknown SKU", {**correct, "sku": "nothing"}, ("/sku",))
    yield "correct", Bad("both", {**correct, "counted": 3}, ("/delta",))
    yield "correct", Bad("neither", changed(correct, "delta", REMOVED), ("/delta",))
    yield "correct", Bad("by nothing", {**correct, "delta": 0}, ("/delta",))
    yield "correct", Bad("more than there is", {**correct, "sku": "LANTERN", "delta": -1}, ("/delta",), 409)
    yield "correct", Bad("other content", {**correct, "correction_id": "for-A"}, ("/correction_id",), 409)
    receive = DOORS["receive"].good
    yield "receive", Bad("ahead", {**receive, "received_at": "2026-01-05T09:30:00Z"}, ("/received_at",))
    empty = {**receive, "lines": [{"sku": "CANDLE", "quantity": 0}]}
    yield "receive", Bad("nothing", empty, ("/lines/0/quantity",))
    yield "receive", Bad("2001 lines", {**receive, "lines": receive["lines"] * 2001}, ("/lines",))
    yield "plan", Bad("unknown supplier", {"suppliers": ["acme", "nobody"]}, ("/suppliers/1",))
    yield "plan", Bad("1001 suppliers", {"suppliers": ["acme"] * 1001}, ("/suppliers",))
    answer = DOORS["acknowledge"].good
    yield "acknowledge", Bad("unknown SKU", changed(answer, "lines/0/sku", "RARE"), ("/lines/0/sku",))
    yield "acknowledge", Bad("a line twice", {"lines": answer["lines"] * 2}, ("/lines/1/sku",))
    yield "acknowledge", Bad("the past", changed(answer, "lines/0/date", "2025-01-20"), ("/lines/0/date",))
    bare = {"lines": [{"sku": "CANDLE", "status": "changed"}]}
    yield "acknowledge", Bad("changed, but how", bare, ("/lines/0",))
    yield "acknowledge", Bad("2001 lines", {"lines": answer["lines"] * 2001}, ("/lines",))
    unknown = "/v1/purchase-orders/po_0/acknowledge"
    yield "acknowledge", Bad("no order", answer, (), 404, target=unknown)


def _unknown_orders(door: Door) -> Iterator[Bad]:
    """Ids that are none, or not the caller's."""
    for id_ in ("nothing", "{id}x", "%00", "bo_" + "0" * 27, "x" * 65):
        yield Bad(f"order {id_}", door.good, (), 404, target=door.target.replace("{id}", id_))


CASES = [(name, bad) for name, door in DOORS.items() for bad in (*bad_fields(door), *bad_bodies(door))] + list(rules())


def filled(value: Any, names: dict[str, str]) -> Any:
    """The body with the names of the scene in it."""
    if isinstance(value, dict):
        return {key: filled(one, names) for key, one in value.items()}
    if isinstance(value, list):
        return [filled(one, names) for one in value]
    return names["po"] if value == "{po}" else value


def ask(shop: Shop, door: Door, bad: Bad | None = None, headers: Json | None = None) -> Response:
    given = {"if-match": shop.version()} if door.method == "PATCH" else {}
    given |= (headers or {}) | dict(bad.headers if bad else ())
    body = filled(bad.body if bad else door.good, shop.names)
    who, target = (bad.who or door.who, bad.target or door.target) if bad else (door.who, door.target)
    return shop.send(who, door.method, target, body, given)


@pytest.mark.parametrize(("door", "bad"), CASES, ids=[f"{name}: {bad.name}" for name, bad in CASES])
def test_bad_input_is_refused_by_name_and_leaves_no_trace(shop: Shop, door: str, bad: Bad) -> None:
    before = shop.table()
    response = ask(shop, DOORS[door], bad)
    assert (response.status, response.header("content-type")) == (bad.status, "application/problem+json"), response.text
    assert [error["pointer"] for error in response.json()["errors"]] == list(bad.pointers), response.text
    assert shop.table() == before


@pytest.mark.parametrize("name", DOORS)
def test_a_good_call_works_after_all_the_bad_ones_even_under_their_key(fresh_shop: Shop, name: str) -> None:
    door = DOORS[name]
    key = {"idempotency-key": "one-for-all"} if door.method == "POST" else {}
    for _, bad in (case for case in CASES if case[0] == name):
        ask(fresh_shop, door, bad, {} if bad.headers else key)
    response = ask(fresh_shop, door, headers=key)
    assert response.status == door.status, response.text
    assert response.header("idempotency-replayed") is None


@pytest.mark.parametrize("name", DOORS)
def test_without_a_valid_token_of_the_right_scope_the_gateway_refuses(shop: Shop, name: str) -> None:
    door = DOORS[name]
    scopes = ("operations",) if door.who == "operations" else ("storefront",)
    issued = shop.world.token(*scopes, lifetime=timedelta(seconds=1))
    head, payload, signature = issued.split(".")
    forged = f"{head}.{payload}.{signature[::-1]}"
    before = shop.table()
    for token, status in ((forged, 401), ("a.b.c", 401), (f"{head}..", 401)):
        response = shop.send(token, door.method, door.target, filled(door.good, shop.names))
        assert (response.status, list(response.json())) == (status, ["message"])
    shop.world.clock.advance_to(shop.world.clock.now() + timedelta(seconds=2))
    response = shop.send(issued, door.method, door.target, filled(door.good, shop.names))
    assert (response.status, response.json()) == (401, {"message": "Unauthorized"})
    if name in {"record", "correct", "receive", "plan", "acknowledge"}:
        other = "storefront" if door.who == "operations" else "operations"
        response = shop.send(other, door.method, door.target, filled(door.good, shop.names))
        assert (response.status, response.json()) == (403, {"message": "Forbidden"})
    assert shop.table() == before


@pytest.mark.parametrize("name", DOORS)
def test_a_body_beyond_the_gateways_limit_never_reaches_us(shop: Shop, name: str) -> None:
    door = DOORS[name]
    response = shop.send(door.who, door.method, door.target, b" " * (10 * 1024 * 1024 + 1))
    assert (response.status, list(response.json())) == (413, ["message"])


@pytest.mark.parametrize("name", ["cancel", "amend", "switch", "ship"])
def test_another_storefronts_order_does_not_exist(shop: Shop, name: str) -> None:
    door, before = DOORS[name], shop.table()
    token = shop.world.token("storefront", client="other")
    response = shop.send(token, door.method, door.target, door.good, {"if-match": shop.version()})
    if name == "amend":
        response = shop.send(token, door.method, door.target, {"shipping": "hold"}, {"if-match": shop.version()})
    assert (response.status, response.json()["type"]) == (404, "urn:backorders:problem:not-found")
    assert shop.table() == before


@pytest.mark.parametrize(
    ("who", "target"),
    [
        ("operations", "/v1/backorders"),
        ("operations", "/v1/backorders?sku=CANDLE"),
        ("storefront", "/v1/backorders?customer_id=ann"),
        ("operations", "/v1/releases"),
        ("operations", "/v1/items/CANDLE/queue"),
        ("operations", "/v1/purchase-orders"),
        ("operations", "/v1/items"),
    ],
)
def test_a_cursor_works_for_its_own_list_and_caller_only(fresh_shop: Shop, who: str, target: str) -> None:
    shop, paged = fresh_shop, f"{target}{'&' if '?' in target else '?'}limit=1"
    again(shop, {**ORDER, "order_id": "more"})
    cursor = shop.ok(who, "GET", paged)["next_cursor"]
    assert cursor
    assert shop.send(who, "GET", f"{paged}&cursor={cursor}").status == 200
    elsewhere = "/v1/items?sellability=backorder&limit=1"
    altered = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")
    stranger = shop.world.token("storefront", "operations", client="stranger")
    for token, path, text in (
        (who, paged, altered),
        (who, paged, cursor + "A"),
        (who, paged, "%00"),
        (who, paged, "a b"),
        (who, paged, "x" * 3_000),
        (who, elsewhere, cursor),
        (stranger, paged, cursor),
    ):
        response = shop.send(token, "GET", f"{path}&cursor={text}".replace(" ", "%20"))
        pointers = [error["pointer"] for error in response.json()["errors"]]
        assert (response.status, pointers) == (422, ["cursor"]), response.text


def test_an_order_that_was_refused_before_it_was_recorded_is_listed_once(fresh_shop: Shop) -> None:
    shop = fresh_shop
    order = {**ORDER, "order_id": "again", "lines": [_line(1, sku="RARE", quantity=6)]}
    assert shop.send("storefront", "POST", "/v1/backorders", order).status == 409
    assert "again" not in listed(shop)
    shop.ok("operations", "PUT", "/v1/items/RARE", {"supplier_id": "acme", "unit_cost": "2.50", "backorder_limit": 6})
    shop.ok("storefront", "POST", "/v1/backorders", order)
    assert listed(shop).count("again") == 1


def listed(shop: Shop) -> list[str]:
    page = shop.ok("storefront", "GET", "/v1/backorders?customer_id=ann")
    return [order["order_id"] for order in page["items"]]


@pytest.mark.parametrize("what", ["availability", "queue", "stock"])
def test_an_item_cannot_be_named_like_a_question_about_another(shop: Shop, what: str) -> None:
    """It could be created under that path, but never be read."""
    before = shop.table()
    for path in (f"/v1/items/CANDLE/{what}", f"/v1/items/CANDLE%2F{what}"):
        response = shop.send("operations", "PUT", path, {"supplier_id": "acme", "unit_cost": "1"})
        assert (response.status, response.header("allow")) == (405, "GET")
    assert shop.table() == before


def test_the_scene_is_what_the_cases_take_it_for(shop: Shop) -> None:
    order = shop.ok("storefront", "GET", "/v1/backorders/{id}")
    assert [line["quantities"]["released"] for line in order["lines"]] == [6, 0]
    assert [line["quantities"]["waiting"] for line in order["lines"]] == [0, 4]
    assert shop.ok("operations", "GET", "/v1/purchase-orders/{po}")["status"] == "sent"


def test_there_is_a_case_for_every_field_of_every_body() -> None:
    """A field that is added to a body without a row in the tables above is found here."""
    for door in DOORS.values():
        path = next(path for path in document()["paths"] if _matches(door.target, path))
        content = document()["paths"][path][door.method.lower()]["requestBody"]["content"]
        tried = {"/".join(step for step in path.split("/") if not step.isdigit()) for path in door.fields}
        assert set(_fields(content["application/json"]["schema"])) == tried


def _matches(target: str, path: str) -> bool:
    pairs = list(zip(target.split("/"), path.split("/"), strict=False))
    return target.count("/") == path.count("/") and all(a == b or b.startswith("{") for a, b in pairs)


def _fields(schema: Json) -> Iterator[str]:
    """Paths of all members, through lists and alternatives."""
    if "$ref" in schema:
        yield from _fields(document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    for alternative in schema.get("anyOf", ()):
        yield from _fields(alternative)
    for name, inner in schema.get("properties", {}).items():
        yield name
        yield from (f"{name}/{path}" for path in _fields(inner))
    yield from _fields(schema["items"]) if "items" in schema else ()


def test_a_body_in_latin_1_is_refused_and_stores_nothing(shop: Shop) -> None:
    before = shop.table()
    body = json.dumps(ORDER | {"order_id": "latin"}, ensure_ascii=False).replace("Ann", "J\xe4ne").encode("latin-1")
    headers = {"Idempotency-Key": "latin", "Content-Type": "application/json"}
    token = shop.world.token("storefront")
    reply = shop.world.http("POST", "/v1/backorders", body=body, token=token, headers=headers)
    assert reply.status == 400
    assert "not UTF-8" in reply.text
    assert shop.table() == before


def test_what_is_wrong_with_a_whole_body_is_said_without_a_pointer(shop: Shop) -> None:
    for body, method, target in (([1], "POST", "/v1/backorders"), ({}, "PATCH", "/v1/backorders/{id}")):
        reply = shop.send("storefront", method, target, body, {"If-Match": shop.version()})
        assert reply.status in {400, 422}
        assert reply.json()["detail"][0].isalpha()
