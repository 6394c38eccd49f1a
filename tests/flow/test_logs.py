"""Log lines tell a story: from the request that recorded an order, through queues and streams, to the mail."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from infra.constructs.http_api import ACCESS_LOG
from infra.constructs.saved_queries import OF_GATEWAY, QUERIES
from infra.local.engine import ServiceError
from shared.runtime.telemetry import FIELDS
from tests.flow.conftest import Shop
from tests.infra import insights
from tests.operator.test_dead_letters_tool import broken

pytestmark = pytest.mark.slow

Line = dict[str, Any]


def lines(shop: Shop) -> Iterator[Line]:
    """What was logged, as Logs Insights reads it."""
    for one in shop.world.output.lines:
        if one.line.startswith("{") and "_aws" not in (line := json.loads(one.line)):
            yield {"@timestamp": one.at.isoformat(), **line}


def story(shop: Shop, order: Line) -> list[Line]:
    asked = QUERIES["the story of an order"].replace("BACKORDER", order["backorder_id"]).replace("REQUEST", "-")
    return [one["@line"] for one in insights.run(asked, list(lines(shop)))]


@pytest.fixture
def busy(shop: Shop) -> Shop:
    """Two orders, one of them served and shipped; a refused one, and a message that cannot be read."""
    for sku in ("A", "B"):
        shop.item(sku)
    return shop


def served(shop: Shop) -> Line:
    order: Line = shop.order("1", ("A", 2), ("B", 1))
    shop.order("2", ("A", 1))
    shop.days(0.1)
    shop.found("A", 2)
    shop.found("B", 1)
    shop.days(0.1)
    (release,) = shop.read(order)["releases"]
    shop.ok("s", "POST", f"/v1/releases/{release['release_id']}/ship", {"shipment_id": "s1"})
    shop.days(0.1)
    return order


def test_one_request_is_followed_to_every_event_and_mail_of_its_order(busy: Shop) -> None:
    order = served(busy)
    told = story(busy, order)
    assert {one.get("backorder") for one in told} == {order["backorder_id"]}
    happened = [one["type"] for one in told if one["message"] == "business_event"]
    assert set(happened) >= {"backorder.recorded", "line.allocated", "release.created", "shipment.confirmed"}
    mails = [(one["mail_kind"], one["outcome"]) for one in told if one["message"] == "customer_mail"]
    assert [kind for kind, _ in mails] == ["accepted", "released", "shipped"]
    assert {outcome for _, outcome in mails} == {"sent"}


def test_the_request_that_recorded_an_order_is_on_its_event_and_on_every_mail(busy: Shop) -> None:
    told = story(busy, served(busy))
    (request,) = [one["correlation_id"] for one in told if one["message"] == "backorder_recorded"]
    asked = QUERIES["the story of an order"].replace("REQUEST", request).replace("BACKORDER", "-")
    followed = [one["@line"] for one in insights.run(asked, list(lines(busy)))]
    assert [one["mail_kind"] for one in followed if "mail_kind" in one] == ["accepted", "released", "shipped"]
    assert {one.get("type") for one in followed} >= {"backorder.recorded", "release.created"}


def test_a_mail_names_the_change_that_caused_it_and_so_does_the_event_of_that_change(busy: Shop) -> None:
    told = story(busy, served(busy))
    first = next(one for one in told if one["message"] == "customer_mail")
    recorded = next(one for one in told if one.get("type") == "backorder.recorded")
    assert first["causation_id"] == recorded["change"]
    assert recorded["event_id"] == f"{recorded['change']}-0"
    followed = QUERIES["what followed from a change"].replace("CHANGE", recorded["change"])
    assert {one["message"] for one in insights.run(followed, list(lines(busy)))} >= {"business_event", "customer_mail"}


@pytest.fixture
def delivered(busy: Shop) -> tuple[Shop, Line]:
    """An order from its request to its last mail, by way of a purchase order whose supplier is late."""
    order: Line = busy.order("1", ("A", 2), ("B", 1))
    busy.order("2", ("A", 1))
    busy.days(1)
    (bought,) = busy.ok("o", "GET", "/v1/purchase-orders")["items"]
    path = f"/v1/purchase-orders/{bought['purchase_order_id']}/acknowledge"
    late = [{"sku": sku, "status": "accepted", "date": "2026-03-02"} for sku in ("A", "B")]
    busy.ok("o", "POST", path, {"lines": late})
    busy.days(1)
    busy.receive(A=3, B=1)
    busy.days(0.1)
    release = next(one for one in busy.read(order)["releases"])
    busy.ok("s", "POST", f"/v1/releases/{release['release_id']}/ship", {"shipment_id": "s1"})
    busy.days(0.1)
    return busy, order


def requests_of(known: list[Line], message: str) -> set[str]:
    return {one["correlation_id"] for one in known if (one["service"], one["message"]) == ("api", message)}


def test_the_id_of_the_first_request_alone_finds_what_came_of_it_up_to_the_mails(
    delivered: tuple[Shop, Line],
) -> None:
    known, order = list(lines(delivered[0])), delivered[1]["backorder_id"]
    recorded = [one for one in known if one["message"] == "backorder_recorded"]
    (request,) = [one["correlation_id"] for one in recorded if one["backorder"] == order]
    asked = QUERIES["the story of an order"].replace("REQUEST", request).replace("BACKORDER", "-")
    told = [one["@line"] for one in insights.run(asked, known)]
    assert {one.get("backorder", order) for one in told} == {order}
    steps = [one.get("type") or one.get("mail_kind") or one["message"] for one in told]
    assert list(dict.fromkeys(steps)) == [
        "backorder_recorded",
        "request_answered",
        "backorder.recorded",
        "demand_counted",
        "accepted",
        "promise.revised",
        "promise_later",
        "line.allocated",
        "release.created",
        "payment.capture_due",
        "released",
        "shipment.confirmed",
        "shipped",
    ]
    assert len([one for one in told if one["message"] == "demand_counted"]) == 2


def test_every_mail_and_event_of_an_order_is_walked_back_to_a_request_or_run(delivered: tuple[Shop, Line]) -> None:
    known, order = list(lines(delivered[0])), delivered[1]["backorder_id"]
    by_change = {one["change"]: one for one in known if "change" in one}
    begun = {one["correlation_id"] for one in known if one["service"] in {"api", "chase-overdue"}}
    ways: dict[str, list[str]] = {}
    for one in known:
        if one.get("backorder") != order or one["service"] == "api":
            continue
        name, way, cause = one.get("type") or one.get("mail_kind") or one["message"], [], one["causation_id"]
        while cause not in begun:
            assert len(way) < 5, f"{name} came of itself"
            way.append(by_change[cause]["type"])
            cause = by_change[cause]["causation_id"]
        ways[name] = [*way, cause]
    (received,), (shipped,) = requests_of(known, "receipt_posted"), requests_of(known, "release_shipped")
    assert ways["release.created"] == ["line.allocated", received]
    assert ways["released"] == ["line.allocated", received]
    assert ways["shipped"][-1] == ways["shipment.confirmed"][-1] == shipped


def test_the_line_of_an_event_names_the_version_that_ran_and_how_long_after_the_change_it_was_told(busy: Shop) -> None:
    told = [one for one in story(busy, served(busy)) if one["message"] == "business_event"]
    assert {one["version"] for one in told} == {"1"}
    assert all(0 <= one["duration"] < 5 for one in told)


def test_each_event_has_one_line_with_its_id(busy: Shop) -> None:
    served(busy)
    logged = [one["event_id"] for one in lines(busy) if one["message"] == "business_event"]
    published = [event.envelope["detail"]["metadata"]["id"] for event in busy.world.engine.events.published]
    assert sorted(logged) == sorted(published)
    assert len(set(logged)) == len(logged)


def test_an_order_of_the_bulk_queue_is_followed_from_its_message_on(busy: Shop) -> None:
    body = busy.order_body("bulk-1", ("A", 1)) | {"storefront": "shop"}
    message = busy.world.send("record-backorders", json.dumps(body))
    busy.days(0.1)
    told = [one for one in lines(busy) if one.get("correlation_id") == message]
    assert {one["message"] for one in told} >= {"backorder_recorded", "business_event", "customer_mail"}


def test_nothing_personal_is_in_any_line(busy: Shop) -> None:
    served(busy)
    text = "\n".join(line.line for line in busy.world.output.lines)
    assert [word for word in ("ann@example.com", "Ann", "orders@acme.example") if word in text] == []


def test_the_query_of_the_gateway_counts_what_each_route_answered() -> None:
    """Its access log is not written here: these are lines as the gateway's format has them."""
    assert insights.names(OF_GATEWAY["answers by route"]) <= ACCESS_LOG.keys()
    logged = [{"route": "POST /v1/backorders", "status": status} for status in ("201", "503", "201")]
    assert insights.run(OF_GATEWAY["answers by route"], logged) == [
        {"route": "POST /v1/backorders", "status": "201", "answers": 2},
        {"route": "POST /v1/backorders", "status": "503", "answers": 1},
    ]


@pytest.mark.parametrize("name", QUERIES)
def test_a_saved_query_asks_for_fields_that_lines_have(name: str) -> None:
    always = {"service", "message", "correlation_id", "error", "error_code", "aws_error", "aws_operation"}
    assert insights.names(QUERIES[name]) - FIELDS - always == set()


def test_every_saved_query_finds_something_where_there_is_something(busy: Shop) -> None:
    order = served(busy)
    busy.call("s", "POST", "/v1/backorders", busy.order_body("3", ("NOTHING", 1)))
    hook = broken(busy.world, "api")
    busy.call("s", "GET", f"/v1/backorders/{order['backorder_id']}")
    busy.world.engine.before.remove(hook)
    known = list(lines(busy))
    first = next(one for one in known if one.get("causation_id"))
    put = {"REQUEST": "-", "BACKORDER": order["backorder_id"], "CHANGE": first["causation_id"]}
    for name, query in QUERIES.items():
        if name == "messages that failed, and why":
            continue
        for word, value in put.items():
            query = query.replace(f'"{word}"', f'"{value}"')
        assert insights.run(query, known), name


@pytest.mark.parametrize(("news", "who"), [(False, "chase-overdue"), (True, "notify-customers")])
def test_a_mail_whose_sender_died_is_named_by_whoever_settles_it(busy: Shop, news: bool, who: str) -> None:
    """SES took it, and nobody could write that down. Later news of the order may come before the chaser."""
    busy.world.advance(timedelta(minutes=32))  # the chaser comes in 58 minutes
    sent: list[Any] = []

    def took(_caller: Any, service: str, *_: Any) -> None:
        if service == "sesv2":
            sent.append(busy.world.clock.now())

    def die(caller: str | None, service: str, _operation: str, _params: Any) -> None:
        dies = sent and busy.world.clock.now() <= sent[0] + timedelta(seconds=5)
        if dies and service == "dynamodb" and str(caller).endswith("notify-customers"):
            raise ServiceError("InternalServerError", "not now", 500)

    busy.world.engine.after.append(took)
    busy.world.engine.before.append(die)
    order = busy.order("1", ("A", 2))
    busy.world.advance(timedelta(minutes=20))
    if news:
        busy.found("A", 2)
    busy.world.advance(timedelta(hours=2))
    settled = [(one["service"], one["key"]) for one in lines(busy) if one["message"] == "mail_settled"]
    assert settled == [(who, order["backorder_id"][-16:])]
