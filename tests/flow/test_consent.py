"""A delay the law asks about: the customer is told, decides, or stays silent; the clock decides then."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from infra.local.world import World
from shared.kernel.clock import parse_iso
from tests.flow.conftest import Shop, sound, warm_up
from tests.flow.faults import (
    MODES,
    Ask,
    Call,
    Faults,
    Mode,
    What,
    ask_inside,
    different,
    forked,
    picture,
    rest,
    struck,
    wrong,
)
from tests.flow.test_races import work

pytestmark = pytest.mark.slow


def customer(country: str) -> Any:
    return {"id": "ann", "email": "ann@example.com", "name": "Ann", "locale": "en", "country": country}


def delayed(shop: Shop, country: str, days: int, mode: str = "prepaid") -> Any:
    """An order whose supplier says, after it was promised, that the goods come in so many days."""
    shop.item("A")
    order = shop.order("1", ("A", 3), customer=customer(country), payment={"mode": mode})
    shop.settle()
    shop.days(0.5)
    acknowledged(shop, days)
    shop.settle()
    return order


def acknowledged(shop: Shop, days: int) -> None:
    """The supplier says that the goods come in so many days."""
    answer = answered(shop, days)
    shop.ok(answer.who, answer.method, answer.path, answer.body)


def answered(shop: Shop, days: int) -> Ask:
    (purchase,) = shop.ok("o", "GET", "/v1/purchase-orders")["items"]
    date = (shop.world.clock.now() + timedelta(days=days)).date().isoformat()
    body = {"lines": [{"sku": "A", "status": "accepted", "date": date}]}
    return Ask("o", "POST", f"/v1/purchase-orders/{purchase['purchase_order_id']}/acknowledge", body)


def events(shop: Shop, type_: str) -> list[Any]:
    details = [e.envelope["detail"] for e in shop.world.engine.events.published]
    parsed = [json.loads(d) if isinstance(d, str) else d for d in details]
    return [d["data"] for d in parsed if d["metadata"]["type"] == type_]


def deadline(shop: Shop) -> datetime:
    (required,) = events(shop, "consent.required")
    return parse_iso(required["deadline"])


def until(shop: Shop, at: datetime) -> None:
    shop.world.advance(at - shop.world.clock.now())


def asked_in(order: Any, shop: Shop) -> list[str]:
    history = shop.ok("o", "GET", f"/v1/backorders/{order['backorder_id']}/history")["items"]
    return [e["event"] for e in history if e["event"].startswith("consent")]


@pytest.fixture(scope="module")
def silent() -> Iterator[Shop]:
    """An American has not answered, and ten minutes are left; trials run in forks and leave it as it is."""
    warm_up()
    with World.boot() as world:
        shop = Shop(world)
        shop.supplier()
        delayed(shop, "US", 60)
        until(shop, deadline(shop) - timedelta(minutes=10))
        yield shop


def goes_on(shop: Shop, story: Callable[[Any], object]) -> None:
    """Play how it goes on with the order of the shop that waits, in a fork of it."""

    def trial() -> None:
        (order,) = shop.ok("o", "GET", "/v1/backorders")["items"]
        story(order)
        sound(shop)

    forked(trial)


def test_an_american_who_does_not_agree_to_a_long_delay_is_cancelled_and_refunded_on_time(silent: Shop) -> None:
    shop = silent
    assert shop.mails()[:3] == ["accepted", "purchase_order", "decision_needed"]
    (required,) = events(shop, "consent.required")
    assert required["on_silence"] == "cancel"

    def story(order: Any) -> None:
        assert required["backorder_id"] == order["backorder_id"]
        assert (shop.read(order)["consent"], shop.units(order)) == ("pending", {"waiting": 3})
        until(shop, deadline(shop) + timedelta(hours=2))
        assert shop.units(order) == {"cancelled": 3}
        assert shop.read(order)["consent"] == "refused"
        assert [e["units"] for e in events(shop, "payment.refund_due")] == [3]
        assert shop.mails()[-1] == "cancelled"
        assert asked_in(order, shop) == ["consent_asked", "consent_refused"]
        shop.days(3)
        assert shop.counted("UnitsCancelled") == shop.counted("UnitsCancelled", reason="deadline") == 3
        assert [e["units"] for e in events(shop, "payment.refund_due")] == [3]

    goes_on(shop, story)


def page_of(shop: Shop, order: Any) -> str:
    link = order["links"]["customer"]
    answer = shop.world.http("GET", "/" + link.split("/", 3)[3])
    return answer.body if isinstance(answer.body, str) else answer.body.decode()


def test_a_question_ends_with_its_reason_and_is_put_anew_when_that_comes_back(shop: Shop) -> None:
    """The goods come in time after all: nothing is asked, and nothing is cancelled by silence."""
    order = delayed(shop, "US", 60)
    assert "I want to keep waiting" in page_of(shop, order)
    first = deadline(shop)
    acknowledged(shop, 3)
    shop.settle()
    assert asked_in(order, shop) == ["consent_asked", "consent_moot"]
    assert shop.read(order)["consent"] == "none"
    assert "I want to keep waiting" not in page_of(shop, order)
    good = shop.world.engine.ses.mailbox[-1]
    assert good["tags"]["kind"] == "promise_earlier"
    assert "You need not answer our question" in good["text"]
    assert "If we do not hear" not in good["text"]
    acknowledged(shop, 50)
    shop.settle()
    assert asked_in(order, shop) == ["consent_asked", "consent_moot", "consent_asked"]
    assert shop.mails()[-1] == "decision_needed"
    assert "I want to keep waiting" in page_of(shop, order)
    assert [parse_iso(one["deadline"]) for one in events(shop, "consent.required")] == [first, first]
    until(shop, first + timedelta(hours=2))
    assert shop.units(order) == {"cancelled": 3}
    assert "no answer by" in shop.world.engine.ses.mailbox[-1]["text"]


def test_a_question_ends_with_its_reason_while_mail_is_switched_off(shop: Shop) -> None:
    order = delayed(shop, "US", 60)
    shop.ok("o", "PUT", "/v1/settings", {"mail_enabled": False})
    acknowledged(shop, 3)
    shop.settle()
    assert asked_in(order, shop) == ["consent_asked", "consent_moot"]


def test_silence_is_consent_to_a_first_short_delay(shop: Shop) -> None:
    order = delayed(shop, "US", 25)
    assert shop.read(order)["consent"] == "pending"
    assert shop.mails()[-1] == "promise_later"
    until(shop, deadline(shop) + timedelta(hours=2))
    assert shop.read(order)["consent"] == "given"
    assert shop.units(order) == {"waiting": 3}
    assert asked_in(order, shop) == ["consent_asked", "consent_silent"]


def test_goods_that_come_before_the_deadline_end_the_question(silent: Shop) -> None:
    shop = silent

    def story(order: Any) -> None:
        shop.receive(A=3)
        shop.settle()
        assert shop.read(order)["consent"] == "none"
        until(shop, deadline(shop) + timedelta(hours=2))
        assert shop.units(order) == {"released": 3}
        assert asked_in(order, shop) == ["consent_asked", "consent_moot"]

    goes_on(shop, story)


def test_a_merchant_can_hold_back_the_cancelling_and_let_it_happen_later(silent: Shop) -> None:
    shop = silent

    def story(order: Any) -> None:
        shop.ok("o", "PUT", "/v1/settings", {"auto_cancel_enabled": False})
        until(shop, deadline(shop) + timedelta(days=1))
        assert shop.units(order) == {"waiting": 3}
        shop.ok("o", "PUT", "/v1/settings", {"auto_cancel_enabled": True})
        shop.days(0.1)
        assert shop.units(order) == {"cancelled": 3}

    goes_on(shop, story)


def test_where_no_rule_is_known_nobody_is_asked_and_the_merchant_may_choose_one(shop: Shop) -> None:
    order = delayed(shop, "GB", 60)
    assert shop.read(order)["consent"] == "none"
    assert "decision_needed" not in shop.mails()
    assert shop.call("o", "PUT", "/v1/settings", {"rule_packs": {"GB": "roman"}}).status == 422


def test_a_european_is_told_of_the_further_period_when_the_date_has_passed(shop: Shop) -> None:
    order = delayed(shop, "SE", 60)
    assert shop.read(order)["consent"] == "none"
    until(shop, parse_iso(shop.read(order)["lines"][0]["first_promise"]["by"]) + timedelta(days=2))
    shop.settle()
    assert shop.read(order)["consent"] == "pending"
    until(shop, deadline(shop) + timedelta(days=2))
    shop.settle()
    assert [e["rule"] for e in events(shop, "consent.required")] == ["eu.extra_period", "eu.period_over"]
    assert shop.mails()[-1] == "decision_needed"
    shop.days(10)
    assert shop.units(order) == {"waiting": 3}, "nothing ends by itself"


def in_one_parcel(shop: Shop) -> Any:
    """An order of an item that comes in three weeks or five, and one that lies here until then."""
    shop.supplier(lead_time_days={"likely": 20, "by": 40})
    shop.item("A")
    shop.item("B", free=1)
    payment = {"mode": "prepaid"}
    return shop.order("1", ("A", 3), ("B", 1), customer=customer("US"), payment=payment, shipping="hold")


def test_what_lies_here_until_its_parcel_is_complete_is_late_when_the_parcel_is(shop: Shop) -> None:
    order = in_one_parcel(shop)
    shop.days(20)
    reminded = Counter({"supplier_reminder": shop.mails().count("supplier_reminder")})
    assert Counter(shop.mails()) - reminded == Counter(["accepted", "purchase_order"])
    acknowledged(shop, 90)
    shop.settle()
    (question,) = events(shop, "consent.required")
    assert question["lines"] == ["0", "1"]
    shop.days(25)
    once = Counter(["accepted", "decision_needed", "purchase_order"])
    assert Counter(shop.mails()) - reminded == once, "asked once about all of it"
    until(shop, parse_iso(question["deadline"]) + timedelta(hours=2))
    assert [shop.units(order, n) for n in (0, 1)] == [{"cancelled": 3}, {"cancelled": 1}]


def test_who_is_asked_about_a_parcel_can_have_what_is_here_and_is_asked_about_the_rest_only(shop: Shop) -> None:
    order = in_one_parcel(shop)
    shop.days(20)
    acknowledged(shop, 90)
    shop.settle()
    version = shop.call("o", "GET", f"/v1/backorders/{order['backorder_id']}").headers["etag"]
    shop.ok("s", "PATCH", f"/v1/backorders/{order['backorder_id']}", {"shipping": "split"}, if_match=version)
    shop.settle()
    assert shop.units(order, 1) == {"released": 1}
    (question,) = events(shop, "consent.required")
    until(shop, parse_iso(question["deadline"]) + timedelta(hours=2))
    assert [shop.units(order, n) for n in (0, 1)] == [{"cancelled": 3}, {"released": 1}]


def test_no_mail_says_that_there_is_nothing_to_do_while_silence_will_cancel(shop: Shop) -> None:
    delayed(shop, "US", 60)
    shop.days(32)
    asked, *later = [mail for mail in shop.world.engine.ses.mailbox if mail["to"] == ["ann@example.com"]][1:]
    assert {mail["tags"]["kind"] for mail in later} >= {"still_waiting"}
    words = next(line for line in asked["text"].splitlines() if "If we do not hear by" in line)
    for mail in later:
        assert words in mail["text"], mail["tags"]["kind"]
        assert "nothing you need to do" not in mail["text"], mail["tags"]["kind"]


def test_a_question_put_while_an_older_one_is_being_ended_has_its_own_deadline(shop: Shop) -> None:
    """The list of deadlines still names the order; its question is a new one by then."""
    order = delayed(shop, "US", 25)
    until(shop, deadline(shop) - timedelta(minutes=1))
    later = answered(shop, 60)

    def over() -> None:
        until(shop, shop.world.clock.now() + timedelta(hours=1, minutes=1))

    def clean() -> Any:
        with Faults(shop.world).at_work() as faults:
            over()
        return [call for call, _ in faults.kinds if call[0].endswith("-chase-overdue")]

    def asked_again() -> None:
        ask_inside(shop, later)
        work(shop, "allocate-stock", {"sku": "A", "cause": "supply", "rank": None})
        work(shop, "notify-customers", {"backorder": order["backorder_id"][-16:], "at": 0})

    put = 0
    for call in [(name, n) for name, n in forked(clean)]:

        def trial(call: Call = call) -> Any:
            with Faults(shop.world, call, asked_again).at_work():
                over()
            return [asked_in(order, shop), shop.read(order)["consent"], shop.units(order), wrong(shop)]

        asked, consent, units, bad = forked(trial)
        assert (consent, units, bad) == ("pending", {"waiting": 3}, []), (call, asked)
        put += asked == ["consent_asked", "consent_superseded", "consent_asked"]
    assert put >= 3


@pytest.mark.parametrize("mode", MODES)
def test_wherever_the_ending_of_a_round_breaks_off_it_happens_once(silent: Shop, mode: Mode) -> None:
    """In the hourly run after the deadline, or in the one after that."""
    shop = silent

    def over() -> None:
        until(shop, deadline(shop) + timedelta(hours=2))
        rest(shop)

    def clean() -> Any:
        with Faults(shop.world).at_work() as faults:
            over()
        return [picture(shop), faults.kinds]

    def judge() -> Any:
        return [different(picture(shop), expected), wrong(shop), len(events(shop, "payment.refund_due"))]

    expected, kinds = forked(clean)
    plan: dict[Call, What] = {(name, n): mode for (name, n), _ in kinds if name.endswith("-chase-overdue")}
    assert len(plan) > 10
    for call, end in struck(shop, plan, over, judge).items():
        assert end == [[], [], 1], call


def test_an_order_whose_date_slips_every_day_ends_when_its_customer_was_told_it_would(shop: Shop) -> None:
    """The supplier is silent, so the date is tomorrow's every day; nobody answers."""
    shop.item("A")
    order = shop.order("1", ("A", 3), customer=customer("US"), payment={"mode": "prepaid"})
    shop.settle()
    for _ in range(30):
        shop.days(1)
        if shop.read(order)["status"] == "cancelled":
            break
    assert shop.read(order)["status"] == "cancelled"
    asked = [e for e in events(shop, "consent.required") if e["on_silence"] == "cancel"]
    assert len(asked) == 1
    (ended,) = events(shop, "backorder.cancelled")
    last_hour = shop.world.clock.now() - parse_iso(asked[0]["deadline"])
    assert timedelta(0) < last_hour <= timedelta(days=1), ended


def test_what_is_packed_and_never_sent_is_asked_about_and_rings_until_it_is_recalled_or_sent(shop: Shop) -> None:
    """Nobody but the warehouse can take units back that it has in hand."""
    shop.item("A", free=3)
    order = shop.order("1", ("A", 3), customer=customer("US"), payment={"mode": "prepaid"})
    shop.days(33)
    assert "decision_needed" not in shop.mails()
    shop.days(2)
    assert (shop.mails()[-1], shop.read(order)["consent"]) == ("decision_needed", "pending")
    until(shop, deadline(shop) + timedelta(hours=2))
    assert shop.units(order) == {"released": 3}
    assert shop.counted("ConsentDeadlineMissed") > 0
    (release,) = shop.read(order)["releases"]
    shop.ok("o", "POST", f"/v1/releases/{release['release_id']}/recall", {"reason": "not sent"})
    shop.days(0.2)
    assert shop.units(order) == {"cancelled": 3}
    assert [e["units"] for e in events(shop, "payment.refund_due")] == [3]
    assert asked_in(order, shop) == ["consent_asked", "consent_refused"]
