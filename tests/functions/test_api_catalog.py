"""Items and suppliers over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.engine.errors import ServiceError
from infra.routes import OPERATIONS, STOREFRONT
from shared.aws import keys
from shared.aws.stock_items import change_stock
from shared.aws.table import Delete, Table
from tests.functions.documented import assert_documented
from tests.functions.service import Reply, Service

SUPPLIER: dict[str, Any] = {
    "name": "Acme AB",
    "email": "orders@acme.example",
    "locale": "sv",
    "country": "SE",
    "order_weekdays": [3, 0],
    "lead_time_days": {"likely": 5, "by": 12},
    "min_order_value": "250.00",
    "currency": "SEK",
    "max_wait_days": 10,
}
ITEM: dict[str, Any] = {
    "description": "Lantern, copper",
    "supplier_id": "acme",
    "supplier_sku": "L-9",
    "moq": 12,
    "pack_size": 6,
    "unit_cost": "18.20",
    "currency": "SEK",
    "backorder_limit": 40,
    "sellability_when_empty": "backorder",
    "reorder_point": None,
    "alternatives": ["LANTERN-2", "LANTERN-3"],
    "price_breaks": [{"quantity": 60, "unit_cost": "17.00"}, {"quantity": 600, "unit_cost": "15.5"}],
    "other_suppliers": [],
}


@pytest.fixture
def shop(service: Service) -> Service:
    """A service that knows one supplier."""
    assert service.call("PUT", "/v1/suppliers/acme", SUPPLIER).status == 201
    return service


def stock(service: Service, sku: str) -> dict[str, Any]:
    item = service.invoke_with_table(lambda table: table.get(keys.stock(sku)))
    assert item is not None
    return dict(item)


def put(service: Service, sku: str, /, **changes: Any) -> Reply:
    reply = service.call("PUT", f"/v1/items/{sku}", {**ITEM, **changes})
    assert_documented(reply, "PUT", "/v1/items/{sku}")
    return reply


# suppliers


def test_a_supplier_is_created_once_and_then_replaced(service: Service) -> None:
    created = service.call("PUT", "/v1/suppliers/acme", SUPPLIER)
    assert (created.status, created.headers["ETag"], created.headers["Location"]) == (201, '"1"', "/v1/suppliers/acme")
    assert created.json == {
        **SUPPLIER,
        "supplier_id": "acme",
        "order_weekdays": [0, 3],
        "when_quota_missed": "order_anyway",
        "freight_cost": "0",
        "small_order_fee": None,
        "hold_for": "order_value",
        "amend_days": 0,
        "holidays": [],
        "learned": None,
        "version": 1,
    }
    replaced = service.call("PUT", "/v1/suppliers/acme", {**SUPPLIER, "name": "Acme"})
    assert (replaced.status, replaced.headers["ETag"]) == (200, '"2"')
    assert "Location" not in replaced.headers
    assert_documented(replaced, "PUT", "/v1/suppliers/{supplier_id}")


def test_the_same_supplier_again_changes_nothing(shop: Service) -> None:
    before = shop.items()
    again = shop.call("PUT", "/v1/suppliers/acme", SUPPLIER)
    assert (again.status, again.headers["ETag"]) == (200, '"1"')
    assert shop.items() == before


def test_a_supplier_is_replaced_only_in_the_version_that_was_read(shop: Service) -> None:
    other = {**SUPPLIER, "name": "Other"}
    assert shop.call("PUT", "/v1/suppliers/acme", other, headers={"If-Match": '"1"'}).status == 200
    assert shop.call("PUT", "/v1/suppliers/acme", SUPPLIER, headers={"If-Match": '"1"'}).status == 412
    assert shop.call("PUT", "/v1/suppliers/new", SUPPLIER, headers={"If-Match": '"1"'}).status == 412


SUPPLIER_FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"name": ""}, "/name"),
    ({"name": None}, "/name"),
    ({"email": "nobody"}, "/email"),
    ({"email": "a@b.se\r\nBcc: c@d.se"}, "/email"),
    ({"locale": "swedish!"}, "/locale"),
    ({"country": "Sweden"}, "/country"),
    ({"order_weekdays": []}, "/order_weekdays"),
    ({"order_weekdays": [7]}, "/order_weekdays/0"),
    ({"order_weekdays": [-1]}, "/order_weekdays/0"),
    ({"order_weekdays": [1, 1]}, "/order_weekdays"),
    ({"order_weekdays": ["1"]}, "/order_weekdays/0"),
    ({"order_weekdays": 1}, "/order_weekdays"),
    ({"holidays": ["2026-02-30"]}, "/holidays/0"),
    ({"holidays": ["2026-12-24", "24.12.2026"]}, "/holidays/1"),
    ({"holidays": ["2026-12-24", "2026-12-24"]}, "/holidays"),
    ({"holidays": ["9999-12-31"]}, "/holidays/0"),
    ({"holidays": "2026-12-24"}, "/holidays"),
    ({"holidays": [f"2026-01-{n % 28 + 1:02d}" for n in range(101)]}, "/holidays"),
    ({"order_weekdays": [0, 1, 2, 3, 4, 5, 6, 0]}, "/order_weekdays"),
    ({"lead_time_days": {"likely": 9, "by": 5}}, "/lead_time_days/likely"),
    ({"lead_time_days": {"likely": 9}}, "/lead_time_days/by"),
    ({"lead_time_days": {"likely": -1, "by": 5}}, "/lead_time_days/likely"),
    ({"lead_time_days": {"likely": 1, "by": 5, "max": 9}}, "/lead_time_days/max"),
    ({"lead_time_days": 5}, "/lead_time_days"),
    ({"lead_time_days": None}, "/lead_time_days"),
    ({"min_order_value": "-1"}, "/min_order_value"),
    ({"min_order_value": 100}, "/min_order_value"),
    ({"currency": "kr"}, "/currency"),
    ({"max_wait_days": -1}, "/max_wait_days"),
    ({"max_wait_days": 1.5}, "/max_wait_days"),
    ({"when_quota_missed": "wait"}, "/when_quota_missed"),
    ({"freight_cost": "-1"}, "/freight_cost"),
    ({"small_order_fee": "5,00"}, "/small_order_fee"),
    ({"hold_for": "ever"}, "/hold_for"),
    ({"amend_days": -1}, "/amend_days"),
    ({"colour": "red"}, "/colour"),
]


@pytest.mark.parametrize(("fault", "pointer"), SUPPLIER_FAULTS, ids=lambda value: str(value)[:60])
def test_a_wrong_field_of_a_supplier_is_named(service: Service, fault: dict[str, Any], pointer: str) -> None:
    reply = service.call("PUT", "/v1/suppliers/acme", {**SUPPLIER, **fault})
    assert (reply.status, reply.pointers) == (422, [pointer]), reply.text
    assert service.items() == []


# items


def test_an_item_is_created_with_its_counters_and_its_place_in_the_list(shop: Service) -> None:
    created = put(shop, "LANTERN%2D1")
    assert (created.status, created.headers["ETag"], created.headers["Location"]) == (201, '"1"', "/v1/items/LANTERN-1")
    assert created.json == {
        **ITEM,
        "sku": "LANTERN-1",
        "sellability": "backorder",
        "available_now": 0,
        "version": 1,
    }
    assert stock(shop, "LANTERN-1")["free"] == 0
    assert "gsi1pk" not in stock(shop, "LANTERN-1")
    assert [one["sku"] for one in shop.call("GET", "/v1/items").json["items"]] == ["LANTERN-1"]


def test_replacing_an_item_keeps_its_counters(shop: Service) -> None:
    put(shop, "A")
    shop.invoke_with_table(lambda table: table.write(change_stock("A", free=5, corrections=5)))
    replaced = put(shop, "A", description="New")
    assert (replaced.status, replaced.headers["ETag"]) == (200, '"2"')
    assert (replaced.json["sellability"], replaced.json["available_now"]) == ("in_stock", 5)
    assert stock(shop, "A")["corrections"] == 5


def test_an_item_is_read_as_it_can_be_sold_now(shop: Service) -> None:
    put(shop, "A")
    shop.invoke_with_table(lambda table: table.write(change_stock("A", free=5, waiting=3, corrections=5)))
    for scopes in (STOREFRONT, OPERATIONS):
        reply = shop.call("GET", "/v1/items/A", scopes=scopes)
        assert (reply.status, reply.headers["ETag"]) == (200, '"1"')
        assert (reply.json["available_now"], reply.json["sellability"]) == (2, "in_stock")
        assert_documented(reply, "GET", "/v1/items/{sku}")


def test_what_the_system_moves_does_not_change_the_etag(shop: Service) -> None:
    put(shop, "A")
    shop.invoke_with_table(lambda table: table.write(change_stock("A", free=5, corrections=5, bump=True)))
    assert put(shop, "A", description="New").headers["ETag"] == '"2"'


def test_the_same_item_again_changes_nothing(shop: Service) -> None:
    put(shop, "A")
    before = shop.items()
    again = put(shop, "A")
    assert (again.status, again.headers["ETag"]) == (200, '"1"')
    assert shop.items() == before


def test_an_item_without_a_currency_has_its_suppliers(shop: Service) -> None:
    body = {name: value for name, value in ITEM.items() if name != "currency"}
    assert shop.call("PUT", "/v1/items/A", body).json["currency"] == "SEK"


def test_an_item_costs_what_its_suppliers_orders_are_in(shop: Service) -> None:
    refused = put(shop, "A", currency="EUR")
    assert (refused.status, refused.pointers) == (422, ["/currency"])
    assert "must be SEK" in refused.json["errors"][0]["detail"]


@pytest.mark.parametrize("currency", ["ZZZ", "XAU", "XTS", "DEM"])
def test_a_currency_is_one_of_iso_4217(shop: Service, currency: str) -> None:
    assert put(shop, "A", currency=currency).pointers == ["/currency"]


@pytest.mark.parametrize("sku", ["a/stock", "a/queue", "a/b/availability", "/subscriptions"])
def test_a_sku_may_not_end_like_a_path_that_asks_something_of_it(shop: Service, sku: str) -> None:
    line = {"line_id": "1", "sku": sku, "quantity": 1, "unit_price": "1"}
    order = {"order_id": "1", "customer": {"id": "c", "email": "c@example.com", "name": "C"}, "currency": "EUR"}
    told = shop.call("POST", "/v1/backorders", order | {"lines": [line]}, scopes="backorders/storefront")
    assert (told.status, told.pointers) == (422, ["/lines/0/sku"])
    table = f"sku,supplier_id\n{sku},acme\n"
    imported = shop.call("POST", "/v1/imports?kind=items", table, headers={"Content-Type": "text/csv"})
    assert (imported.status, imported.pointers) == (422, ["/sku"])


def test_a_path_that_was_no_utf8_names_nothing_and_creates_nothing(shop: Service) -> None:
    assert put(shop, "%EF%BF%BD").status == 422


def test_an_unknown_item_is_not_found(service: Service) -> None:
    reply = service.call("GET", "/v1/items/nope")
    assert reply.status == 404
    assert_documented(reply, "GET", "/v1/items/{sku}")


@pytest.mark.parametrize(
    "sku", ["%20", "A%20B", "100%25", "%23%3F%26", "%C3%A5%2B", "..", "=1+1", "a%22b", "x" * 128, "~%7C"]
)
def test_any_printable_sku_can_be_put_and_read(shop: Service, sku: str) -> None:
    assert put(shop, sku).status == 201
    location = put(shop, sku, description="x").json["sku"]
    assert shop.call("GET", f"/v1/items/{sku}").json["sku"] == location


ITEM_FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"supplier_id": "nobody"}, "/supplier_id"),
    ({"supplier_id": ""}, "/supplier_id"),
    ({"supplier_id": None}, "/supplier_id"),
    ({"description": "x" * 2001}, "/description"),
    ({"description": "a\x00"}, "/description"),
    ({"supplier_sku": ""}, "/supplier_sku"),
    ({"supplier_sku": "x" * 129}, "/supplier_sku"),
    ({"moq": 0}, "/moq"),
    ({"moq": 1.0}, "/moq"),
    ({"moq": "12"}, "/moq"),
    ({"moq": True}, "/moq"),
    ({"moq": 1_000_001}, "/moq"),
    ({"pack_size": 0}, "/pack_size"),
    ({"pack_size": None}, "/pack_size"),
    ({"unit_cost": "-1"}, "/unit_cost"),
    ({"unit_cost": "1,50"}, "/unit_cost"),
    ({"unit_cost": 18.2}, "/unit_cost"),
    ({"currency": "sek"}, "/currency"),
    ({"backorder_limit": -1}, "/backorder_limit"),
    ({"backorder_limit": "none"}, "/backorder_limit"),
    ({"sellability_when_empty": "in_stock"}, "/sellability_when_empty"),
    ({"sellability_when_empty": None}, "/sellability_when_empty"),
    ({"reorder_point": -1}, "/reorder_point"),
    ({"reorder_point": 0.5}, "/reorder_point"),
    ({"alternatives": ["A"]}, "/alternatives/0"),
    ({"alternatives": ["B", "B"]}, "/alternatives"),
    ({"alternatives": ["B", ""]}, "/alternatives/1"),
    ({"alternatives": [f"B{n}" for n in range(21)]}, "/alternatives"),
    ({"alternatives": "B"}, "/alternatives"),
    ({"alternatives": None}, "/alternatives"),
    ({"price_breaks": [{"quantity": 1, "unit_cost": "1"}]}, "/price_breaks/0/quantity"),
    ({"price_breaks": [{"quantity": 5, "unit_cost": "18.20"}]}, "/price_breaks/0/unit_cost"),
    (
        {"price_breaks": [{"quantity": 5, "unit_cost": "9"}, {"quantity": 5, "unit_cost": "8"}]},
        "/price_breaks/1/quantity",
    ),
    (
        {"price_breaks": [{"quantity": 5, "unit_cost": "9"}, {"quantity": 6, "unit_cost": "9"}]},
        "/price_breaks/1/unit_cost",
    ),
    ({"price_breaks": [{"quantity": 5}]}, "/price_breaks/0/unit_cost"),
    ({"price_breaks": [{"quantity": n, "unit_cost": f"{18 - n / 10:.1f}"} for n in range(2, 23)]}, "/price_breaks"),
    ({"other_suppliers": [{"supplier_id": "nobody"}]}, "/other_suppliers/0/supplier_id"),
    ({"other_suppliers": [{"supplier_id": "acme"}]}, "/other_suppliers/0/supplier_id"),
    ({"other_suppliers": [{"supplier_id": "x"}, {"supplier_id": "x"}]}, "/other_suppliers/1/supplier_id"),
    ({"other_suppliers": [{"supplier_id": "x", "moq": 0}]}, "/other_suppliers/0/moq"),
    ({"other_suppliers": [{"supplier_id": "x", "currency": "SEK"}]}, "/other_suppliers/0/currency"),
    (
        {"other_suppliers": [{"supplier_id": "x", "price_breaks": [{"quantity": 2, "unit_cost": "1"}]}]},
        "/other_suppliers/0/price_breaks/0/unit_cost",
    ),
    ({"sku": "A"}, "/sku"),
    ({"version": 1}, "/version"),
]


@pytest.mark.parametrize(("fault", "pointer"), ITEM_FAULTS, ids=lambda value: str(value)[:60])
def test_a_wrong_field_of_an_item_is_named(shop: Service, fault: dict[str, Any], pointer: str) -> None:
    before = shop.items()
    reply = put(shop, "A", **fault)
    assert (reply.status, reply.pointers) == (422, [pointer]), reply.text
    assert shop.items() == before


# the place among what may need ordering


def test_a_stocked_item_is_always_among_what_may_need_ordering(shop: Service) -> None:
    put(shop, "A", reorder_point=3)
    put(shop, "B")
    put(shop, "B", reorder_point=0)
    assert stock(shop, "A")["gsi1pk"] == stock(shop, "B")["gsi1pk"] == keys.need("acme")
    assert stock(shop, "A")["gsi1sk"] == "A"


def test_an_item_that_changes_its_supplier_takes_its_need_along(shop: Service) -> None:
    shop.call("PUT", "/v1/suppliers/other", SUPPLIER)
    put(shop, "A", reorder_point=3)
    version = stock(shop, "A")["version"]
    put(shop, "A", reorder_point=3, supplier_id="other")
    assert stock(shop, "A")["gsi1pk"] == keys.need("other")
    assert stock(shop, "A")["version"] == version + 1


def test_an_item_without_need_changes_its_supplier_alone(shop: Service) -> None:
    shop.call("PUT", "/v1/suppliers/other", SUPPLIER)
    put(shop, "A")
    before = stock(shop, "A")
    assert put(shop, "A", supplier_id="other").status == 200
    assert stock(shop, "A") == before


def test_a_need_that_arises_while_the_supplier_changes_moves_too(shop: Service) -> None:
    shop.call("PUT", "/v1/suppliers/other", SUPPLIER)
    put(shop, "A")
    place: dict[Any, Any] = {"gsi1pk": keys.need("acme"), "gsi1sk": "A"}
    happened: list[bool] = []

    def meanwhile(caller: str | None, service: str, operation: str, params: dict[str, Any]) -> None:
        if operation == "TransactWriteItems" and not happened:
            happened.append(True)
            Table("Table").write(change_stock("A", waiting=1, set_=place))

    shop.engine.before.append(meanwhile)
    assert put(shop, "A", supplier_id="other").status == 200
    assert happened
    assert stock(shop, "A")["gsi1pk"] == keys.need("other")


# writers at the same time


def test_of_two_writers_without_if_match_both_are_done_in_some_order(shop: Service) -> None:
    put(shop, "A")
    happened: list[bool] = []

    def meanwhile(caller: str | None, service: str, operation: str, params: dict[str, Any]) -> None:
        if operation == "TransactWriteItems" and not happened:
            happened.append(True)
            put(shop, "A", description="the other's")

    shop.engine.before.append(meanwhile)
    mine = shop.call("PUT", "/v1/items/A", {**ITEM, "description": "mine", "reorder_point": 1})
    assert (mine.status, mine.headers["ETag"], mine.json["description"]) == (200, '"3"', "mine")


def test_of_two_writers_with_if_match_the_later_is_stale(shop: Service) -> None:
    put(shop, "A")
    happened: list[bool] = []

    def meanwhile(caller: str | None, service: str, operation: str, params: dict[str, Any]) -> None:
        if operation in {"PutItem", "TransactWriteItems"} and not happened:
            happened.append(True)
            put(shop, "A", description="the other's")

    shop.engine.before.append(meanwhile)
    body = {**ITEM, "description": "mine"}
    assert shop.call("PUT", "/v1/items/A", body, headers={"If-Match": '"1"'}).status == 412
    assert shop.call("GET", "/v1/items/A").json["description"] == "the other's"


def test_a_card_that_never_stands_still_is_undecided_not_refused(shop: Service) -> None:
    def lost(caller: str | None, service: str, operation: str, params: dict[str, Any]) -> None:
        if operation in {"PutItem", "TransactWriteItems"}:
            raise ServiceError("ConditionalCheckFailedException", "The conditional request failed")

    shop.engine.before.append(lost)
    reply = shop.call("PUT", "/v1/suppliers/acme", {**SUPPLIER, "name": "B"})
    assert (reply.status, reply.headers["Retry-After"]) == (503, "1")


@pytest.mark.usefixtures("_no_waiting")
def test_a_busy_table_is_a_503_that_can_be_repeated(shop: Service) -> None:
    def busy(caller: str | None, service: str, operation: str, params: dict[str, Any]) -> None:
        raise ServiceError("ThrottlingException", "slow down")

    shop.engine.before.append(busy)
    reply = shop.call("GET", "/v1/items/A")
    assert (reply.status, "Retry-After" in reply.headers) == (503, True)
    assert_documented(reply, "GET", "/v1/items/{sku}")


# the list


def pages(service: Service, query: str, limit: int) -> list[list[str]]:
    found, cursor = [], None
    while True:
        target = f"/v1/items?limit={limit}{query}" + (f"&cursor={cursor}" if cursor else "")
        reply = service.call("GET", target, scopes=STOREFRONT)
        assert reply.status == 200, reply.text
        assert_documented(reply, "GET", "/v1/items")
        found.append([one["sku"] for one in reply.json["items"]])
        cursor = reply.json["next_cursor"]
        if cursor is None:
            return found


def listed(found: list[list[str]]) -> list[str]:
    return [sku for page in found for sku in page]


@pytest.mark.parametrize(
    ("count", "limit", "sizes"), [(0, 2, [0]), (2, 2, [2]), (3, 2, [2, 1]), (4, 2, [2, 2]), (1, 2, [1])]
)
def test_the_pages_of_the_list_hold_every_item_once_in_order(
    shop: Service, count: int, limit: int, sizes: list[int]
) -> None:
    skus = [f"S{n}" for n in range(count)]
    for sku in reversed(skus):
        put(shop, sku)
    found = pages(shop, "", limit)
    assert [len(page) for page in found] == sizes
    assert listed(found) == skus


def test_the_list_can_be_narrowed_to_what_may_be_sold_in_one_way(shop: Service) -> None:
    for number in range(7):
        put(shop, f"S{number}", sellability_when_empty="preorder" if number % 3 == 0 else "backorder")
    shop.invoke_with_table(lambda table: table.write(change_stock("S0", free=5, corrections=5)))
    put(shop, "T", backorder_limit=0)
    assert listed(pages(shop, "&sellability=preorder", 1)) == ["S3", "S6"]
    assert listed(pages(shop, "&sellability=in_stock", 5)) == ["S0"]
    assert listed(pages(shop, "&sellability=out_of_stock", 5)) == ["T"]
    assert pages(shop, "&sellability=discontinued", 5) == [[]]


def test_a_cursor_works_for_its_caller_and_filter_only(shop: Service) -> None:
    for sku in ("A", "B", "C"):
        put(shop, sku)
    cursor = shop.call("GET", "/v1/items?limit=1&sellability=backorder", client="anna").json["next_cursor"]
    target = f"/v1/items?limit=2&sellability=backorder&cursor={cursor}"
    assert [one["sku"] for one in shop.call("GET", target, client="anna").json["items"]] == ["B", "C"]
    for foreign in (
        shop.call("GET", target, client="bert"),
        shop.call("GET", target, client="anna", scopes=STOREFRONT),
        shop.call("GET", f"/v1/items?cursor={cursor}", client="anna"),
        shop.call("GET", f"/v1/items/A/queue?cursor={cursor}", client="anna"),
    ):
        assert (foreign.status, foreign.pointers) == (422, ["cursor"])


def test_an_item_that_goes_away_between_two_pages_loses_no_other(shop: Service) -> None:
    for sku in ("A", "B", "C"):
        put(shop, sku)
    cursor = shop.call("GET", "/v1/items?limit=1").json["next_cursor"]
    shop.invoke_with_table(lambda table: table.write(Delete(keys.item_entry("A"))))
    assert [one["sku"] for one in shop.call("GET", f"/v1/items?cursor={cursor}").json["items"]] == ["B", "C"]


def test_an_item_has_other_suppliers_who_sell_it_in_its_currency(shop: Service) -> None:
    for supplier_id, currency in (("near", "SEK"), ("far", "EUR")):
        shop.call("PUT", f"/v1/suppliers/{supplier_id}", {**SUPPLIER, "currency": currency})
    terms = {"supplier_id": "near", "supplier_sku": "N-1", "moq": 4, "pack_size": 2, "unit_cost": "21.00"}
    offer = {**terms, "price_breaks": [{"quantity": 20, "unit_cost": "19.99"}]}
    assert put(shop, "A", other_suppliers=[offer]).json["other_suppliers"] == [offer]
    assert shop.call("GET", "/v1/items/A").json["other_suppliers"] == [offer]
    again = put(shop, "A", other_suppliers=[offer])
    assert (again.status, again.headers["ETag"]) == (200, '"1"')
    refused = put(shop, "A", other_suppliers=[offer, {"supplier_id": "far"}, {"supplier_id": "nobody"}])
    assert refused.status == 422
    assert {one["pointer"]: one["detail"] for one in refused.json["errors"]} == {
        "/other_suppliers/1/supplier_id": "takes orders in EUR: costs of one item are compared in SEK",
        "/other_suppliers/2/supplier_id": "is not a known supplier",
    }
