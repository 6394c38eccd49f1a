"""One mail per subscription, whatever crashes, repeats or races."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from infra.local.engine import Engine
from infra.local.engine.errors import ServiceError
from shared.aws.mail import Mailer
from shared.aws.notices_store import TableNotices
from shared.aws.stock_items import new_stock
from shared.aws.subscription_store import TableSubscriptions
from shared.aws.table import Table
from shared.aws.telling_store import TableTelling
from shared.backorders.ports import Stale
from shared.kernel.clock import micros
from shared.kernel.errors import Contended
from shared.notifications.ports import Mail, MailRefused, MailThrottled, mailbox_of
from shared.notifications.settle import SENDING
from shared.settings.model import MerchantSettings
from shared.subscriptions.model import KEPT
from shared.subscriptions.rounds import ROUND
from shared.subscriptions.settle import settle_unknown
from shared.subscriptions.subscribe import Subscribe, subscribe, unsubscribe
from shared.subscriptions.tell import LOOKED_FOR_AGAIN, Teller, Told
from tests.unit.notifications.conftest import Time


class DiedError(BaseException):
    """The process ends here."""


class Shop:
    """One item, so many spare units of it, and the people who wait."""

    def __init__(self, engine: Engine, table: Table, time: Time) -> None:
        self.engine, self.time, self.units = engine, time, 1
        self.store, self.telling = TableSubscriptions(table), TableTelling(table)
        self.notices = TableNotices(table)
        self.mailer: Any = Mailer("orders@shop.example", "backorders")
        self.settings = MerchantSettings()
        table.write(new_stock("A"))

    def spare(self, sku: str) -> int:
        return self.units if sku == "A" else 0

    def ask(self, *names: str) -> None:
        for name in names:
            self.time.now += timedelta(microseconds=1)
            wish = Subscribe("A", f"{name}@example.com", "en", None, "shop", f"key {name}{self.time.now}", name)
            subscribe(wish, store=self.store, now=self.time.now)

    def tell(self, at_most: int = 100, *, asked: bool = False, **changes: Any) -> Told:
        teller = Teller(
            self.telling,
            self,
            self.notices,
            self.mailer,
            self.settings,
            self.time.now,
            lambda _: "https://x.example/u/t",
        )
        return replace(teller, **changes).tell("A", at_most, asked=asked)

    def state(self, name: str) -> str:
        found = self.store.find("A", mailbox_of(f"{name}@example.com"))
        assert found is not None
        return found.state

    @property
    def told(self) -> list[str]:
        return [mail["to"][0].partition("@")[0] for mail in self.engine.ses.mailbox]


@pytest.fixture
def shop(engine: Engine, table: Table, time: Time) -> Shop:
    return Shop(engine, table, time)


class Striking:
    """A mailer that fails at its n-th mail, before or after it is sent."""

    def __init__(self, shop: Shop, n: int, error: Callable[[], BaseException], *, after: bool = False) -> None:
        self._mailer, self._left, self._error, self._after = shop.mailer, n, error, after

    def send(self, mail: Mail) -> str:
        self._left -= 1
        if self._left == 0 and not self._after:
            raise self._error()
        sent = str(self._mailer.send(mail))
        if self._left == 0:
            raise self._error()
        return sent


@pytest.mark.parametrize("after", [False, True])
def test_a_worker_that_dies_costs_one_mail_and_tells_nobody_twice(shop: Shop, after: bool) -> None:
    shop.ask("a", "b", "c", "d")
    shop.units = 4
    with pytest.raises(DiedError):
        shop.tell(mailer=Striking(shop, 2, DiedError, after=after))
    assert [shop.state(name) for name in "abcd"] == ["sent", "claimed", "waiting", "waiting"]
    assert shop.tell().sent == 2
    assert shop.told == (["a", "b", "c", "d"] if after else ["a", "c", "d"])
    shop.time.now += SENDING + timedelta(seconds=1)
    assert settle_unknown(store=shop.telling, now=shop.time.now) == 1
    assert shop.state("b") == "unknown"
    assert settle_unknown(store=shop.telling, now=shop.time.now) == 0
    assert shop.tell() == Told()


def test_a_mail_that_is_refused_is_sent_later_and_does_not_keep_the_others_waiting(shop: Shop) -> None:
    shop.ask("a", "b", "c")

    def refuse(_caller: Any, service: str, _operation: str, params: Any, *_: Any) -> None:
        if service == "sesv2" and params["Destination"]["ToAddresses"] == ["a@example.com"]:
            raise ServiceError("MessageRejected", "no")

    shop.engine.before.append(refuse)
    with pytest.raises(MailRefused):
        shop.tell()
    shop.time.now += timedelta(minutes=1)
    told = shop.tell()
    assert (shop.told, told.more) == (["b", "c"], True)
    assert shop.state("a") == "waiting"
    shop.engine.before.remove(refuse)
    assert shop.tell().sent == 1
    assert shop.told == ["b", "c", "a"]


def test_when_the_provider_takes_no_more_mails_the_others_are_told_at_the_next_hour(shop: Shop) -> None:
    shop.ask("a", "b", "c")
    told = shop.tell(mailer=Striking(shop, 2, lambda: MailThrottled("not now")))
    assert (told.sent, told.throttled, told.more) == (1, 1, False)
    assert [sku for sku, _ in shop.telling.due(micros(shop.time.now))] == ["A"]
    shop.tell()
    assert shop.told == ["a", "b", "c"]


def test_a_mail_that_is_refused_does_not_use_up_what_others_may_hear(shop: Shop) -> None:
    shop.ask("a", "b", "c", "d")
    with pytest.raises(MailRefused):
        shop.tell(mailer=Striking(shop, 1, lambda: MailRefused("not now")))
    shop.tell()
    assert shop.told == ["b", "c", "d"]


def test_a_mail_of_unknown_outcome_is_counted_and_never_repeated(shop: Shop) -> None:
    shop.ask("a", "b")
    shop.engine.after.append(lambda *_: (_ for _ in ()).throw(TimeoutError()) if _[1] == "sesv2" else None)
    assert shop.tell().unknown == 2
    shop.engine.after.clear()
    assert shop.tell() == Told()
    assert shop.told == ["a", "b"]


def test_two_workers_at_once_tell_everybody_once_and_not_too_many(shop: Shop) -> None:
    shop.ask("a", "b", "c", "d", "e")
    other: list[Told] = []

    class Overtaken:
        """While one worker writes its first letter, another does all there is to do."""

        def describe(self, skus: Any) -> Any:
            if not other:
                other.append(Told())
                other[0] = shop.tell()
            return shop.notices.describe(skus)

    with pytest.raises(Contended):
        shop.tell(descriptions=Overtaken())
    assert shop.tell() == Told()
    assert shop.told == ["a", "b", "c"]


def test_a_claim_needs_the_round_that_it_read(shop: Shop) -> None:
    shop.ask("a", "b", "c")
    shop.tell(1)
    seen = shop.telling.round("A")
    counted = replace(seen, mails=seen.mails + 1, version=seen.version + 1)
    b, c = (listener.subscription for listener in shop.telling.listeners("A", 9))
    shop.telling.claim(b, seen, counted, micros(shop.time.now))
    with pytest.raises(Stale):
        shop.telling.claim(c, seen, counted, micros(shop.time.now))
    assert shop.state("c") == "waiting"


def test_who_leaves_while_his_mail_is_written_gets_none(shop: Shop) -> None:
    shop.ask("a", "b")

    class Left:
        def describe(self, skus: Any) -> Any:
            unsubscribe("A", mailbox_of("A@example.com"), "click", store=shop.store, now=shop.time.now)
            return shop.notices.describe(skus)

    with pytest.raises(Contended):
        shop.tell(descriptions=Left())
    shop.tell()
    assert shop.told == ["b"]


def test_a_round_counts_its_mails_and_a_new_one_begins_after_two_days(shop: Shop) -> None:
    shop.ask("a", "b", "c", "d", "e")
    shop.tell()
    assert shop.told == ["a", "b", "c"]
    assert [sku for sku, _ in shop.telling.due(2**53)] == ["A"]
    shop.time.now += ROUND - timedelta(seconds=1)
    assert shop.tell() == Told()
    shop.time.now += timedelta(seconds=1)
    assert shop.tell().sent == 2
    assert list(shop.telling.due(2**53)) == []


def test_a_page_ends_after_its_share_and_the_next_goes_on_behind_it(shop: Shop) -> None:
    shop.units = 9
    shop.ask(*"abcdefg")
    done = [shop.tell(3) for _ in range(3)]
    assert [(one.sent, one.more) for one in done] == [(3, True), (3, True), (1, False)]
    assert shop.told == list("abcdefg")


def test_what_was_asked_half_a_year_ago_is_over(shop: Shop) -> None:
    shop.ask("a")
    shop.time.now += KEPT - timedelta(days=1)
    shop.ask("b")
    shop.time.now += timedelta(days=1)
    assert shop.tell().sent == 1
    assert shop.told == ["b"]
    assert shop.state("a") == "ended"


def test_a_subscription_that_has_lapsed_may_be_made_anew(shop: Shop) -> None:
    shop.ask("a")
    shop.time.now += KEPT + timedelta(seconds=1)
    shop.ask("a")
    shop.tell()
    assert shop.told == ["a"]


def test_the_address_is_forgotten_with_the_outcome(shop: Shop, table: Table) -> None:
    shop.ask("a")
    shop.tell()
    found = shop.store.find("A", mailbox_of("a@example.com"))
    assert found is not None
    assert (found.email, found.state) == ("", "sent")


class Behind(TableTelling):
    """An index that does not show the last who subscribed."""

    def listeners(self, sku: str, at_most: int) -> Any:
        return iter(list(super().listeners(sku, at_most))[:-1])


@pytest.mark.parametrize("names", ["a", "ab"])
def test_whom_the_index_does_not_show_yet_is_looked_for_once_more(shop: Shop, table: Table, names: str) -> None:
    shop.units = 4
    shop.ask(*names)
    shop.tell(asked=True, store=Behind(table))
    assert shop.state(names[-1]) == "waiting"
    shop.time.now += LOOKED_FOR_AGAIN
    assert [sku for sku, _ in shop.telling.due(micros(shop.time.now))] == ["A"]
    shop.tell()
    assert shop.told == list(names)
    assert list(shop.telling.due(micros(shop.time.now))) == []
