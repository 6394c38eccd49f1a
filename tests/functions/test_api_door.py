"""The HTTP door itself: what it reads, what it refuses, and how."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pytest import MonkeyPatch

from infra.routes import OPERATIONS, ROUTES, STOREFRONT
from shared.kernel import errors
from shared.kernel.errors import ServiceError
from shared.runtime import http_door
from shared.runtime.http import REGISTRY, Answer, Operation
from tests.functions.service import Reply, Service

SUPPLIER = {"name": "Acme", "email": "orders@acme.example"}
PROBLEM = {"type", "title", "status", "detail", "instance", "errors", "trace_id"}


def assert_problem(reply: Reply, status: int, code: str) -> None:
    assert reply.status == status, reply.text
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert set(reply.json) == PROBLEM
    assert reply.json["type"] == f"urn:backorders:problem:{code}"
    assert reply.json["status"] == status
    assert reply.json["trace_id"].startswith("request-")
    assert "Traceback" not in reply.text


# routing


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v1/nothing", "/v2/items", "/v1/items/", "/v1/items/a/b/c", "/v1/items/a%2Fb"]
)
def test_an_unknown_path_is_a_404_problem(service: Service, path: str) -> None:
    assert_problem(service.call("GET", path), 404, "not-found")


def test_a_known_path_with_another_method_is_a_405_that_names_the_methods(service: Service) -> None:
    reply = service.call("DELETE", "/v1/items/A")
    assert_problem(reply, 405, "method-not-allowed")
    assert reply.headers["Allow"] == "GET, PUT"


def test_every_answer_carries_the_security_headers(service: Service) -> None:
    for reply in (service.call("GET", "/v1/health"), service.call("GET", "/v1/nothing")):
        assert reply.headers["Cache-Control"] == "no-store"
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert reply.headers["Strict-Transport-Security"].startswith("max-age=")
        assert "default-src 'none'" in reply.headers["Content-Security-Policy"]


def test_the_instance_is_the_path_but_never_a_token_of_a_page(service: Service) -> None:
    assert service.call("GET", "/v1/no%20thing%22").json["instance"] == "/v1/no%20thing%22"
    for page in ("/b", "/p"):
        reply = service.call("GET", f"{page}/secret-token", headers={"accept": "application/json"})
        assert reply.json["instance"] == page


# scopes


@pytest.mark.parametrize("route", [route for route in ROUTES if route.scopes], ids=lambda route: route.key)
@pytest.mark.parametrize("scopes", [None, "", "openid", "other/operations", "operations", "backorders/"])
def test_without_a_fitting_scope_nothing_is_done(service: Service, route: Any, scopes: str | None) -> None:
    if route.key not in {operation.key for operation in REGISTRY}:
        pytest.skip("not registered yet")
    path = route.path.replace("{", "").replace("}", "")
    assert_problem(service.call(route.method, path, {}, scopes=scopes, headers={"If-Match": '"1"'}), 403, "forbidden")


def test_a_storefront_may_not_do_what_only_operations_may(service: Service) -> None:
    assert_problem(service.call("PUT", "/v1/suppliers/a", SUPPLIER, scopes=STOREFRONT), 403, "forbidden")
    assert service.call("PUT", "/v1/suppliers/a", SUPPLIER, scopes=OPERATIONS).status == 201


# bodies


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("{", 400, "malformed"),
        ("", 400, "malformed"),
        ("   ", 400, "malformed"),
        ("[]", 422, "invalid"),
        ("null", 422, "invalid"),
        ('"text"', 422, "invalid"),
        ("1", 422, "invalid"),
        ('{"name": NaN}', 400, "malformed"),
        ('{"name": Infinity}', 400, "malformed"),
        ('{"name": "a", "name": "b"}', 400, "malformed"),
        ('{"lead_time_days": {"by": 1, "by": 2}}', 400, "malformed"),
        ("[" * 50_000, 400, "malformed"),
        ('{"a":' * 50_000, 400, "malformed"),
        ('{"max_wait_days": ' + "9" * 5_000 + "}", 400, "malformed"),
        ("\ufeff{}", 400, "malformed"),
        ("{}", 422, "invalid"),
        (b"\xff\xfe{}", 400, "malformed"),
        (b'{"name": "\xc3"}', 400, "malformed"),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(service: Service, body: Any, status: int, code: str) -> None:
    assert_problem(service.call("PUT", "/v1/suppliers/a", body), status, code)
    assert service.items() == []


@pytest.mark.parametrize(
    ("target", "body", "pointer"),
    [
        ("/v1/suppliers/a", '{"name": "\\ud800", "email": "a@b.se"}', "/name"),
        ("/v1/suppliers/a", '{"name": "a", "email": "a@b.se", "\\udfff": 1}', ""),
        ("/v1/settings", '{"head_start_days": {"standard": 0, "\\udfff": 1}}', "/head_start_days/\ufffd\ufffd\ufffd"),
    ],
)
def test_lone_surrogates_are_refused_and_do_not_break_the_answer(
    service: Service, target: str, body: str, pointer: str
) -> None:
    reply = service.call("PUT", target, body)
    assert_problem(reply, 422, "invalid")
    assert reply.pointers == [pointer]
    reply.text.encode()


def test_a_body_of_more_than_one_megabyte_is_a_413_problem(service: Service) -> None:
    small, large = (json.dumps({**SUPPLIER, "name": "x" * size}) for size in (1_048_000, 1_049_000))
    assert_problem(service.call("PUT", "/v1/suppliers/a", small), 422, "invalid")
    assert_problem(service.call("PUT", "/v1/suppliers/a", large), 413, "too-large")
    assert_problem(service.call("PUT", "/v1/suppliers/a", large.encode()), 413, "too-large")


def test_a_body_that_is_not_the_base64_it_claims_to_be_is_refused(service: Service) -> None:
    event = {"isBase64Encoded": True, "body": "%%%"}
    operation = next(one for one in REGISTRY if one.key == "PUT /v1/settings")
    with pytest.raises(errors.Malformed):
        http_door._body(event, {}, operation)


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "text/json", "application/xml", "json", ";"]
)
def test_another_content_type_is_refused_by_name(service: Service, kind: str) -> None:
    reply = service.call("PUT", "/v1/suppliers/a", json.dumps(SUPPLIER), headers={"Content-Type": kind})
    assert_problem(reply, 400, "malformed")
    assert reply.pointers == ["Content-Type"]


@pytest.mark.parametrize(
    "kind", ["application/json", "Application/JSON; charset=UTF-8", "application/merge-patch+json", ""]
)
def test_json_by_any_of_its_names_is_read(service: Service, kind: str) -> None:
    reply = service.call("PUT", "/v1/suppliers/a", json.dumps(SUPPLIER), headers={"Content-Type": kind})
    assert reply.status == 201, reply.text


def test_json_in_another_encoding_is_refused(service: Service) -> None:
    headers = {"Content-Type": "application/json; charset=utf-16"}
    assert_problem(service.call("PUT", "/v1/suppliers/a", SUPPLIER, headers=headers), 400, "malformed")


def test_a_base64_body_is_read_like_a_text(service: Service) -> None:
    assert service.call("PUT", "/v1/suppliers/a", json.dumps(SUPPLIER).encode()).status == 201


def test_what_is_wrong_deep_in_a_body_is_named_by_its_pointer(service: Service) -> None:
    body = {**SUPPLIER, "lead_time_days": {"likely": "5", "by": 9}, "order_weekdays": [0, 9], "colour": "red"}
    reply = service.call("PUT", "/v1/suppliers/a", body)
    assert_problem(reply, 422, "invalid")
    assert reply.pointers == ["/order_weekdays/1", "/lead_time_days/likely", "/colour"]


def test_a_hundred_wrong_fields_are_listed_and_the_number_of_all_is_said(service: Service) -> None:
    reply = service.call("PUT", "/v1/suppliers/a", {**SUPPLIER, **{f"f{n}": 1 for n in range(150)}})
    assert len(reply.json["errors"]) == 100
    assert reply.json["detail"].startswith("150 fields")


# headers


@pytest.mark.parametrize("key", ["", "a b", "å", "x" * 256, "a\tb", "\x7f"])
def test_every_post_needs_an_idempotency_key_of_visible_ascii(service: Service, key: str) -> None:
    reply = service.call("POST", "/v1/imports?kind=items", "sku", headers={"Idempotency-Key": key})
    assert_problem(reply, 400, "malformed")
    assert reply.pointers == ["Idempotency-Key"]


@pytest.mark.parametrize("tag", ["*", "abc", '"1', '"1", "2"', "1.0", "-1", '"1" x'])
def test_an_if_match_that_is_not_one_etag_is_refused(service: Service, tag: str) -> None:
    reply = service.call("PUT", "/v1/suppliers/a", SUPPLIER, headers={"If-Match": tag})
    assert_problem(reply, 400, "malformed")
    assert reply.pointers == ["If-Match"]


@pytest.mark.parametrize("tag", ['"2"', '"abc"', '""', 'W/"1"', '"' + "9" * 40 + '"'])
def test_an_etag_that_is_not_the_present_one_is_stale(service: Service, tag: str) -> None:
    service.call("PUT", "/v1/suppliers/a", SUPPLIER)
    reply = service.call("PUT", "/v1/suppliers/a", {**SUPPLIER, "name": "B"}, headers={"If-Match": tag})
    assert_problem(reply, 412, "stale")


def test_a_patch_needs_if_match(service: Service) -> None:
    assert_problem(service.call("PATCH", "/v1/backorders/bo_x", {"shipping": "hold"}), 428, "if-match-required")


# query and path


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("foo=1", "foo"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=-1", "limit"),
        ("limit=1.5", "limit"),
        ("limit=", "limit"),
        ("limit=%D9%A3", "limit"),
        ("limit=1&limit=2", "limit"),
        ("sellability=maybe", "sellability"),
        ("sellability=a%00", "sellability"),
        ("cursor=x", "cursor"),
        ("%3Cscript%3E=1", "(unreadable)"),
    ],
)
def test_a_query_that_is_not_understood_is_refused_by_name(service: Service, query: str, pointer: str) -> None:
    reply = service.call("GET", f"/v1/items?{query}")
    assert_problem(reply, 422, "invalid")
    assert reply.pointers == [pointer]


@pytest.mark.parametrize("query", ["cursor=%FF", "&".join(f"a{n}=1" for n in range(60))])
def test_a_query_that_cannot_be_read_is_refused(service: Service, query: str) -> None:
    assert_problem(service.call("GET", f"/v1/items?{query}"), 400, "malformed")


@pytest.mark.parametrize("sku", ["x" * 129, "a%00b", "%E2%80%AEa", "%0A"])
def test_a_sku_in_the_path_that_cannot_be_one(service: Service, sku: str) -> None:
    assert_problem(service.call("GET", f"/v1/items/{sku}"), 404, "not-found")
    reply = service.call("PUT", f"/v1/items/{sku}", {"supplier_id": "a"})
    assert_problem(reply, 422, "invalid")
    assert reply.pointers == ["sku"]


# what goes wrong inside


def all_errors() -> list[type[ServiceError]]:
    found, todo = [], [ServiceError]
    while todo:
        one = todo.pop()
        found.append(one)
        todo += [sub for sub in one.__subclasses__() if sub.__module__ == errors.__name__]
    return found


@pytest.fixture
def failing(monkeypatch: MonkeyPatch) -> Any:
    """Lets GET /v1/health raise what it is given."""

    def let(error: BaseException) -> None:
        def run(call: Any) -> Answer:
            raise error

        operation = Operation("GET", "/v1/health", (), run, None, {200: None}, (), "fails")
        monkeypatch.setattr(http_door, "_operations", lambda: {operation.key: operation})

    return let


@pytest.mark.parametrize("kind", all_errors(), ids=lambda kind: kind.__name__)
def test_every_error_of_the_kernel_is_a_problem_with_its_status_and_code(
    service: Service, failing: Any, kind: type[ServiceError]
) -> None:
    failing(kind.at("/a/b", "is wrong"))
    reply = service.call("GET", "/v1/health")
    assert_problem(reply, kind.status, kind.code)
    assert reply.json["title"] == kind.title
    assert reply.json["errors"] == [{"pointer": "/a/b", "detail": "is wrong"}]
    assert ("Retry-After" in reply.headers) == issubclass(kind, errors.Unavailable | errors.InProgress)


def test_the_codes_of_all_errors_differ() -> None:
    codes = [kind.code for kind in all_errors()]
    assert len(set(codes)) == len(codes)


def test_retry_after_is_what_the_error_says(service: Service, failing: Any) -> None:
    failing(errors.Unavailable("busy", retry_after=7))
    assert service.call("GET", "/v1/health").headers["Retry-After"] == "7"


def test_an_unexpected_error_says_nothing_to_the_client_and_its_kind_to_the_log(
    service: Service, failing: Any, capsys: Any
) -> None:
    failing(RuntimeError("jane@example.com"))
    reply = service.call("GET", "/v1/health")
    assert_problem(reply, 500, "internal")
    out = capsys.readouterr().out
    assert "RuntimeError" in out
    assert '"RequestsFailed":[1.0]' in out
    assert "jane@example.com" not in out + reply.text


def test_a_refusal_logs_no_field_name_that_the_client_made_up(service: Service, capsys: Any) -> None:
    service.call("PUT", "/v1/suppliers/a", {**SUPPLIER, "jane@example.com": 1, "name": 5})
    (line,) = [
        one for one in map(json.loads, capsys.readouterr().out.splitlines()) if one.get("message") == "request_refused"
    ]
    assert line["pointers"] == ["/name"]
    assert "jane" not in json.dumps(line)
