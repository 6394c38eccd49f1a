"""One mail per news, whatever crashes, repeats or races."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from infra.local.engine import Engine
from infra.local.engine.errors import ServiceError
from shared.aws import keys
from shared.aws.mail import Mailer
from shared.aws.notices_store import TableNotices
from shared.aws.table import Put, Table
from shared.backorders.lookup import OrderView
from shared.backorders.model import Entry
from shared.consent.model import Consents, Round
from shared.kernel import ids
from shared.kernel.clock import micros
from shared.notifications.notify import Outcome, notify_customer
from shared.notifications.pending import pending_news
from shared.notifications.ports import Mail, MailRefused, Overtaken
from shared.notifications.settle import Settled, settle_unknown_notices
from shared.settings.model import MerchantSettings
from tests.unit.notifications.conftest import Time
from tests.unit.notifications.orders import CUSTOMER, ID, KEY, line, moved, order, promised, release, shipment


class Orders:
    """The one order there is, in whatever state the test puts it."""

    def __init__(self, view: OrderView | None) -> None:
        self.view = view

    def read(self, key: str) -> OrderView | None:
        return self.view if key == KEY else None


class World:
    """An order, its notices and the mailbox."""

    def __init__(self, engine: Engine, notices: TableNotices, time: Time) -> None:
        self.engine, self.notices, self.time = engine, notices, time
        self.orders = Orders(order(line(waiting=3), line(1, waiting=2)))
        self.mailer = Mailer("orders@shop.example", "backorders")
        self.settings = MerchantSettings()

    def notify(self, mailer: Any = None) -> Outcome:
        return notify_customer(
            KEY,
            orders=self.orders,
            descriptions=self.notices,
            notices=self.notices,
            mailer=mailer or self.mailer,
            settings=self.settings,
            now=self.time.now,
        )

    @property
    def mails(self) -> list[dict[str, Any]]:
        return self.engine.ses.mailbox

    def state(self, revision: int) -> str:
        notice = self.notices.notice(KEY, revision)
        assert notice is not None
        return notice.state

    def pending(self) -> tuple[str, ...]:
        return pending_news(KEY, orders=self.orders, notices=self.notices, settings=self.settings, now=self.time.now)


@pytest.fixture
def world(engine: Engine, notices: TableNotices, time: Time) -> World:
    return World(engine, notices, time)


class DiedError(Exception):
    """The process ends here."""


class DyingMailer:
    """Dies before or after the mail is sent."""

    def __init__(self, mailer: Mailer, *, after: bool) -> None:
        self.mailer, self.after = mailer, after

    def send(self, mail: Mail) -> str:
        if self.after:
            self.mailer.send(mail)
        raise DiedError


def on_sending(act: Callable[[], None]) -> Callable[..., None]:
    def hook(_caller: Any, service: str, _operation: str, _params: Any, *_answer: Any) -> None:
        if service == "sesv2":
            act()

    return hook


def refuse() -> None:
    raise ServiceError("MessageRejected", "no")


def throttle() -> None:
    raise ServiceError("TooManyRequestsException", "Maximum sending rate exceeded.", 429)


def time_out() -> None:
    raise ReadTimeoutError(endpoint_url="https://email.eu-west-1.amazonaws.com")


def test_the_first_mail_tells_every_line_and_is_recorded(world: World) -> None:
    assert world.notify() == Outcome("sent", "accepted")
    [mail] = world.mails
    assert mail["to"] == ["ada@example.com"]
    assert mail["tags"] == {"kind": "accepted", "locale": "en", "backorder_id": ID, "revision": "1"}
    assert mail["reply_to"] == ["service@example.com"]
    assert mail["configuration_set"] == "backorders"
    assert "expected by 15 January 2026" in mail["text"]
    notice = world.notices.notice(KEY, 1)
    assert notice is not None
    assert (notice.state, notice.message_id, notice.mail_kind) == ("sent", mail["message_id"], "accepted")


def test_a_duplicate_message_sends_no_second_mail(world: World) -> None:
    world.notify()
    world.time.now += timedelta(minutes=7)
    assert world.notify() == Outcome("nothing")
    assert len(world.mails) == 1


def test_an_unknown_order_has_no_news(world: World) -> None:
    world.orders.view = None
    assert world.notify() == Outcome("nothing")


def test_the_notice_holds_no_address_and_no_name(world: World, table: Table) -> None:
    world.notify()
    stored = str(list(table.query(keys.order(KEY))))
    assert ids.digest(CUSTOMER.email) in stored
    assert CUSTOMER.email not in stored
    assert CUSTOMER.name not in stored


def test_a_crash_after_the_claim_and_before_sending_sends_no_mail_later(world: World) -> None:
    with pytest.raises(DiedError):
        world.notify(DyingMailer(world.mailer, after=False))
    assert world.notify() == Outcome("nothing")
    assert world.mails == []
    assert world.state(1) == "claimed"


def test_a_crash_after_sending_and_before_recording_sends_no_second_mail(world: World) -> None:
    with pytest.raises(DiedError):
        world.notify(DyingMailer(world.mailer, after=True))
    assert world.notify() == Outcome("nothing")
    assert len(world.mails) == 1


NOTHING = Settled([], [])


def settled(world: World, after: timedelta) -> Settled:
    return settle_unknown_notices(notices=world.notices, now=world.time.now + after)


def test_a_claim_without_an_outcome_becomes_unknown_after_ten_minutes(world: World) -> None:
    with pytest.raises(DiedError):
        world.notify(DyingMailer(world.mailer, after=True))
    assert settled(world, timedelta(minutes=10)) == NOTHING
    later = timedelta(minutes=10, microseconds=1)
    assert settled(world, later) == Settled([(KEY, 1)], [])
    assert settled(world, later) == NOTHING
    assert world.state(1) == "unknown"


def test_a_mail_nobody_reports_on_for_an_hour_is_given_up_once(world: World) -> None:
    with pytest.raises(DiedError):
        world.notify(DyingMailer(world.mailer, after=True))
    world.notices.record_unknown(KEY, 1)
    assert settled(world, timedelta(minutes=59)) == NOTHING
    assert settled(world, timedelta(minutes=60)) == Settled([], [(KEY, 1)])
    assert settled(world, timedelta(minutes=60)) == NOTHING
    assert world.state(1) == "unknown"


def test_notices_with_an_outcome_are_left_alone(world: World) -> None:
    world.notify()
    assert settled(world, timedelta(days=1)) == NOTHING
    assert world.state(1) == "sent"


def test_two_workers_at_once_send_one_mail(world: World) -> None:
    """The second reads before the first has claimed, at the same instant and with the same content."""
    other = World(world.engine, world.notices, world.time)
    claim, raced = world.notices.claim, []

    def claim_after_the_other(*args: Any) -> None:
        if not raced:
            raced.append(True)
            other.notify()
        claim(*args)

    world.notices.claim = claim_after_the_other  # type: ignore[method-assign]
    with pytest.raises(Overtaken):
        world.notify()
    assert len(world.mails) == 1
    assert world.notify() == Outcome("nothing")


def test_a_refusal_gives_the_claim_back_and_the_retry_sends_one_mail(world: World) -> None:
    world.engine.before.append(on_sending(refuse))
    with pytest.raises(MailRefused):
        world.notify()
    assert world.state(1) == "refused"
    assert world.pending() == ("accepted",)
    world.engine.before.clear()
    assert world.notify().state == "sent"
    assert (len(world.mails), world.state(2)) == (1, "sent")


def test_what_the_provider_has_no_room_for_is_no_failure_and_still_to_be_told(world: World) -> None:
    world.engine.before.append(on_sending(throttle))
    assert world.notify() == Outcome("throttled", "accepted")
    assert (world.state(1), world.pending()) == ("refused", ("accepted",))
    world.engine.before.clear()
    assert world.notify().state == "sent"
    assert (len(world.mails), world.state(2)) == (1, "sent")


def test_a_refusal_of_a_later_mail_leaves_what_was_told_before(world: World) -> None:
    world.notify()
    assert world.orders.view is not None
    first, second = world.orders.view.lines
    world.orders.view = order(moved(first, "waiting", "released", 3), second)
    world.engine.before.append(on_sending(refuse))
    with pytest.raises(MailRefused):
        world.notify()
    assert world.pending() == ("released",)
    world.engine.before.clear()
    assert world.notify() == Outcome("sent", "released")
    assert [mail["tags"]["kind"] for mail in world.mails] == ["accepted", "released"]


def test_an_unknown_outcome_is_never_sent_again(world: World) -> None:
    world.engine.after.append(on_sending(time_out))
    assert world.notify() == Outcome("unknown", "accepted")
    world.engine.after.clear()
    assert world.notify() == Outcome("nothing")
    assert (len(world.mails), world.state(1)) == (1, "unknown")


def test_one_late_answer_is_one_attempt(world: World) -> None:
    """botocore's default would have sent a second mail behind the caller's back."""
    attempts = []
    world.engine.before.append(on_sending(lambda: attempts.append(1)))
    world.engine.after.append(on_sending(time_out))
    world.notify()
    assert len(attempts) == 1


def test_news_waits_while_the_mail_before_it_is_being_sent_and_goes_on_when_that_is_given_up(world: World) -> None:
    with pytest.raises(DiedError):
        world.notify(DyingMailer(world.mailer, after=False))
    world.orders.view = order(line(cancelled=3), line(1, waiting=2))
    world.time.now += timedelta(minutes=9)
    with pytest.raises(Overtaken):
        world.notify()
    world.time.now += timedelta(minutes=2)
    assert world.notify() == Outcome("sent", "cancelled", settled=1)
    assert (world.state(1), world.state(2)) == ("unknown", "sent")


def test_a_claim_is_refused_while_the_mail_before_it_has_no_outcome(world: World) -> None:
    """Also if the reader saw the outcome of an older one: the table decides."""
    with pytest.raises(DiedError):
        world.notify(DyingMailer(world.mailer, after=False))
    world.orders.view = order(line(cancelled=3), line(1, waiting=2))
    world.notices.notice = lambda *_: None  # type: ignore[method-assign, assignment]
    with pytest.raises(Overtaken):
        world.notify()


def test_mail_that_turns_out_sent_after_being_given_up_is_recorded_as_sent(world: World) -> None:
    with pytest.raises(DiedError):
        world.notify(DyingMailer(world.mailer, after=True))
    world.notices.record_unknown(KEY, 1)
    world.notices.record_sent(KEY, 1, "m-1", 0)
    assert world.state(1) == "sent"


def test_while_mail_is_switched_off_the_news_waits(world: World) -> None:
    world.settings = replace(world.settings, mail_enabled=False)
    assert world.notify() == Outcome("held", "accepted")
    assert world.notices.notice(KEY, 1) is None
    assert world.pending() == ("accepted",)
    world.settings = replace(world.settings, mail_enabled=True)
    assert world.notify() == Outcome("sent", "accepted")
    assert world.pending() == ()


def test_accepted_and_shipped_within_the_window_is_one_mail_that_also_tells_the_rest(world: World) -> None:
    world.orders.view = order(
        line(shipped=2), line(1, waiting=3), releases=(release(1, shipment("77", (0, 2), carrier="DHL")),)
    )
    assert world.notify() == Outcome("sent", "shipped")
    [mail] = world.mails
    assert "Parcel with DHL, tracking number T-77" in mail["text"]
    assert "Thank you for your order" in mail["text"]
    assert "expected by 15 January 2026" in mail["text"]
    assert world.notify() == Outcome("nothing")


def test_small_drifts_are_silent_until_they_add_up(world: World) -> None:
    world.notify()
    assert world.orders.view is not None
    first, second = world.orders.view.lines
    for days in (12, 14, 16):
        first = promised(first, days)
        world.orders.view = order(first, second)
        assert world.notify() == Outcome("nothing")
    world.orders.view = order(promised(first, 18), second)
    assert world.notify() == Outcome("sent", "promise_later")
    assert "We are sorry" in world.mails[-1]["text"]
    assert "23 January 2026" in world.mails[-1]["text"]


def test_items_are_named_by_their_description(world: World, table: Table) -> None:
    card = {"kind": "item", "sku": "SKU-1", "description": "Red teapot", **keys.item("SKU-1")}
    table.write(Put(card, fresh=True))
    world.notify()
    assert "Red teapot (SKU-1)" in world.mails[0]["text"]
    assert "- SKU-0 |" in world.mails[0]["text"]


def test_the_largest_order_is_one_mail_of_bounded_size_and_one_small_snapshot(world: World, table: Table) -> None:
    lines = [line(n, waiting=3, promised=10) for n in range(1114)]
    world.orders.view = order(*lines)
    world.notify()
    [mail] = world.mails
    assert mail["text"].count("\n- SKU-") == 60
    assert "and 1,054 more lines: 3,162 still expected" in mail["text"]
    assert len(mail["html"].encode()) < 100_000
    stored = world.engine.execute(
        "dynamodb", "GetItem", {"TableName": "backorders", "Key": {k: {"S": v} for k, v in keys.told(KEY).items()}}
    )
    assert len(str(stored)) < 400_000
    world.orders.view = order(*[moved(at, "waiting", "released", 3) for at in lines])
    assert world.notify() == Outcome("sent", "released")
    assert len(world.mails[1]["html"].encode()) < 100_000
    assert "and 1,054 more lines: 3,162 units" in world.mails[1]["text"]


def test_news_that_can_wait_is_held_until_the_customers_morning_and_told_then(world: World) -> None:
    world.notify()
    world.settings = replace(world.settings, quiet_hours={"from": "21:00", "to": "08:00"})
    world.orders.view = order(promised(line(waiting=3), 60), line(1, waiting=2))
    world.time.now = world.time.now.replace(hour=22)  # London, in winter
    morning = world.time.now.replace(hour=8) + timedelta(days=1)
    assert world.notify() == Outcome("held", "promise_later", until=micros(morning))
    assert len(world.mails) == 1
    world.time.now = morning
    assert world.notify() == Outcome("sent", "promise_later")


def test_a_cancellation_at_night_tells_at_once_what_was_held(world: World) -> None:
    world.notify()
    world.settings = replace(world.settings, quiet_hours={"from": "21:00", "to": "08:00"})
    late = promised(line(waiting=3), 60)
    world.orders.view = order(moved(late, "waiting", "cancelled", 1), line(1, waiting=2))
    world.time.now = world.time.now.replace(hour=22)
    assert world.notify() == Outcome("sent", "cancelled")
    world.time.now += timedelta(hours=12)
    assert world.notify() == Outcome("nothing")


def on_the_page(how: str, at: int) -> OrderView:
    """An order of which one date is worse and about which its customer has just decided."""
    late = promised(line(waiting=3), 60)
    if how == "a line":
        cancelled = Entry(at, "cancel", "waiting", "cancelled", 1, "customer", "customer's choice")
        late = replace(late, log=(cancelled,))
    view = order(late, line(1, waiting=2))
    if how == "the order":
        view = replace(view, head=replace(view.head, log=((at, "amended", "customer", "hold"),)))
    if how == "a delay":
        agreed = Round(ID, 1, "us.first", at - 1, at + 1, "cancel", (), "given", at, "customer")
        view = replace(view, consents=Consents((agreed,)))
    return view


@pytest.mark.parametrize("how", ["a line", "the order", "a delay"])
def test_who_has_just_decided_on_the_page_is_left_in_peace_for_a_while(world: World, how: str) -> None:
    world.notify()
    decided = world.time.now = world.time.now + timedelta(days=1)
    world.orders.view = on_the_page(how, micros(decided))
    world.time.now += timedelta(minutes=30)
    until = decided + timedelta(hours=2)
    assert world.notify() == Outcome("held", "promise_later", until=micros(until))
    world.time.now = until
    assert world.notify().state == "sent"


def test_peace_after_a_decision_is_a_setting_and_hides_nothing_that_cannot_wait(world: World) -> None:
    world.notify()
    decided = world.time.now = world.time.now + timedelta(days=1)
    world.orders.view = on_the_page("the order", micros(decided))
    world.settings = replace(world.settings, silence_after_decision_hours=0)
    assert world.notify() == Outcome("sent", "promise_later")
    world.settings = replace(world.settings, silence_after_decision_hours=2)
    late = promised(line(waiting=3), 60)
    view = on_the_page("the order", micros(decided))
    world.orders.view = replace(view, lines=[moved(late, "waiting", "cancelled", 1), line(1, waiting=2)])
    assert world.notify() == Outcome("sent", "cancelled")
