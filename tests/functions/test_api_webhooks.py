"""Webhooks over HTTP."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from infra.routes import STOREFRONT
from tests.functions.documented import assert_documented
from tests.functions.service import Reply, Service

PATH = "/v1/webhooks/shop"
ROUTE = "/v1/webhooks/{id}"
BODY = {"url": "https://shop.example.com/hooks"}


def put(service: Service, body: Any, path: str = PATH, **headers: str) -> Reply:
    reply = service.call("PUT", path, body, headers={k.replace("_", "-"): v for k, v in headers.items()})
    assert_documented(reply, "PUT", ROUTE)
    return reply


def get(service: Service) -> Reply:
    reply = service.call("GET", PATH)
    assert_documented(reply, "GET", ROUTE)
    return reply


def test_a_webhook_is_created_with_a_secret_that_is_shown_once(service: Service) -> None:
    made = put(service, BODY)
    assert (made.status, made.headers["ETag"], made.headers["Location"]) == (201, '"1"', PATH)
    secret = made.json["secret"]
    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 24
    assert get(service).json == {**made.json, "secret": None}
    again = put(service, BODY)
    assert (again.status, again.json) == (200, {**made.json, "secret": None})


def test_two_webhooks_have_two_secrets(service: Service) -> None:
    assert put(service, BODY).json["secret"] != put(service, BODY, "/v1/webhooks/other").json["secret"]


def test_a_change_keeps_the_secret_and_a_rotation_shows_another(service: Service) -> None:
    first = put(service, BODY).json["secret"]
    changed = put(service, {**BODY, "types": ["sku.low", "backorder.recorded"], "enabled": False})
    assert (changed.json["version"], changed.json["secret"]) == (2, None)
    assert changed.json["types"] == ["backorder.recorded", "sku.low"]
    rotated = put(service, {**BODY, "rotate_secret": True})
    assert rotated.status == 200
    assert rotated.json["secret"] not in {None, first}
    assert rotated.json["old_secret_until"] > "2026-01-06T09:00:00"
    assert rotated.json["types"] is None


def test_the_secret_is_shown_although_the_answer_of_the_table_was_lost(service: Service) -> None:
    lost = [True]

    def lose(caller: str | None, name: str, operation: str, params: Any, outcome: Any) -> None:
        if operation == "TransactWriteItems" and lost:
            lost.pop()
            raise ReadTimeoutError(endpoint_url="the answer was lost")

    service.engine.after.append(lose)
    reply = put(service, BODY)
    assert lost == []
    assert reply.status == 201
    assert reply.json["secret"].startswith("whsec_")


def test_only_the_version_that_was_read_is_replaced_or_deleted(service: Service) -> None:
    put(service, BODY)
    assert put(service, {**BODY, "enabled": False}, If_Match='"2"').status == 412
    assert service.call("DELETE", PATH, headers={"If-Match": '"2"'}).status == 412
    assert put(service, {**BODY, "enabled": False}, If_Match='"1"').json["version"] == 2


def test_a_deleted_webhook_is_gone(service: Service) -> None:
    put(service, BODY)
    reply = service.call("DELETE", PATH)
    assert_documented(reply, "DELETE", ROUTE)
    assert (reply.status, reply.json["url"]) == (200, BODY["url"])
    assert get(service).status == 404
    assert service.call("DELETE", PATH).status == 404


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"url": "http://shop.example.com/"}, "/url"),
        ({"url": "https://169.254.169.254/latest"}, "/url"),
        ({"url": "https://2130706433/"}, "/url"),
        ({"url": "https://ann:secret@shop.example.com/"}, "/url"),
        ({"url": "https://shop.example.com:8080/"}, "/url"),
        ({"url": 5}, "/url"),
        ({"types": []}, "/types"),
        ({"types": ["order.paid"]}, "/types/0"),
        ({"types": ["sku.low", "sku.low"]}, "/types"),
        ({"enabled": "yes"}, "/enabled"),
        ({"secret": "whsec_mine"}, "/secret"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_kept(service: Service, change: dict[str, Any], pointer: str) -> None:
    reply = put(service, {**BODY, **change})
    assert (reply.status, reply.pointers) == (422, [pointer])
    assert "secret@" not in reply.text
    assert get(service).status == 404


def test_a_storefront_may_not_look_at_webhooks(service: Service) -> None:
    put(service, BODY)
    assert service.call("GET", PATH, scopes=STOREFRONT).status == 403


def test_there_is_a_most_of_webhooks_and_of_keys(service: Service) -> None:
    for n in range(20):
        assert put(service, BODY, f"/v1/webhooks/{n}").status == 201
    assert put(service, BODY).status == 409
    assert put(service, {**BODY, "enabled": False}, "/v1/webhooks/3").status == 200
    statuses = [put(service, {**BODY, "rotate_secret": True}, "/v1/webhooks/3").status for _ in range(5)]
    assert statuses == [200, 200, 200, 200, 409]
