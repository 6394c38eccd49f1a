"""Payments on the whole chain: reported once, kept in the history, and asked for again before it is too late."""

from __future__ import annotations

from typing import Any

import pytest

from tests.flow.conftest import Answer, Json, Shop
from tests.flow.faults import Ask, Faults, ask, forked, insist, rest, wrong
from tests.flow.test_consent import acknowledged, customer, events

pytestmark = pytest.mark.slow


def report(shop: Shop, order: Json, status: str, who: str = "s", **more: Any) -> Answer:
    headers = {name: more.pop(name) for name in ("idempotency_key",) if name in more}
    path = f"/v1/backorders/{order['backorder_id']}/payment"
    return shop.call(who, "POST", path, {"status": status, **more}, **headers)


def due(shop: Shop) -> list[Json]:
    shop.settle()
    published = [one.envelope for one in shop.world.engine.events.published]
    return [dict(e["detail"])["data"] for e in published if e["detail-type"] == "payment.reauthorise_due"]


def history(shop: Shop, order: Json) -> list[tuple[str, str, str]]:
    items = shop.ok("s", "GET", f"/v1/backorders/{order['backorder_id']}/history")["items"]
    return [(e["event"], e["actor"], e["cause"]) for e in items if e["event"] == "payment"]


def authorised(until: str) -> Json:
    return {"payment": {"mode": "deferred", "authorisation_expires_at": until}}


def test_an_authorisation_that_ends_before_the_goods_come_is_flagged_when_recorded(shop: Shop) -> None:
    shop.item("A", free=1)
    shop.item("B")
    shop.order("in time", ("B", 1), **authorised("2026-01-20T00:00:00Z"))
    shop.order("in stock", ("A", 1), **authorised("2026-01-07T00:00:00Z"))
    shop.order("prepaid", ("B", 1), payment={"mode": "prepaid"})
    late = shop.order("late", ("A", 1), ("B", 1), **authorised("2026-01-07T00:00:00Z"))
    assert late["payment"]["reauthorise"] == "expires"
    (event,) = due(shop)
    assert event == {
        "backorder_id": late["backorder_id"],
        "order_id": "late",
        "storefront": "local-shop",
        "reason": "expires",
        "authorisation_expires_at": "2026-01-07T00:00:00Z",
        "needed_at": "2026-01-10T23:59:59Z",
    }


def test_a_new_authorisation_ends_the_matter_unless_it_ends_too_early_as_well(shop: Shop) -> None:
    shop.item("A")
    order = shop.order("1", ("A", 1), **authorised("2026-01-07T00:00:00Z"))
    assert len(due(shop)) == 1
    short = report(shop, order, "reauthorised", authorisation_expires_at="2026-01-08T00:00:00Z")
    assert (short.body["payment"]["reauthorise"], len(due(shop))) == ("expires", 2)
    long = report(shop, order, "reauthorised", authorisation_expires_at="2026-03-01T00:00:00Z")
    assert long.body["payment"] == {
        "mode": "deferred",
        "authorisation_expires_at": "2026-03-01T00:00:00Z",
        "status": "reauthorised",
        "reauthorise": None,
        "place_kept_until": None,
    }
    assert len(due(shop)) == 2


def test_a_failed_payment_keeps_the_place_and_asks_the_shop_for_another(shop: Shop) -> None:
    shop.item("A")
    order, other = shop.order("1", ("A", 1)), shop.order("2", ("A", 1))
    failed = report(shop, order, "failed")
    assert failed.body["payment"]["place_kept_until"].startswith("2026-01-08T09:00:00")
    (event,) = due(shop)
    assert (event["reason"], event["place_kept_until"]) == ("failed", failed.body["payment"]["place_kept_until"])
    shop.found("A", 1)
    shop.settle()
    assert (shop.units(order), shop.units(other)) == ({"released": 1}, {"waiting": 1})


def test_what_was_reported_is_in_the_history_once_however_often_it_is_repeated(shop: Shop) -> None:
    shop.item("A")
    order = shop.order("1", ("A", 1))
    first = report(shop, order, "captured", idempotency_key="k")
    again = report(shop, order, "captured", idempotency_key="k")
    assert (first.status, again.status, again.headers["idempotency-replayed"]) == (200, 200, "true")
    assert report(shop, order, "failed", idempotency_key="k").status == 422
    report(shop, order, "refunded")
    assert history(shop, order) == [
        ("payment", "storefront:local-shop", "captured"),
        ("payment", "storefront:local-shop", "refunded"),
    ]
    assert due(shop) == []


def test_a_payment_is_reported_in_the_middle_of_a_large_order_too(shop: Shop) -> None:
    shop.item("A")
    order = shop.order("1", *([("A", 1)] * 120), **authorised("2026-01-07T00:00:00Z"))
    assert report(shop, order, "failed").status == 200
    assert [event["reason"] for event in due(shop)] == ["expires", "failed"]


@pytest.mark.parametrize("mail", [True, False])
def test_a_date_that_moves_past_the_authorisation_is_told_to_the_shop_once(shop: Shop, mail: bool) -> None:
    shop.item("A")
    order = shop.order("1", ("A", 1), **authorised("2026-02-10T00:00:00Z"))
    shop.ok("o", "PUT", "/v1/settings", {"mail_enabled": mail})
    assert due(shop) == []
    shop.days(0.5)
    acknowledged(shop, 60)
    (event,) = due(shop)
    assert (event["reason"], event["needed_at"] > event["authorisation_expires_at"]) == ("expires", True)
    assert shop.ok("s", "GET", f"/v1/backorders/{order['backorder_id']}")["payment"]["reauthorise"] == "expires"
    assert history(shop, order) == [("payment", "service", "expires")]
    acknowledged(shop, 90)
    assert len(due(shop)) == 1
    report(shop, order, "reauthorised", authorisation_expires_at="2026-04-20T00:00:00Z")
    acknowledged(shop, 180)
    assert len(due(shop)) == 2
    assert wrong(shop) == []


@pytest.mark.parametrize("status", ["captured", "refunded"])
def test_money_that_moves_for_a_part_does_not_renew_the_authorisation_of_the_rest(shop: Shop, status: str) -> None:
    shop.item("A", free=1)
    order = shop.order("1", ("A", 2), **authorised("2026-01-07T00:00:00Z"))
    assert len(due(shop)) == 1
    payment = report(shop, order, status).body["payment"]
    assert (payment["status"], payment["reauthorise"]) == (status, "expires")
    shop.days(0.5)
    acknowledged(shop, 60)
    assert len(due(shop)) == 1
    report(shop, order, "reauthorised", authorisation_expires_at="2026-04-20T00:00:00Z")
    assert shop.read(order)["payment"]["reauthorise"] is None


def test_once_everything_is_paid_no_other_authorisation_is_asked_for(shop: Shop) -> None:
    shop.item("A")
    order = shop.order("1", ("A", 1), **authorised("2026-01-07T00:00:00Z"))
    shop.receive(A=1)
    shop.settle()
    assert report(shop, order, "captured").body["payment"]["reauthorise"] is None


def test_a_capture_that_succeeds_ends_the_matter_of_one_that_failed(shop: Shop) -> None:
    shop.item("A")
    order = shop.order("1", ("A", 1), payment={"mode": "deferred"})
    report(shop, order, "failed")
    payment = report(shop, order, "captured").body["payment"]
    assert (payment["reauthorise"], payment["place_kept_until"], len(due(shop))) == (None, None, 1)


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({}, 422, "/status"),
        ({"status": "lost"}, 422, "/status"),
        ({"status": "captured", "authorisation_expires_at": "2026-02-01T00:00:00Z"}, 422, "/authorisation_expires_at"),
        ({"status": "reauthorised", "authorisation_expires_at": "2026-01-01T00:00:00Z"}, 422, "/authorisation_expires_at"),
        ({"status": "captured", "amount": "1"}, 422, "/amount"),
        ({"status": "reauthorised"}, 409, "/status"),
    ],
)  # fmt: skip
def test_a_report_that_cannot_be_is_named_and_nothing_is_noted(
    shop: Shop, body: Json, status: int, pointer: str
) -> None:
    shop.item("A")
    order = shop.order("1", ("A", 1), payment={"mode": "prepaid"})
    answer = shop.call("s", "POST", f"/v1/backorders/{order['backorder_id']}/payment", body)
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (status, pointer)
    assert history(shop, order) == []


def test_only_the_storefront_of_the_order_may_report(shop: Shop) -> None:
    shop.item("A")
    order = shop.order("1", ("A", 1))
    assert report(shop, order, "captured", who="o").status == 403
    shop.tokens["s"] = shop.world.token("storefront", client="other")
    assert report(shop, order, "captured").status == 404


def test_a_report_that_is_cut_off_anywhere_is_noted_and_told_once(shop: Shop) -> None:
    shop.item("A")
    order = shop.order("1", ("A", 1))
    shop.settle()
    wanted = Ask("s", "POST", f"/v1/backorders/{order['backorder_id']}/payment", {"status": "failed"})

    def clean() -> Any:
        faults = Faults(shop.world)
        with faults.at_work():
            insist(shop, wanted)
            rest(shop)
        return [call for call, _ in faults.kinds if call[0].endswith(("api", "publish-events"))]

    calls = forked(clean)
    assert {name.split("-")[-1] for name, _ in calls} >= {"api", "events"}
    for call in calls:
        for mode in ("dies before", "dies after", "twice"):

            def trial(call: Any = tuple(call), mode: Any = mode) -> Any:
                faults = Faults(shop.world, call, mode)
                with faults.at_work():
                    ask(shop, wanted)
                    rest(shop)
                    status = insist(shop, wanted)
                    rest(shop)
                ids = {
                    dict(one.envelope["detail"])["metadata"]["id"]
                    for one in shop.world.engine.events.published
                    if one.envelope["detail-type"] == "payment.reauthorise_due"
                }
                return [faults.happened, status, len(ids), len(history(shop, order)), wrong(shop)]

            assert forked(trial) == [True, 200, 1, 1, []], (call, mode)


def test_what_was_captured_and_came_back_is_paid_back_when_it_is_given_up(shop: Shop) -> None:
    """Two of five were packed and paid for, and recalled: they cost money, the others never did."""
    shop.item("A", free=2)
    order = shop.order("1", ("A", 5), payment={"mode": "deferred"})
    shop.settle()
    report(shop, order, "captured")
    (release,) = shop.read(order)["releases"]
    shop.ok("o", "POST", f"/v1/releases/{release['release_id']}/recall", {"reason": "damaged"})
    shop.settle()
    for units in (1, 3):
        body = {"lines": [{"line_id": "0", "quantity": units}], "reason": "no"}
        shop.ok("s", "POST", f"/v1/backorders/{order['backorder_id']}/cancel", body)
        shop.days(0.1)
        report(shop, order, "refunded")
    assert [(one["units"], one["order_id"]) for one in events(shop, "payment.refund_due")] == [(1, "1"), (1, "1")]
    assert [one["units"] for one in events(shop, "payment.void_due")] == [2]
    told = [mail["text"] for mail in shop.world.engine.ses.mailbox if mail["tags"]["kind"] == "cancelled"]
    assert told
    assert all("We refund what you paid for them." in text for text in told)
    assert not any("You have not been charged" in text for text in told)


def test_a_later_refund_has_its_own_day_whatever_was_refunded_before(shop: Shop) -> None:
    shop.item("A")
    shop.item("B")
    order = shop.order("1", ("A", 1), ("B", 1), payment={"mode": "prepaid"}, customer=customer("US"))
    shop.settle()
    for line in ("0", "1"):
        body = {"lines": [{"line_id": line}], "reason": "no"}
        shop.ok("s", "POST", f"/v1/backorders/{order['backorder_id']}/cancel", body)
        shop.days(0.1)
        report(shop, order, "refunded")
    told = [mail["text"] for mail in shop.world.engine.ses.mailbox if mail["tags"]["kind"] == "cancelled"]
    assert ["You will have the money back by" in text for text in told] == [True, True]


def test_mail_and_events_say_the_same_day_for_what_was_captured_and_given_up(shop: Shop) -> None:
    shop.item("A", free=2)
    order = shop.order("1", ("A", 5), payment={"mode": "deferred"}, customer=customer("SE"))
    shop.settle()
    report(shop, order, "captured")
    (release,) = shop.read(order)["releases"]
    shop.ok("o", "POST", f"/v1/releases/{release['release_id']}/recall", {"reason": "damaged"})
    for units in (3, 2):
        body = {"lines": [{"line_id": "0", "quantity": units}], "reason": "no"}
        shop.ok("s", "POST", f"/v1/backorders/{order['backorder_id']}/cancel", body)
        shop.days(0.1)
    told = [mail["text"] for mail in shop.world.engine.ses.mailbox if mail["tags"]["kind"] == "cancelled"]
    assert ["You will have the money back by 19 January 2026" in text for text in told] == [True, False]
    refunds, ends = events(shop, "payment.refund_due"), events(shop, "backorder.cancelled")
    assert [one["refund_by"][:10] for one in refunds] == ["2026-01-19"]
    assert [one.get("refund_by", "")[:10] for one in ends] == ["2026-01-19", ""]
    assert [one["units"] for one in events(shop, "payment.void_due")] == [1, 2]


@pytest.mark.parametrize(("mode", "ends"), [("prepaid", []), ("deferred", [2])])
def test_nothing_is_paid_back_of_what_cost_nothing(shop: Shop, mode: str, ends: list[int]) -> None:
    shop.item("A")
    gift = [{"line_id": "gift", "sku": "A", "quantity": 2, "unit_price": "0.00"}]
    order = shop.order("1", lines=gift, payment={"mode": mode}, customer=customer("SE"))
    shop.settle()
    shop.ok("s", "POST", f"/v1/backorders/{order['backorder_id']}/cancel", {"reason": "no"})
    shop.days(0.1)
    assert events(shop, "payment.refund_due") == []
    assert [one["units"] for one in events(shop, "payment.void_due")] == ends
    assert ["refund_by" in one for one in events(shop, "backorder.cancelled")] == [False]


def test_who_packs_although_the_payment_failed_charges_nobody_in_his_mail(shop: Shop) -> None:
    shop.item("A")
    order = shop.order("1", ("A", 1), payment={"mode": "deferred"})
    report(shop, order, "failed")
    shop.receive(A=1)
    shop.days(0.1)
    assert [line["units"] for one in events(shop, "payment.capture_due") for line in one["lines"]] == [1]
    (told,) = [mail["text"] for mail in shop.world.engine.ses.mailbox if mail["tags"]["kind"] == "released"]
    assert "did not go through" in told
    assert "we now charge" not in told


def test_nothing_is_paid_back_of_a_prepaid_order_whose_payment_failed(shop: Shop) -> None:
    shop.item("A")
    order = shop.order("1", ("A", 2), payment={"mode": "prepaid"}, customer=customer("SE"))
    shop.settle()
    report(shop, order, "failed")
    shop.ok("s", "POST", f"/v1/backorders/{order['backorder_id']}/cancel", {"reason": "no"})
    shop.days(0.1)
    assert events(shop, "payment.refund_due") + events(shop, "payment.void_due") == []
    (told,) = [mail["text"] for mail in shop.world.engine.ses.mailbox if mail["tags"]["kind"] == "cancelled"]
    assert "You have not been charged for them" in told
