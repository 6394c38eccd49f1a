"""Imports over HTTP: everything is checked first, nothing is half done, a repeat is harmless."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from infra.local.engine.errors import ServiceError
from shared.contracts.imports import COLUMNS, KINDS, NESTED, ROWS
from shared.contracts.tables import MAX_ROWS
from tests.functions.documented import assert_documented
from tests.functions.service import Reply, Service

SUPPLIER = {"name": "Acme AB", "email": "orders@acme.example"}
CSV, NDJSON = "text/csv", "application/x-ndjson"


@pytest.fixture
def shop(service: Service) -> Service:
    assert service.call("PUT", "/v1/suppliers/acme", SUPPLIER).status == 201
    return service


def send(
    service: Service, kind: str, body: str | bytes, media: str = CSV, query: str = "", key: str | None = None
) -> Reply:
    headers = {"Content-Type": media} | ({"Idempotency-Key": key} if key else {})
    reply = service.call("POST", f"/v1/imports?kind={kind}{query}", body, headers=headers)
    assert_documented(reply, "POST", "/v1/imports")
    return reply


def counts(reply: Reply) -> tuple[int, ...]:
    assert reply.status == 200, reply.text
    return tuple(reply.json[name] for name in ("rows", "created", "updated", "unchanged"))


def business(service: Service) -> list[dict[str, Any]]:
    """The table without the notes about requests."""
    return [item for item in service.items() if item["kind"]["S"] != "request"]


def ndjson(*rows: Any) -> str:
    return "\n".join(json.dumps(row) for row in rows)


def test_items_come_in_as_csv_in_any_order_of_columns(shop: Service) -> None:
    table = (
        "\ufeffdescription;sku;supplier_id;moq;unit_cost;alternatives;backorder_limit;reorder_point\r\n"
        '"Lantern; ""old""\r\ncopper";A;acme;12;3.50;B|C;;5\r\n'
        "\r\n"
        ";B;acme;;;;0;\r\n"
    )
    assert counts(send(shop, "items", table)) == (2, 2, 0, 0)
    one, two = (shop.call("GET", f"/v1/items/{sku}").json for sku in "AB")
    assert one["description"] == 'Lantern; "old"\r\ncopper'
    assert (one["moq"], one["unit_cost"], one["alternatives"]) == (12, "3.50", ["B", "C"])
    assert (one["backorder_limit"], one["reorder_point"]) == (None, 5)
    assert (two["moq"], two["backorder_limit"], two["sellability"]) == (1, 0, "out_of_stock")


def test_suppliers_come_in_as_csv_with_their_lead_times(service: Service) -> None:
    table = (
        "supplier_id,name,email,order_weekdays,lead_time_days.likely,lead_time_days.by,when_quota_missed\n"
        "acme,Acme AB,orders@acme.example,0|3,5,12,top_up\n"
        "beta,Beta,beta@example.com,,,,\n"
    )
    assert counts(send(service, "suppliers", table)) == (2, 2, 0, 0)
    again = {
        **SUPPLIER,
        "order_weekdays": [0, 3],
        "lead_time_days": {"likely": 5, "by": 12},
        "when_quota_missed": "top_up",
    }
    assert service.call("PUT", "/v1/suppliers/acme", again).headers["ETag"] == '"1"'


def test_rows_come_in_as_ndjson_too(shop: Service) -> None:
    body = ndjson({"sku": "A", "supplier_id": "acme", "moq": 2}, {"sku": "B", "supplier_id": "acme"}) + "\n\n"
    assert counts(send(shop, "items", body.encode(), NDJSON)) == (2, 2, 0, 0)
    assert shop.call("GET", "/v1/items/A").json["moq"] == 2


def test_opening_stock_becomes_free_units_that_are_corrections(shop: Service) -> None:
    send(shop, "items", "sku,supplier_id\nA,acme\n")
    assert counts(send(shop, "opening_stock", "sku,quantity\nA,30\n")) == (1, 1, 0, 0)
    stock = shop.call("GET", "/v1/items/A/stock").json
    assert (stock["free"], stock["corrections"], stock["received"]) == (30, 30, 0)


def test_a_repeat_under_its_key_is_the_first_answer(shop: Service) -> None:
    table = "sku,supplier_id\nA,acme\n"
    first = send(shop, "items", table, key="k")
    again = send(shop, "items", table, key="k")
    assert again.json == first.json
    assert (again.status, again.headers["Idempotency-Replayed"]) == (200, "true")
    assert "Idempotency-Replayed" not in first.headers


def test_a_repeat_under_another_key_finds_everything_done(shop: Service) -> None:
    items, stock = "sku,supplier_id\nA,acme\nB,acme\n", "sku,quantity\nA,3\nB,4\n"
    send(shop, "items", items)
    send(shop, "opening_stock", stock)
    before = business(shop)
    assert counts(send(shop, "items", items)) == (2, 0, 0, 2)
    assert counts(send(shop, "opening_stock", stock)) == (2, 0, 0, 2)
    assert business(shop) == before


def test_rows_that_differ_from_what_is_there_replace_it(shop: Service) -> None:
    send(shop, "items", "sku,supplier_id,moq\nA,acme,1\nB,acme,1\n")
    assert counts(send(shop, "items", "sku,supplier_id,moq\nA,acme,2\nB,acme,1\nC,acme,1\n")) == (3, 1, 1, 1)
    assert shop.call("GET", "/v1/items/A").headers["ETag"] == '"2"'


@pytest.mark.parametrize(("kind", "query"), [("opening_stock", ""), ("items", "&dry_run=true")])
def test_a_key_used_for_another_import_is_refused(shop: Service, kind: str, query: str) -> None:
    send(shop, "items", "sku,supplier_id\nA,acme\n", key="k")
    reply = send(shop, kind, "sku,supplier_id\nA,acme\n", query=query, key="k")
    assert (reply.status, reply.json["type"].rsplit(":")[-1]) == (422, "key-reused")


def test_two_clients_may_use_the_same_key(shop: Service) -> None:
    headers = {"Content-Type": CSV, "Idempotency-Key": "k"}
    for client, sku in (("anna", "A"), ("bert", "B")):
        body = f"sku,supplier_id\n{sku},acme\n"
        reply = shop.call("POST", "/v1/imports?kind=items", body, headers=headers, client=client)
        assert counts(reply) == (1, 1, 0, 0)


def test_while_an_import_runs_its_key_is_in_progress(shop: Service) -> None:
    seen: list[Reply] = []

    def meanwhile(caller: str | None, service: str, operation: str, params: dict[str, Any]) -> None:
        if operation == "TransactWriteItems" and not seen:
            seen.append(send(shop, "items", "sku,supplier_id\nA,acme\n", key="k"))

    shop.engine.before.append(meanwhile)
    assert send(shop, "items", "sku,supplier_id\nA,acme\n", key="k").status == 200
    assert (seen[0].status, seen[0].json["type"].rsplit(":")[-1]) == (409, "in-progress")
    assert seen[0].headers["Retry-After"] == "5"


def test_an_import_that_failed_gives_its_key_back(shop: Service) -> None:
    table = "sku,supplier_id\nA,acme\n"

    def cut(caller: str | None, service: str, operation: str, params: dict[str, Any]) -> None:
        if operation == "TransactWriteItems":
            raise KeyboardInterrupt

    shop.engine.before.append(cut)
    with pytest.raises(KeyboardInterrupt):
        send(shop, "items", table, key="k")
    shop.engine.before.clear()
    assert counts(send(shop, "items", table, key="k")) == (1, 1, 0, 0)


def test_a_claim_whose_answer_was_lost_does_not_keep_its_own_request_waiting(shop: Service) -> None:
    """The SDK makes a call again whose answer never came: it meets what it has written itself."""

    def already(_caller: str | None, service: str, operation: str, params: dict[str, Any]) -> None:
        if operation == "PutItem":
            shop.engine.before.remove(already)
            shop.engine.execute(service, operation, params)

    shop.engine.before.append(already)
    assert counts(send(shop, "items", "sku,supplier_id\nA,acme\n", key="k")) == (1, 1, 0, 0)


@pytest.mark.usefixtures("_no_waiting")
def test_a_claim_that_never_got_an_answer_is_given_back(shop: Service) -> None:
    def late(_caller: str | None, _service: str, operation: str, *_: Any) -> None:
        if operation == "PutItem":
            raise ServiceError("InternalServerError", "the answer was lost", 500)

    shop.engine.after.append(late)
    assert send(shop, "items", "sku,supplier_id\nA,acme\n", key="k").status == 503
    shop.engine.after.clear()
    assert counts(send(shop, "items", "sku,supplier_id\nA,acme\n", key="k")) == (1, 1, 0, 0)


def test_a_claim_that_nobody_gave_back_is_taken_over_after_a_minute(shop: Service) -> None:
    table = "sku,supplier_id\nA,acme\n"

    def dead(caller: str | None, service: str, operation: str, params: dict[str, Any]) -> None:
        if operation in {"TransactWriteItems", "DeleteItem"}:
            raise KeyboardInterrupt

    shop.engine.before.append(dead)
    with pytest.raises(KeyboardInterrupt):
        send(shop, "items", table, key="k")
    shop.engine.before.clear()
    assert send(shop, "items", table, key="k").status == 409
    shop.clock.advance_to(shop.clock.now() + timedelta(seconds=61))
    assert counts(send(shop, "items", table, key="k")) == (1, 1, 0, 0)
    assert send(shop, "items", table, key="k").headers["Idempotency-Replayed"] == "true"


# nothing half done


def test_one_wrong_row_stops_all_and_every_wrong_cell_is_named(shop: Service) -> None:
    before = business(shop)
    table = (
        "sku,supplier_id,moq,unit_cost,alternatives\n"
        "A,acme,1,1.00,\n"
        "B,nobody,1,1.00,\n"
        ",acme,0,x,\n"
        "A,acme,1,1.00,\n"
        "C,acme,1,1.00,C\n"
        "D,acme\n"
        "E,acme,1.5,1.00,F|F\n"
    )
    reply = send(shop, "items", table)
    assert reply.status == 422
    assert [(one["row"], one["pointer"]) for one in reply.json["errors"]] == [
        (2, "/supplier_id"),
        (3, "/moq"),
        (3, "/sku"),
        (3, "/unit_cost"),
        (4, "/sku"),
        (5, "/alternatives/0"),
        (6, ""),
        (7, "/alternatives"),
        (7, "/moq"),
    ]
    assert reply.json["detail"].startswith("9 fields")
    assert business(shop) == before


def test_a_dry_run_answers_like_the_import_and_writes_nothing(shop: Service) -> None:
    table, wrong = "sku,supplier_id\nA,acme\n", "sku,supplier_id\nA,nobody\n"
    before = business(shop)
    assert counts(send(shop, "items", table, query="&dry_run=true")) == (1, 1, 0, 0)
    dry, real = send(shop, "items", wrong, query="&dry_run=true"), send(shop, "items", wrong)
    assert (dry.status, dry.json["errors"]) == (real.status, real.json["errors"]) == (422, dry.json["errors"])
    assert business(shop) == before


def test_a_refused_import_can_be_sent_again_under_its_key_once_it_is_right(shop: Service) -> None:
    table = "sku,quantity\nA,1\n"
    assert send(shop, "opening_stock", table, key="k").status == 422
    send(shop, "items", "sku,supplier_id\nA,acme\n")
    assert counts(send(shop, "opening_stock", table, key="k")) == (1, 1, 0, 0)


def test_opening_stock_is_posted_once_per_sku(shop: Service) -> None:
    send(shop, "items", "sku,supplier_id\nA,acme\nB,acme\n")
    send(shop, "opening_stock", "sku,quantity\nA,3\n")
    before = business(shop)
    reply = send(shop, "opening_stock", "sku,quantity\nA,4\nnope,1\nB,1\nB,1\n")
    assert [(one["row"], one["pointer"]) for one in reply.json["errors"]] == [
        (1, "/quantity"),
        (2, "/sku"),
        (4, "/sku"),
    ]
    assert business(shop) == before


@pytest.mark.parametrize("row", ["A,0", "A,-1", "A,1.5", "A,", "A,x", "A,1000001", ",1"])
def test_a_wrong_opening_stock_is_refused(shop: Service, row: str) -> None:
    send(shop, "items", "sku,supplier_id\nA,acme\n")
    assert send(shop, "opening_stock", f"sku,quantity\n{row}\n").status == 422


@pytest.mark.usefixtures("_no_waiting")
def test_an_outage_in_the_middle_leaves_whole_cards_and_a_repeat_does_the_rest(shop: Service) -> None:
    table = "sku,supplier_id\n" + "".join(f"S{n:03},acme\n" for n in range(100))
    transactions: list[int] = []

    def outage(caller: str | None, service: str, operation: str, params: dict[str, Any]) -> None:
        if operation == "TransactWriteItems":
            transactions.append(1)
            if len(transactions) > 2:
                raise ServiceError("ThrottlingException", "slow down")

    shop.engine.before.append(outage)
    reply = send(shop, "items", table, key="k")
    assert (reply.status, "Retry-After" in reply.headers) == (503, True)
    shop.engine.before.clear()
    written = {item["sku"]["S"] for item in business(shop) if item["kind"]["S"] == "item"}
    listed = {item["sk"]["S"] for item in business(shop) if item["kind"]["S"] == "entry"}
    counters = {item["sku"]["S"] for item in business(shop) if item["kind"]["S"] == "stock"}
    assert len(written) == 60
    assert written == listed == counters
    assert counts(send(shop, "items", table, key="k")) == (100, 40, 0, 60)


def test_an_import_that_runs_out_of_time_says_so_and_goes_on_when_repeated(shop: Service) -> None:
    send(shop, "items", "sku,supplier_id\n" + "".join(f"S{n},acme\n" for n in range(5)))
    table = "sku,quantity\n" + "".join(f"S{n},1\n" for n in range(5))

    def slow(caller: str | None, service: str, operation: str, params: dict[str, Any]) -> None:
        if operation == "TransactWriteItems":
            shop.context.seconds_left -= 10

    shop.engine.before.append(slow)
    reply = send(shop, "opening_stock", table, key="k")
    assert (reply.status, reply.headers["Retry-After"]) == (503, "1")
    assert "again" in reply.json["detail"]
    shop.engine.before.clear()
    shop.context.seconds_left = 29.0
    assert counts(send(shop, "opening_stock", table, key="k")) == (5, 2, 0, 3)
    assert [shop.call("GET", f"/v1/items/S{n}/stock").json["free"] for n in range(5)] == [1] * 5


@pytest.mark.slow
def test_the_largest_import_fits(shop: Service) -> None:
    table = "sku,supplier_id\n" + "".join(f"S{n},acme\n" for n in range(MAX_ROWS))
    assert counts(send(shop, "items", table, query="&dry_run=true")) == (MAX_ROWS, MAX_ROWS, 0, 0)


def test_an_import_costs_calls_by_the_hundred_not_by_the_row(shop: Service) -> None:
    table = "sku,supplier_id\n" + "".join(f"S{n},acme\n" for n in range(300))
    before = sum(usage.calls for usage in shop.engine.meter.by_operation().values())
    send(shop, "items", table)
    assert sum(usage.calls for usage in shop.engine.meter.by_operation().values()) - before <= 60


# what cannot be read


@pytest.mark.parametrize(
    ("body", "status", "detail"),
    [
        ("", 422, "empty"),
        ("\n", 422, "empty"),
        ("sku,colour\nA,red\n", 422, "known are sku"),
        ("sku,sku\nA,B\n", 422, "twice"),
        ('sku,supplier_id\n"A,acme\n', 400, "not CSV"),
        ('sku,supplier_id\n"A"x,acme\n', 400, "not CSV"),
        ("sku\n" + "A\n" * (MAX_ROWS + 1), 422, "10000 rows"),
        ("sku\n" + "x" * 200_000, 400, "not CSV"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused(shop: Service, body: str, status: int, detail: str) -> None:
    reply = send(shop, "items", body)
    assert (reply.status, detail in reply.json["detail"]) == (status, True), reply.text


def test_lines_of_ndjson_that_cannot_be_read_are_named(shop: Service) -> None:
    body = '{"sku": "A", "supplier_id": "acme"}\n{"sku"\n[1]\n{"sku": NaN}\n{"sku": "B", "sku": "C"}\n'
    reply = send(shop, "items", body, NDJSON)
    assert [(one["row"], one["pointer"]) for one in reply.json["errors"]] == [(2, ""), (3, ""), (4, ""), (5, "")]


@pytest.mark.parametrize("query", ["", "&kind=things", "kind=items&dry_run=maybe", "kind="])
def test_the_kind_has_to_be_named(shop: Service, query: str) -> None:
    reply = shop.call("POST", f"/v1/imports?{query}", "sku\nA\n", headers={"Content-Type": CSV})
    assert reply.status == 422


@pytest.mark.parametrize("media", ["application/json", "text/plain", ""])
def test_another_format_is_refused(shop: Service, media: str) -> None:
    headers = {"Content-Type": media}
    reply = shop.call("POST", "/v1/imports?kind=items", "sku\nA\n", headers=headers)
    assert (reply.status, reply.pointers) == (400, ["Content-Type"])


@pytest.mark.parametrize(
    ("cell", "sku"), [("'=1+1", "=1+1"), ("'-A", "-A"), ("'A", "'A"), ("''=1", "''=1"), ("'@x", "@x")]
)
def test_the_apostrophe_that_keeps_a_cell_from_being_a_formula_is_taken_off(shop: Service, cell: str, sku: str) -> None:
    send(shop, "items", f"sku,supplier_id\n{cell},acme\n")
    assert [one["sku"] for one in shop.call("GET", "/v1/items").json["items"]] == [sku]


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_of_a_row_has_a_column(kind: Any) -> None:
    fields = set(ROWS[kind].model_fields)
    assert {name.partition(".")[0] for name in COLUMNS[kind].names} == fields - NESTED[kind]
