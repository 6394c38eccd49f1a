"""Mails that only the passing of time brings about, or holds back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.kernel.clock import parse_iso
from tests.flow.conftest import Shop

pytestmark = pytest.mark.slow


def expected_in(shop: Shop, sku: str, days: int) -> None:
    """The supplier names a day for the one purchase order that is open."""
    (purchase,) = shop.ok("o", "GET", "/v1/purchase-orders")["items"]
    date = (shop.world.clock.now() + timedelta(days=days)).date().isoformat()
    body = {"lines": [{"sku": sku, "status": "accepted", "date": date}]}
    shop.ok("o", "POST", f"/v1/purchase-orders/{purchase['purchase_order_id']}/acknowledge", body)
    shop.settle()


def waiting_for_long(shop: Shop) -> None:
    """An order that waits for three months, and knows it."""
    shop.item("A")
    customer = shop.order_body("1")["customer"] | {"country": "CH"}
    shop.order("1", ("A", 3), customer=customer)
    shop.settle()
    shop.days(0.5)
    expected_in(shop, "A", 90)
    assert shop.mails()[-1] == "promise_later"


def test_who_waits_for_long_is_told_once_a_month_that_he_is_not_forgotten(shop: Shop) -> None:
    waiting_for_long(shop)
    shop.days(29)
    assert "still_waiting" not in shop.mails()
    shop.days(2)
    assert shop.mails().count("still_waiting") == 1
    shop.ok("o", "PUT", "/v1/settings", {"still_waiting_days": 5})
    shop.days(4)
    assert shop.mails().count("still_waiting") == 1
    shop.days(2)
    assert shop.mails().count("still_waiting") == 2


@pytest.mark.parametrize("recalled", [False, True])
def test_who_is_told_that_his_order_is_packed_is_not_forgotten_when_it_does_not_leave(
    shop: Shop, recalled: bool
) -> None:
    shop.ok("o", "PUT", "/v1/settings", {"still_waiting_days": 3})
    shop.item("A", free=2)
    order = shop.order("1", ("A", 2))
    shop.settle()
    (release,) = shop.read(order)["releases"]
    path = f"/v1/releases/{release['release_id']}"
    if recalled:
        shop.ok("o", "POST", path + "/recall")
    shop.days(4.5)
    assert shop.mails().count("still_waiting") == 1
    mail = next(one for one in shop.world.engine.ses.mailbox if one["tags"]["kind"] == "still_waiting")
    assert "these items are here for you, but have not left us yet" in " ".join(mail["text"].split())
    if not recalled:
        shop.ok("o", "POST", path + "/ship", {"shipment_id": "s"})
        shop.days(5)
        assert shop.mails().count("still_waiting") == 1


def test_the_heartbeat_is_a_setting(shop: Shop) -> None:
    shop.ok("o", "PUT", "/v1/settings", {"still_waiting_days": 0})
    waiting_for_long(shop)
    shop.days(32)
    assert "still_waiting" not in shop.mails()


def test_a_delay_that_is_known_at_night_is_told_in_the_morning(shop: Shop) -> None:
    hours = {"from": "20:00", "to": "08:00"}
    shop.ok("o", "PUT", "/v1/settings", {"quiet_hours": hours, "time_zone": "America/New_York"})
    shop.item("A")
    customer = shop.order_body("1")["customer"] | {"country": "JP"}
    shop.order("1", ("A", 3), customer=customer)  # 18:00 in Tokyo; accepted waits for nobody
    shop.settle()
    shop.days(1 / 24)
    assert "accepted" in shop.mails()
    advance_to(shop, "2026-01-07T13:00:00Z")  # 22:00 in Tokyo
    expected_in(shop, "A", 90)
    advance_to(shop, "2026-01-07T22:29:00Z")
    assert "promise_later" not in shop.mails()
    advance_to(shop, "2026-01-08T00:00:00Z")
    assert shop.mails().count("promise_later") == 1
    (waited,) = [one for one in shop.world.output.metrics.as_json() if one["name"] == "DelayToNotice"]
    assert waited["count"] == 1
    assert 9 * 3600 < waited["sum"] < 11 * 3600  # from 22:00 to the customer's morning
    shop.days(2)
    assert shop.mails().count("promise_later") == 1


def advance_to(shop: Shop, at: str) -> None:
    shop.world.advance(parse_iso(at) - shop.world.clock.now())
    shop.settle()


@pytest.mark.parametrize("mails", [True, False])
def test_a_promise_that_passes_is_broken_by_the_clock_once_whoever_waits_and_whether_he_is_written_to(
    shop: Shop, *, mails: bool
) -> None:
    shop.ok("o", "PUT", "/v1/settings", {"mail_enabled": mails})
    shop.item("A")
    shop.order("1", ("A", 3), ("A", 2))
    shop.settle()
    shop.days(40)
    told = [one for one in shop.world.output.metrics.as_json() if one["name"] == "PromisesOverdue"]
    assert [one["sum"] for one in told] == [2]
