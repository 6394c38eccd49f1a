"""Events reach shops outside AWS: signed, whatever becomes of the receiver, and nowhere they should not."""

from __future__ import annotations

import base64
import hmac
import json
from itertools import pairwise
from typing import Any

import pytest

from infra.local.receivers import Received
from tests.flow.conftest import Shop
from tests.flow.faults import Ask, Faults, forked, insist, rest

pytestmark = pytest.mark.slow

HOST = "shop.example.com"
URL = f"https://{HOST}/hooks?shop=1"


def webhook(shop: Shop, webhook_id: str = "shop", **changes: Any) -> str:
    """A webhook for recorded orders; its secret."""
    body = {"url": URL, "types": ["backorder.recorded"], **changes}
    return str(shop.ok("o", "PUT", f"/v1/webhooks/{webhook_id}", body)["secret"])


def order(shop: Shop) -> Any:
    shop.item("A")
    made = shop.order("1", ("A", 2))
    shop.settle()
    return made


def delivered(shop: Shop) -> list[Received]:
    return [one for one in shop.world.receivers.received if one.status // 100 == 2]


def signed_by(secret: str, received: Received) -> bool:
    """As a receiver checks it, by the specification and none of our code."""
    headers = received.headers
    text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + received.body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    wanted = "v1," + base64.b64encode(hmac.digest(key, text, "sha256")).decode()
    return wanted in headers["webhook-signature"].split(" ")


def test_a_webhooks_id_may_hold_any_printable_character_a_slash_too(shop: Shop) -> None:
    webhook(shop, "w%2F1%3F%C3%A9")
    path = "/v1/webhooks/w%2F1%3F%C3%A9"
    assert shop.ok("o", "GET", path)["webhook_id"] == "w/1?é"
    order(shop)
    (one,) = shop.ok("o", "GET", f"{path}/deliveries")["items"]
    assert one["status"] == "delivered"
    assert shop.ok("o", "POST", f"{path}/replay", {"which": "all"})["events"] == 1
    for method, unreadable in (("PUT", "w%2Fdeliveries"), ("PUT", "w%2Freplay")):
        assert shop.call("o", method, f"/v1/webhooks/{unreadable}", {"url": URL}).status == 405
    assert shop.call("s", "GET", path).status == 403
    assert shop.ok("o", "DELETE", path)["webhook_id"] == "w/1?é"
    assert shop.call("o", "GET", path).status == 404


def test_a_recorded_order_is_told_to_the_webhook_once_and_signed(shop: Shop) -> None:
    secret = webhook(shop)
    made = order(shop)
    (received,) = shop.world.receivers.received
    assert received.url == URL
    assert signed_by(secret, received)
    body = json.loads(received.body)
    assert (body["type"], body["data"]["backorder_id"]) == ("backorder.recorded", made["backorder_id"])
    published = [e.envelope["detail"] for e in shop.world.engine.events.published]
    (event,) = [e for e in published if e["metadata"]["type"] == "backorder.recorded"]
    assert received.headers["webhook-id"] == event["metadata"]["id"]
    assert body["timestamp"] == event["metadata"]["time"]
    assert abs(int(received.headers["webhook-timestamp"]) - int(received.at.timestamp())) <= 1


def test_a_webhook_without_types_gets_every_event(shop: Shop) -> None:
    webhook(shop, types=None)
    order(shop)
    told = [json.loads(one.body)["type"] for one in shop.world.receivers.received]
    assert sorted(told) == sorted(e.envelope["detail-type"] for e in shop.world.engine.events.published)


def test_a_receiver_that_is_down_for_a_day_gets_the_event_once_afterwards(shop: Shop) -> None:
    webhook(shop)
    tried: list[Received] = []

    def down(request: Received) -> int:
        tried.append(request)
        raise ConnectionRefusedError

    shop.world.receivers.answers[HOST] = down
    order(shop)
    shop.days(1)
    assert not delivered(shop)
    del shop.world.receivers.answers[HOST]
    shop.days(2)
    (received,) = delivered(shop)
    assert {one.headers["webhook-id"] for one in tried} == {received.headers["webhook-id"]}
    assert {one.body for one in tried} == {received.body}
    waits = [(b.at - a.at).total_seconds() for a, b in pairwise(tried)]
    assert len(tried) >= 5
    assert waits == sorted(waits)
    assert waits[-1] > 4 * 3600


def test_a_long_wait_costs_no_messages(shop: Shop) -> None:
    """The next try stands in the log; a message is sent for it in its last hour."""
    webhook(shop)
    shop.world.receivers.answers[HOST] = lambda _: 500
    order(shop)
    shop.days(4)
    tries = len(shop.world.receivers.received)
    assert tries == 10
    runs = sum(
        one["sum"]
        for one in shop.world.output.metrics.as_json()
        if one["name"] == "Invocations" and "deliver-webhooks" in one["dimensions"].get("FunctionName", "")
    )
    assert runs < 4 * tries, "a message waits a quarter of an hour at most, and an hour is waited by message"


def test_what_waits_for_its_next_try_ends_when_the_webhook_is_switched_off_and_can_be_replayed(shop: Shop) -> None:
    webhook(shop)
    shop.world.receivers.answers[HOST] = lambda _: 500
    order(shop)
    shop.days(0.2)
    webhook(shop, enabled=False)
    shop.days(1)
    (was,) = shop.ok("o", "GET", "/v1/webhooks/shop/deliveries")["items"]
    assert (was["status"], was["next_try_at"]) == ("given_up", None)
    del shop.world.receivers.answers[HOST]
    webhook(shop)
    shop.ok("o", "POST", "/v1/webhooks/shop/replay", {})
    shop.settle()
    assert len(delivered(shop)) == 1


def test_a_receiver_that_never_takes_it_is_given_up_after_days(shop: Shop) -> None:
    webhook(shop)
    shop.world.receivers.answers[HOST] = lambda _: 500
    order(shop)
    shop.days(5)
    tries = shop.world.receivers.received
    assert len(tries) == 10
    assert 2.5 < (tries[-1].at - tries[0].at).days + 1 < 5
    metrics = {one["name"]: one for one in shop.world.output.metrics.as_json()}
    assert metrics["WebhooksFailed"]["sum"] == 1
    shop.days(3)
    assert len(tries) == 10


@pytest.mark.parametrize("status", [301, 307, 404, 429, 503])
def test_anything_but_2xx_is_tried_again_and_no_redirect_is_followed(shop: Shop, status: int) -> None:
    webhook(shop)
    shop.world.receivers.answers[HOST] = lambda _: status
    order(shop)
    del shop.world.receivers.answers[HOST]
    shop.days(1)
    assert {one.url for one in shop.world.receivers.received} == {URL}
    assert len(delivered(shop)) == 1


def test_410_switches_the_webhook_off_until_somebody_switches_it_on(shop: Shop) -> None:
    webhook(shop)
    shop.world.receivers.answers[HOST] = lambda _: 410
    order(shop)
    found = shop.ok("o", "GET", "/v1/webhooks/shop")
    assert (found["enabled"], found["disabled_because"]) == (False, "gone")
    shop.order("2", ("A", 1))
    shop.days(4)
    assert len(shop.world.receivers.received) == 1
    del shop.world.receivers.answers[HOST]
    webhook(shop)
    shop.order("3", ("A", 1))
    shop.settle()
    assert len(delivered(shop)) == 1
    assert shop.ok("o", "GET", "/v1/webhooks/shop")["disabled_because"] is None


def test_a_failing_receiver_does_not_keep_another_from_its_events(shop: Shop) -> None:
    webhook(shop)
    webhook(shop, "other", url="https://other.example.com/")
    shop.world.receivers.answers[HOST] = lambda _: 500
    order(shop)
    assert [one.url for one in delivered(shop)] == ["https://other.example.com/"]


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fd00:ec2::254"])
def test_a_name_that_leads_inside_by_now_is_not_asked(shop: Shop, address: str) -> None:
    webhook(shop)
    shop.world.receivers.addresses[HOST] = ["9.9.9.9", address]
    order(shop)
    assert shop.world.receivers.received == []
    del shop.world.receivers.addresses[HOST]
    shop.days(1)
    assert len(delivered(shop)) == 1


def test_after_a_rotation_both_secrets_sign_for_a_day(shop: Shop) -> None:
    old = webhook(shop)
    new = webhook(shop, rotate_secret=True)
    order(shop)
    shop.days(1.1)
    shop.order("2", ("A", 1))
    shop.settle()
    during, after = shop.world.receivers.received
    assert (signed_by(old, during), signed_by(new, during)) == (True, True)
    assert (signed_by(old, after), signed_by(new, after)) == (False, True)


def test_the_same_event_twice_is_delivered_once_and_a_replay_of_it_again(shop: Shop) -> None:
    webhook(shop)
    order(shop)
    (event,) = [
        e.envelope for e in shop.world.engine.events.published if e.envelope["detail-type"] == "backorder.recorded"
    ]
    shop.world.send("deliver-webhooks", json.dumps(event))
    shop.settle()
    assert len(delivered(shop)) == 1
    for _ in range(2):
        shop.world.send("deliver-webhooks", json.dumps({**event, "replay-name": "catch-up"}))
    shop.settle()
    first, again = delivered(shop)
    assert (again.headers["webhook-id"], again.body) == (first.headers["webhook-id"], first.body)


def test_a_deleted_webhook_gets_nothing_any_more_not_even_what_was_on_its_way(shop: Shop) -> None:
    webhook(shop)
    shop.world.receivers.answers[HOST] = lambda _: 500
    order(shop)
    del shop.world.receivers.answers[HOST]
    shop.ok("o", "DELETE", "/v1/webhooks/shop")
    shop.days(4)
    assert not delivered(shop)
    assert shop.call("o", "GET", "/v1/webhooks/shop").status == 404


def test_who_changed_what_of_a_webhook_stands_in_the_trail_and_no_secret_does(shop: Shop) -> None:
    secret = webhook(shop)
    webhook(shop)
    shop.ok("o", "PUT", "/v1/webhooks/shop", {"url": URL, "rotate_secret": True})
    shop.ok("o", "POST", "/v1/webhooks/shop/replay", {"which": "all"})
    shop.ok("o", "DELETE", "/v1/webhooks/shop")
    noted = shop.ok("o", "GET", "/v1/actions")["items"][::-1]
    assert [(one["action"], one["about"]) for one in noted] == [
        *[("webhook", "shop")] * 2,
        ("replay", "shop"),
        ("webhook", "shop"),
    ]
    assert {one["actor"] for one in noted} == {"operations:local-shop"}
    assert noted[0]["detail"]["url"] == {"before": None, "after": URL}
    assert noted[1]["detail"] == {"types": {"before": ["backorder.recorded"], "after": []}, "new_secret": True}
    assert (noted[2]["detail"]["which"], noted[2]["detail"]["events"]) == ("all", 0)
    assert noted[3]["detail"]["url"] == {"before": URL, "after": None}
    assert secret.removeprefix("whsec_") not in json.dumps(noted)


def test_no_secret_and_no_address_is_written_to_the_log(shop: Shop) -> None:
    secret = webhook(shop)
    shop.world.receivers.answers[HOST] = lambda _: 410
    order(shop)
    logged = "\n".join(line.line for line in shop.world.output.lines)
    assert logged
    assert secret.removeprefix("whsec_") not in logged
    assert HOST not in logged


def log_of(shop: Shop, query: str = "") -> list[Any]:
    return list(shop.ok("o", "GET", f"/v1/webhooks/shop/deliveries{query}")["items"])


def replay(shop: Shop, key: str, **wanted: Any) -> Any:
    body = shop.ok("o", "POST", "/v1/webhooks/shop/replay", wanted, idempotency_key=key)
    shop.settle()
    return body


def test_the_list_says_what_became_of_each_event_the_latest_first(shop: Shop) -> None:
    webhook(shop)
    webhook(shop, "other", url="https://other.example.com/")
    order(shop)
    shop.world.receivers.answers[HOST] = lambda _: 503
    shop.days(0.1)
    shop.order("2", ("A", 1))
    shop.settle()
    second, first = log_of(shop)
    assert (first["status"], first["tries"], first["http_status"]) == ("delivered", 1, 204)
    assert (second["status"], second["tries"] >= 1, second["http_status"]) == ("retrying", True, 503)
    assert first["event_id"] == shop.world.receivers.received[0].headers["webhook-id"]
    assert [one["event_id"] for one in log_of(shop, "?status=retrying")] == [second["event_id"]]
    page = shop.ok("o", "GET", "/v1/webhooks/shop/deliveries?limit=1")
    rest = shop.ok("o", "GET", f"/v1/webhooks/shop/deliveries?limit=1&cursor={page['next_cursor']}")
    assert [one["event_id"] for one in (*page["items"], *rest["items"])] == [second["event_id"], first["event_id"]]
    assert [one["webhook_id"] for one in shop.ok("o", "GET", "/v1/webhooks")["items"]] == ["other", "shop"]


@pytest.mark.slow
def test_what_was_given_up_is_replayed_once_to_the_webhook_that_missed_it(shop: Shop) -> None:
    webhook(shop)
    webhook(shop, "other", url="https://other.example.com/")
    shop.world.receivers.answers[HOST] = lambda _: 500
    order(shop)
    shop.days(5)
    (missed,) = log_of(shop)
    assert (missed["status"], missed["tries"], missed["http_status"]) == ("given_up", 10, 500)
    del shop.world.receivers.answers[HOST]
    before = len(delivered(shop))
    first = replay(shop, "again")
    assert (first["events"], first["more_since"]) == (1, None)
    assert replay(shop, "again") == first
    assert replay(shop, "once-more")["events"] == 0
    (received,) = delivered(shop)[before:]
    assert (received.url, received.headers["webhook-id"]) == (URL, missed["event_id"])
    assert sorted((one["status"], one["replay"]) for one in log_of(shop)) == [
        ("delivered", first["replay"]),
        ("replayed", None),
    ]


@pytest.mark.slow
def test_a_replay_that_nobody_takes_is_tried_for_days_and_can_be_replayed(shop: Shop) -> None:
    webhook(shop)
    shop.world.receivers.answers[HOST] = lambda _: 500
    order(shop)
    shop.days(5)
    replay(shop, "first")
    shop.days(5)
    assert [one["status"] for one in log_of(shop)] == ["given_up", "replayed"]
    del shop.world.receivers.answers[HOST]
    assert replay(shop, "second")["events"] == 1
    assert len(delivered(shop)) == 1


@pytest.mark.slow
def test_everything_of_a_span_of_time_is_replayed_and_nothing_else(shop: Shop) -> None:
    webhook(shop)
    order(shop)
    shop.days(1)
    middle = shop.world.clock.now().isoformat().replace("+00:00", "Z")
    shop.days(0.1)
    shop.order("2", ("A", 1))
    shop.settle()
    first, second = (one.headers["webhook-id"] for one in delivered(shop))
    replay(shop, "late", which="all", since=middle)
    replay(shop, "early", which="all", until=middle)
    assert [one.headers["webhook-id"] for one in delivered(shop)] == [first, second, second, first]
    assert replay(shop, "before", which="all", until="2000-01-01T00:00:00Z")["events"] == 0
    shop.days(31)
    assert replay(shop, "too-old", which="all")["events"] == 0


@pytest.mark.slow
def test_a_replay_that_is_cut_off_anywhere_delivers_once(shop: Shop) -> None:
    webhook(shop)
    shop.world.receivers.answers[HOST] = lambda _: 500
    order(shop)
    shop.days(5)
    del shop.world.receivers.answers[HOST]
    wanted = Ask("o", "POST", "/v1/webhooks/shop/replay", {})

    def clean() -> Any:
        with Faults(shop.world).at_work() as faults:
            insist(shop, wanted)
        return [call for call, _ in faults.kinds if call[0].endswith("-api")]

    calls = forked(clean)
    assert len(calls) >= 5
    for call in calls:
        for mode in ("dies before", "dies after", "answer lost", "twice"):

            def trial(call: Any = tuple(call), mode: Any = mode) -> Any:
                with Faults(shop.world, call, mode).at_work() as faults:
                    insist(shop, wanted)
                    rest(shop)
                return [faults.happened, len(delivered(shop)), sorted(one["status"] for one in log_of(shop))]

            assert forked(trial) == [True, 1, ["delivered", "replayed"]], (call, mode)


def test_a_webhook_that_is_switched_off_replays_nothing_and_says_so(shop: Shop) -> None:
    webhook(shop, enabled=False)
    answer = shop.call("o", "POST", "/v1/webhooks/shop/replay", {})
    assert (answer.status, answer.body["detail"]) == (409, "the webhook is switched off: nothing would be delivered")
    assert shop.call("o", "POST", "/v1/webhooks/none/replay", {}).status == 404
    backwards = {"since": "2026-01-06T00:00:00Z", "until": "2026-01-05T00:00:00Z"}
    refused = shop.call("o", "POST", "/v1/webhooks/shop/replay", backwards)
    assert (refused.status, refused.body["errors"][0]["pointer"]) == (422, "/until")
